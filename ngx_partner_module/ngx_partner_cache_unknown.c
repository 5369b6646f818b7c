/*
 * Credentials that nobody has: a table of their own, a new one in the place of
 * an old one.
 */

#include "ngx_partner_cache.h"


/*
 * One place for each digest: two that share it cost a look-up each, and no
 * flood takes more than the table.
 */
static ngx_partner_unknown_t *
ngx_partner_cache_unknown(ngx_partner_cache_t *cache, const u_char *digest)
{
    return &cache->unknown[ngx_partner_cache_hash(digest)
                           & cache->unknown_mask];
}


void
ngx_partner_cache_drop_unknown(ngx_partner_cache_t *cache,
                               const u_char        *digest)
{
    ngx_partner_unknown_t *unknown;

    unknown = ngx_partner_cache_unknown(cache, digest);

    if (lp_digest_equal(unknown->digest, digest)) {
        unknown->until = 0;
    }
}


void
ngx_partner_cache_store_unknown(ngx_partner_cache_t *cache,
                                const u_char *digest, uint32_t epoch,
                                uint64_t until)
{
    ngx_partner_unknown_t *unknown;

    unknown = ngx_partner_cache_unknown(cache, digest);

    ngx_memcpy(unknown->digest, digest, LP_DIGEST_LEN);
    unknown->epoch = epoch;
    unknown->until = until;
}


ngx_uint_t
ngx_partner_cache_is_unknown(ngx_partner_cache_t *cache, const u_char *digest,
                             uint32_t epoch, uint64_t now)
{
    ngx_partner_unknown_t *unknown;

    unknown = ngx_partner_cache_unknown(cache, digest);

    return unknown->epoch == epoch && unknown->until > now
           && lp_digest_equal(unknown->digest, digest);
}
