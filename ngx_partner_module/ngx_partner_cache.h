/*
 * Principals by the digest of their credential, in shared memory: an array of
 * our own (slab would round each entry up), chained by index, evicted by
 * recency with a clock hand.  Unknown credentials have a small table of their
 * own, so that a flood of them never costs a principal its place.
 */

#ifndef NGX_PARTNER_CACHE_H
#define NGX_PARTNER_CACHE_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_digest.h"
#include "ngx_partner_principal.h"


/* When and under which epoch the platform last vouched for an entry. */
typedef struct {
    uint32_t epoch;
    uint64_t verified; /* ms, monotonic within a boot */
} ngx_partner_voucher_t;

typedef struct {
    ngx_partner_principal_t principal;
    ngx_partner_voucher_t   voucher;
    u_char                  digest[LP_DIGEST_LEN];
    uint32_t                next; /* index + 1 in the chain; 0: the end */
    uint8_t                 used; /* looked up since the hand came by */
    uint8_t                 live;
    uint8_t                 outdated; /* only its version counts: nothing
                                         older may be stored */
} ngx_partner_cache_entry_t;

typedef struct {
    u_char   digest[LP_DIGEST_LEN];
    uint64_t until; /* ms */
    uint32_t epoch;
} ngx_partner_unknown_t;

typedef struct {
    ngx_partner_cache_entry_t *entries;
    uint32_t                  *chains;
    ngx_partner_unknown_t     *unknown;
    uint32_t                   size;   /* entries */
    uint32_t                   filled; /* entries ever used */
    uint32_t                   hand;
    uint32_t                   chain_mask;
    uint32_t                   unknown_mask;
    uint32_t                   count; /* live entries */
    ngx_atomic_t               evicted;
} ngx_partner_cache_t;


/* Takes `size` zeroed bytes for good. */
void ngx_partner_cache_init(ngx_partner_cache_t *cache, u_char *mem,
                            size_t size);

/* All below run under the zone lock. */

void ngx_partner_cache_clear(ngx_partner_cache_t *cache);

/* NGX_OK and copies, or NGX_DECLINED. */
ngx_int_t ngx_partner_cache_find(ngx_partner_cache_t     *cache,
                                 const u_char            *digest,
                                 ngx_partner_principal_t *principal,
                                 ngx_partner_voucher_t   *voucher);

/* NGX_DECLINED: a newer version is stored, or was heard of. */
ngx_int_t ngx_partner_cache_store(ngx_partner_cache_t           *cache,
                                  const u_char                  *digest,
                                  const ngx_partner_principal_t *principal,
                                  ngx_partner_voucher_t          voucher);

/*
 * The credential has changed, to `version`: what is older is not found any
 * more and, whichever worker has yet to read it, cannot be stored again.
 */
void ngx_partner_cache_outdate(ngx_partner_cache_t *cache,
                               const u_char *digest, int64_t version);

/* NGX_DECLINED: a change was heard of, so there has to be something. */
ngx_int_t ngx_partner_cache_forget(ngx_partner_cache_t *cache,
                                   const u_char        *digest);

/* Remembers until `until` that nobody has this credential. */
void ngx_partner_cache_store_unknown(ngx_partner_cache_t *cache,
                                     const u_char *digest, uint32_t epoch,
                                     uint64_t until);

ngx_uint_t ngx_partner_cache_is_unknown(ngx_partner_cache_t *cache,
                                        const u_char *digest, uint32_t epoch,
                                        uint64_t now);


#endif
