/*
 * Principals by digest in shared memory.
 */

#include "ngx_partner_cache.h"


/* One part in sixteen remembers unknown credentials. */
#define NGX_PARTNER_UNKNOWN_SHARE 16


/* A SHA-256 is as good a hash as any part of it. */
static uint32_t
ngx_partner_cache_hash(const u_char *digest)
{
    uint32_t hash;

    ngx_memcpy(&hash, digest, sizeof(hash));

    return hash;
}


static uint32_t
ngx_partner_cache_power(size_t limit)
{
    uint32_t n;

    for (n = 64; (size_t) n * 2 <= limit; n *= 2) {
        /* void */
    }

    return n;
}


void
ngx_partner_cache_init(ngx_partner_cache_t *cache, u_char *mem, size_t size)
{
    size_t   unknown;
    uint32_t chains, n;

    unknown = size / NGX_PARTNER_UNKNOWN_SHARE;
    n = ngx_partner_cache_power(unknown / sizeof(ngx_partner_unknown_t));

    cache->unknown = (ngx_partner_unknown_t *) mem;
    cache->unknown_mask = n - 1;

    mem += n * sizeof(ngx_partner_unknown_t);
    size -= n * sizeof(ngx_partner_unknown_t);

    chains = ngx_partner_cache_power(size / sizeof(ngx_partner_cache_entry_t));

    cache->chains = (uint32_t *) mem;
    cache->chain_mask = chains - 1;

    mem += chains * sizeof(uint32_t);
    size -= chains * sizeof(uint32_t);

    cache->entries = (ngx_partner_cache_entry_t *) mem;
    cache->size = (uint32_t) (size / sizeof(ngx_partner_cache_entry_t));
}


void
ngx_partner_cache_clear(ngx_partner_cache_t *cache)
{
    ngx_memzero(cache->chains, (cache->chain_mask + 1) * sizeof(uint32_t));
    ngx_memzero(cache->unknown,
                (cache->unknown_mask + 1) * sizeof(ngx_partner_unknown_t));

    cache->filled = 0;
    cache->hand = 0;
    cache->count = 0;
}


/* The link that leads to the digest's entry, or the one that ends its chain. */
static uint32_t *
ngx_partner_cache_link(ngx_partner_cache_t *cache, const u_char *digest)
{
    uint32_t                  *link;
    ngx_partner_cache_entry_t *entry;

    link = &cache->chains[ngx_partner_cache_hash(digest) & cache->chain_mask];

    while (*link != 0) {
        entry = &cache->entries[*link - 1];

        if (lp_digest_equal(entry->digest, digest)) {
            break;
        }

        link = &entry->next;
    }

    return link;
}


ngx_int_t
ngx_partner_cache_find(ngx_partner_cache_t *cache, const u_char *digest,
                       ngx_partner_principal_t *principal,
                       ngx_partner_voucher_t   *voucher)
{
    uint32_t                  *link;
    ngx_partner_cache_entry_t *entry;

    link = ngx_partner_cache_link(cache, digest);

    if (*link == 0 || cache->entries[*link - 1].outdated) {
        return NGX_DECLINED;
    }

    entry = &cache->entries[*link - 1];
    entry->used = 1;

    *principal = entry->principal;
    *voucher = entry->voucher;

    return NGX_OK;
}


static void
ngx_partner_cache_unlink(ngx_partner_cache_t *cache, uint32_t *link)
{
    ngx_partner_cache_entry_t *entry;

    entry = &cache->entries[*link - 1];

    *link = entry->next;
    entry->live = 0;
    cache->count--;
}


/* An entry outside every chain: never used, dead, or not used for a round. */
static uint32_t
ngx_partner_cache_claim(ngx_partner_cache_t *cache)
{
    uint32_t                   i;
    ngx_partner_cache_entry_t *entry;

    if (cache->filled < cache->size) {
        return cache->filled++;
    }

    for (;;) {
        i = cache->hand;
        cache->hand = (cache->hand + 1) % cache->size;
        entry = &cache->entries[i];

        if (entry->live && entry->used) {
            entry->used = 0;
            continue;
        }

        if (entry->live) {
            ngx_partner_cache_unlink(
                cache, ngx_partner_cache_link(cache, entry->digest));
            cache->evicted++;
        }

        return i;
    }
}


