/*
 * Key sets as they were fetched, in shared memory: one worker asks the issuer,
 * all read the answer, and a reload loses none.
 */

#ifndef NGX_PARTNER_KEYSETS_H
#define NGX_PARTNER_KEYSETS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_jwks.h"


#define NGX_PARTNER_KEYSETS 16 /* issuers */


/*
 * Id, text and generation change under the lock; the generation is read without
 * it, to see whether there is anything new to parse.  A moment may change at
 * any time, in one store.
 */
typedef struct {
    uint64_t     id;         /* of issuer and address; 0: free */
    ngx_atomic_t generation; /* grows with each other text; 0: none yet */
    ngx_atomic_t begun;      /* ms; the last fetch that any worker began */
    ngx_atomic_t answered;   /* ms; begin of the last one that has ended, */
    ngx_atomic_t confirmed;  /* and of the last that brought a key set */
    ngx_atomic_t failed;     /* ms; when one failed, 0: none since a key set */
    uint32_t     len;
    u_char      *text; /* LP_JWKS_MAX bytes */
} ngx_partner_keyset_t;

typedef struct {
    ngx_partner_keyset_t sets[NGX_PARTNER_KEYSETS];
} ngx_partner_keysets_t;


/* Takes zeroed memory for good; returns how much. */
size_t ngx_partner_keysets_init(ngx_partner_keysets_t *keysets, u_char *mem);

/* Under the lock: no text is trusted any more. */
void ngx_partner_keysets_clear(ngx_partner_keysets_t *keysets);

/*
 * Under the lock; NULL: all are wanted.  The place of the id, which takes a
 * free one, or that of an issuer which is not among the `n` ids of this
 * configuration.
 */
ngx_partner_keyset_t *ngx_partner_keysets_place(ngx_partner_keysets_t *keysets,
                                                uint64_t               id,
                                                const uint64_t        *ids,
                                                ngx_uint_t             n);

/*
 * Under the lock: the generation grows where the text, of LP_JWKS_MAX bytes at
 * most, is another.
 */
void ngx_partner_keyset_store(ngx_partner_keyset_t *keyset,
                              const ngx_str_t      *text);


#endif
