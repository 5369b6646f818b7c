/*
 * Principals by digest in shared memory.
 */

#include "ngx_partner_cache.h"


/* One part in thirty-two remembers unknown credentials. */
#define NGX_PARTNER_UNKNOWN_SHARE 32

/* A chain holds two entries on average; longer ones are left to the lock. */
#define NGX_PARTNER_CACHE_STEPS 16

#define NGX_PARTNER_LAST_USE_GRAIN 15 /* seconds */


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

    ngx_partner_networks_clear(&cache->networks);

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


/* Odd from here on, also if somebody died before he made it even. */
static void
ngx_partner_cache_begin(ngx_partner_cache_entry_t *entry)
{
    __atomic_store_n(&entry->sequence, (entry->sequence + 1) | 1,
                     __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}


static void
ngx_partner_cache_end(ngx_partner_cache_entry_t *entry)
{
    __atomic_store_n(&entry->sequence, entry->sequence + 1, __ATOMIC_RELEASE);
}


/* Neither is written where it stands already: readers share the line. */
static void
ngx_partner_cache_touch(ngx_partner_cache_entry_t *entry)
{
    uint32_t now;

    now = (uint32_t) ngx_time();

    if (!entry->used) {
        entry->used = 1;
    }

    if (now - entry->last_used >= NGX_PARTNER_LAST_USE_GRAIN) {
        entry->last_used = now;
    }
}


static ngx_int_t
ngx_partner_cache_read(ngx_partner_cache_entry_t *entry,
                       ngx_partner_principal_t   *principal,
                       ngx_partner_voucher_t     *voucher)
{
    *principal = entry->principal;
    *voucher = entry->voucher;

    if (!entry->live || entry->outdated) {
        return NGX_DECLINED;
    }

    ngx_partner_cache_touch(entry);

    return NGX_OK;
}


ngx_int_t
ngx_partner_cache_find(ngx_partner_cache_t *cache, const u_char *digest,
                       ngx_partner_principal_t *principal,
                       ngx_partner_voucher_t   *voucher)
{
    uint32_t *link;

    link = ngx_partner_cache_link(cache, digest);

    if (*link == 0) {
        return NGX_DECLINED;
    }

    return ngx_partner_cache_read(&cache->entries[*link - 1], principal,
                                  voucher);
}


/*
 * Links may change under the walk and lead it into another chain: that ends at
 * a miss, and the lock has the last word on it.
 */
ngx_int_t
ngx_partner_cache_peek(ngx_partner_cache_t *cache, const u_char *digest,
                       ngx_partner_principal_t *principal,
                       ngx_partner_voucher_t   *voucher)
{
    uint32_t                   i, step, sequence;
    ngx_int_t                  rc;
    ngx_partner_cache_entry_t *entry;

    i = __atomic_load_n(
        &cache->chains[ngx_partner_cache_hash(digest) & cache->chain_mask],
        __ATOMIC_ACQUIRE);

    for (step = 0; i != 0 && step < NGX_PARTNER_CACHE_STEPS; step++) {
        entry = &cache->entries[i - 1];
        sequence = __atomic_load_n(&entry->sequence, __ATOMIC_ACQUIRE);

        if (lp_digest_equal(entry->digest, digest)) {
            rc = ngx_partner_cache_read(entry, principal, voucher);
            __atomic_thread_fence(__ATOMIC_ACQUIRE);

            return (rc == NGX_OK && !(sequence & 1)
                    && __atomic_load_n(&entry->sequence, __ATOMIC_RELAXED)
                           == sequence)
                       ? NGX_OK
                       : NGX_AGAIN;
        }

        i = __atomic_load_n(&entry->next, __ATOMIC_ACQUIRE);
    }

    return NGX_AGAIN;
}


static void
ngx_partner_cache_unlink(ngx_partner_cache_t *cache, uint32_t *link)
{
    ngx_partner_cache_entry_t *entry;

    entry = &cache->entries[*link - 1];

    ngx_partner_cache_begin(entry);
    entry->live = 0;
    ngx_partner_cache_end(entry);

    ngx_partner_networks_drop(&cache->networks, entry->principal.networks);

    *link = entry->next;
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

    ngx_partner_cache_begin(entry);
    ngx_memzero(&entry->principal, sizeof(ngx_partner_principal_t));
    ngx_memcpy(entry->digest, digest, LP_DIGEST_LEN);
    entry->next = 0;
    entry->last_used = 0;
    entry->used = 0;
    entry->live = 1;
    entry->outdated = 1;
    ngx_partner_cache_end(entry);

    __atomic_store_n(link, i + 1, __ATOMIC_RELEASE);
    cache->count++;

    return entry;
}


/* Its networks go at once: the record that follows needs the room. */
static void
ngx_partner_cache_mark_outdated(ngx_partner_cache_t       *cache,
                                ngx_partner_cache_entry_t *entry,
                                int64_t                    version)
{
    ngx_partner_networks_drop(&cache->networks, entry->principal.networks);

    ngx_partner_cache_begin(entry);
    entry->principal.networks = 0;
    entry->principal.version = version;
    entry->outdated = 1;
    ngx_partner_cache_end(entry);
}


static void
ngx_partner_cache_fill(ngx_partner_cache_t           *cache,
                       ngx_partner_cache_entry_t     *entry,
                       const ngx_partner_principal_t *principal,
                       ngx_partner_voucher_t          voucher)
{
    ngx_partner_networks_ref_t former;

    former = entry->principal.networks;

    ngx_partner_cache_begin(entry);
    entry->principal = *principal;
    entry->voucher = voucher;
    entry->outdated = 0;
    ngx_partner_cache_touch(entry);
    ngx_partner_cache_end(entry);

    ngx_partner_networks_drop(&cache->networks, former);
}


ngx_int_t
ngx_partner_cache_store(ngx_partner_cache_t *cache, const u_char *digest,
                        ngx_partner_principal_t *principal,
                        const lp_cidr_set_t     *networks,
                        ngx_partner_voucher_t    voucher)
{
    ngx_partner_cache_entry_t *entry;

    entry = ngx_partner_cache_entry(cache, digest);

    if (entry->principal.version > principal->version) {
        return NGX_DECLINED;
    }

    principal->networks = 0;

    if (networks != NULL) {
        principal->networks
            = ngx_partner_networks_take(&cache->networks, networks);

        if (principal->networks == 0) {
            ngx_partner_cache_mark_outdated(cache, entry, principal->version);
            return NGX_ERROR;
        }
    }

    ngx_partner_cache_fill(cache, entry, principal, voucher);

    return NGX_OK;
}


void
ngx_partner_cache_outdate(ngx_partner_cache_t *cache, const u_char *digest,
                          int64_t version)
{
    ngx_partner_cache_entry_t *entry;

    entry = ngx_partner_cache_entry(cache, digest);

    if (entry->principal.version < version) {
        ngx_partner_cache_mark_outdated(cache, entry, version);
    }

    ngx_partner_cache_drop_unknown(cache, digest);
}


static uint32_t
ngx_partner_cache_place(const char *name)
{
    return ngx_murmur_hash2((u_char *) name, ngx_strlen(name))
           & (NGX_PARTNER_GENERATIONS - 1);
}


void
ngx_partner_cache_age(ngx_partner_cache_t *cache, const char *name,
                      ngx_partner_name_t partner)
{
    cache->changed[ngx_partner_cache_place(name)] = ++cache->changes;

    if (partner != 0) {
        (void) __atomic_add_fetch(
            &cache
                 ->generations[(partner >> 2) & (NGX_PARTNER_GENERATIONS - 1)],
            1, __ATOMIC_RELEASE);
    }
}


ngx_uint_t
ngx_partner_cache_aged(const ngx_partner_cache_t *cache, const char *name,
                       uint32_t since)
{
    return (int32_t) (cache->changed[ngx_partner_cache_place(name)] - since)
           > 0;
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