/* The digest's entry, which is made if there is none. */
static ngx_partner_cache_entry_t *
ngx_partner_cache_entry(ngx_partner_cache_t *cache, const u_char *digest)
{
    uint32_t                   i, *link;
    ngx_partner_cache_entry_t *entry;

    link = ngx_partner_cache_link(cache, digest);

    if (*link != 0) {
        return &cache->entries[*link - 1];
    }

    i = ngx_partner_cache_claim(cache);

    /* claiming may have cut the chain that the link ended */
    link = ngx_partner_cache_link(cache, digest);

    entry = &cache->entries[i];
    ngx_memzero(entry, sizeof(ngx_partner_cache_entry_t));
    ngx_memcpy(entry->digest, digest, LP_DIGEST_LEN);
    entry->live = 1;

    *link = i + 1;
    cache->count++;

    return entry;
}


ngx_int_t
ngx_partner_cache_store(ngx_partner_cache_t *cache, const u_char *digest,
                        const ngx_partner_principal_t *principal,
                        ngx_partner_voucher_t          voucher)
{
    ngx_partner_cache_entry_t *entry;

    entry = ngx_partner_cache_entry(cache, digest);

    if (entry->principal.version > principal->version) {
        return NGX_DECLINED;
    }

    entry->principal = *principal;
    entry->voucher = voucher;
    entry->used = 1;
    entry->outdated = 0;

    return NGX_OK;
}


static ngx_partner_unknown_t *
ngx_partner_cache_unknown(ngx_partner_cache_t *cache, const u_char *digest)
{
    return &cache->unknown[ngx_partner_cache_hash(digest)
                           & cache->unknown_mask];
}


void
ngx_partner_cache_outdate(ngx_partner_cache_t *cache, const u_char *digest,
                          int64_t version)
{
    ngx_partner_unknown_t     *unknown;
    ngx_partner_cache_entry_t *entry;

    entry = ngx_partner_cache_entry(cache, digest);

    if (entry->principal.version < version) {
        entry->principal.version = version;
        entry->outdated = 1;
    }

    unknown = ngx_partner_cache_unknown(cache, digest);

    if (lp_digest_equal(unknown->digest, digest)) {
        unknown->until = 0;
    }
}


ngx_int_t
ngx_partner_cache_forget(ngx_partner_cache_t *cache, const u_char *digest)
{
    uint32_t *link;

    link = ngx_partner_cache_link(cache, digest);

    if (*link == 0) {
        return NGX_OK;
    }

    if (cache->entries[*link - 1].outdated) {
        return NGX_DECLINED;
    }

    ngx_partner_cache_unlink(cache, link);

    return NGX_OK;
}


void
ngx_partner_cache_store_unknown(ngx_partner_cache_t *cache,
                                const u_char *digest, uint32_t epoch,
                                uint64_t until)
{
    ngx_partner_unknown_t *unknown;

    unknown
        = &cache
               ->unknown[ngx_partner_cache_hash(digest) & cache->unknown_mask];

    ngx_memcpy(unknown->digest, digest, LP_DIGEST_LEN);
    unknown->epoch = epoch;
    unknown->until = until;
}


ngx_uint_t
ngx_partner_cache_is_unknown(ngx_partner_cache_t *cache, const u_char *digest,
                             uint32_t epoch, uint64_t now)
{
    ngx_partner_unknown_t *unknown;

    unknown
        = &cache
               ->unknown[ngx_partner_cache_hash(digest) & cache->unknown_mask];

    return unknown->epoch == epoch && unknown->until > now
           && lp_digest_equal(unknown->digest, digest);
}
