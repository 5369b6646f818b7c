/*
 * Tokens that were verified, by a tag of their text, in a zone of their own:
 * what a token that was seen before needs is here.  Beside them lie the key
 * sets that were fetched and the revocations that were heard of, so that all
 * workers share them and a reload keeps them.
 */

#ifndef NGX_PARTNER_TOKENS_H
#define NGX_PARTNER_TOKENS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_digest.h"
#include "../libpartner/lp_principal.h"
#include "../libpartner/lp_tag.h"
#include "ngx_partner_keysets.h"
#include "ngx_partner_memory.h"
#include "ngx_partner_names.h"
#include "ngx_partner_revoked.h"


#define NGX_PARTNER_TOKENS_MIN (4 * 1024 * 1024)


typedef struct {
    u_char             tag[LP_TAG_LEN];
    uint64_t           issuer;      /* its id */
    uint64_t           fingerprint; /* of the issuer's rules and keys */
    int64_t            expires;     /* seconds, the leeway included */
    int64_t            issued; /* seconds, at the earliest; 0: nobody knows */
    int64_t            asked;  /* seconds; of an opaque one, its issuer was */
    uint64_t           clean;  /* no revocation of this generation applies */
    uint64_t           subjects[NGX_PARTNER_SUBJECTS];
    u_char             certificate[LP_DIGEST_LEN]; /* if bound */
    ngx_partner_name_t partner;                    /* 0: as the client's */
    ngx_partner_name_t application;
    ngx_partner_name_t scopes;
    u_char             id[LP_ID_LEN]; /* of the client */
    uint8_t            id_len;
    uint8_t            tier;
    uint8_t            bound; /* to a certificate (RFC 8705) */
} ngx_partner_token_t;

/* What a walk along a chain reads stands on one cache line: tag included. */
typedef struct {
    uint32_t            next; /* index + 1 in the chain; 0: the end */
    uint8_t             used; /* seen since the hand came by */
    uint8_t             live;
    ngx_partner_token_t token;
} ngx_partner_token_entry_t;

typedef struct {
    ngx_partner_memory_head_t  head;
    u_char                     key[LP_TAG_KEY]; /* of the tags */
    ngx_partner_keysets_t      keysets;
    ngx_partner_revoked_t      revoked;
    ngx_partner_token_entry_t *entries;
    uint32_t                  *chains;
    uint32_t                   chain_mask;
    uint32_t                   hand;
    ngx_atomic_t               size;
    ngx_atomic_t               filled;     /* entries ever used */
    ngx_atomic_t               evicted;    /* tokens that still counted */
    ngx_atomic_t               rebuilds;   /* after a process died inside */
    ngx_atomic_t               verified;   /* tokens, since the start */
    ngx_atomic_t               fetches;    /* of key sets */
    ngx_atomic_t               failures;   /* of those */
    ngx_atomic_t               inquiries;  /* about opaque tokens */
    ngx_atomic_t               unanswered; /* of those */
    ngx_atomic_t               unasked;    /* calls: the rate was used up */
    uint64_t paid; /* us; questions about unknown tokens are paid up to then */
} ngx_partner_tokens_t;

typedef struct {
    ngx_partner_memory_t  memory;
    ngx_partner_tokens_t *shared;
} ngx_partner_token_zone_t;


/* As ngx_partner_zone_init(). */
ngx_int_t ngx_partner_tokens_init(ngx_partner_token_zone_t *zone,
                                  ngx_shm_zone_t           *shm_zone,
                                  ngx_partner_token_zone_t *old);

/*
 * The lock guards all but the counters.  When its last holder died inside,
 * tokens and revocations are dropped; the latter are then read anew.
 */
void ngx_partner_tokens_lock(ngx_partner_token_zone_t *zone);
void ngx_partner_tokens_unlock(ngx_partner_token_zone_t *zone);

/* Under the lock: the token, to be used before the lock is given up. */
ngx_partner_token_t *ngx_partner_tokens_find(ngx_partner_tokens_t *tokens,
                                             const u_char         *tag);

/* Under the lock: nothing is known of the token any more. */
void ngx_partner_tokens_drop(ngx_partner_tokens_t *tokens, const u_char *tag);

/*
 * Under the lock: replaces what has the same tag.  The token is told of the
 * revocations that it was held against.
 */
void ngx_partner_tokens_store(ngx_partner_tokens_t *tokens,
                              ngx_partner_token_t  *token);

/* Under the lock: whether a revocation applies; if not, `clean` says so. */
ngx_uint_t ngx_partner_tokens_revoked(ngx_partner_tokens_t *tokens,
                                      ngx_partner_token_t  *token);


#endif
