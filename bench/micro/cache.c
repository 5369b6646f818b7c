/*
 * What a million cached credentials cost: bytes each, and nanoseconds for a
 * look-up with and without the lock's path, a store and an invalidation.
 *
 *     make bench-micro
 */

#include <stdio.h>
#include <time.h>
#include <ngx_config.h>
#include <ngx_core.h>

#include "../../ngx_partner_module/ngx_partner_cache.h"


#define CREDENTIALS 1000000
#define PARTNERS    100000 /* of ten credentials each */
#define LOOKUPS     4000000u
#define ROOM        200000000u /* bytes, what is promised */


/* The two things of nginx that these services lean on. */

static ngx_time_t    bench_time;
volatile ngx_time_t *ngx_cached_time = &bench_time;


uint32_t
ngx_murmur_hash2(u_char *data, size_t len)
{
    uint32_t hash;

    for (hash = 2166136261u; len > 0; len--) {
        hash = (hash ^ *data++) * 16777619u;
    }

    return hash ^ hash >> 15;
}


static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;

    return *state * UINT64_C(2685821657736338717);
}


/* The digest of credential number i. */
static void
digest_of(uint64_t i, u_char digest[LP_DIGEST_LEN])
{
    int      word;
    uint64_t part, state = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

    for (word = 0; word < LP_DIGEST_LEN; word += (int) sizeof(part)) {
        part = next_random(&state);
        ngx_memcpy(digest + word, &part, sizeof(part));
    }
}


static double
now_ns(void)
{
    struct timespec t;

    (void) clock_gettime(CLOCK_MONOTONIC, &t);

    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}


/* Ids as the platform makes them: UUIDs, one application a partner. */
static ngx_int_t
describe(unsigned i, ngx_partner_names_t *names, ngx_partner_principal_t *p)
{
    lp_principal_t      from;
    ngx_partner_owner_t owner;

    ngx_memzero(&from, sizeof(from));
    from.tier = LP_TIER_GOLD;
    from.version = 1;

    (void) snprintf(from.id, sizeof(from.id), "6f1c7d6e-2b0a-4d5e-9f00-%012u",
                    i);
    (void) snprintf(from.partner, sizeof(from.partner),
                    "0b9e4a52-7c31-4f6d-8e00-%012u", i % PARTNERS);
    (void) snprintf(from.application, sizeof(from.application),
                    "application-%u", i % PARTNERS);
    (void) snprintf(from.scopes, sizeof(from.scopes),
                    "read:rides write:rides read:leads %u", i % 100);

    owner.data = (u_char *) from.partner;
    owner.len = ngx_strlen(from.partner);

    return ngx_partner_principal_set(p, &from, names, &owner);
}


static double
time_stores(ngx_partner_cache_t *cache, ngx_partner_names_t *names)
{
    double                  spent, begun;
    unsigned                i;
    u_char                  digest[LP_DIGEST_LEN];
    ngx_partner_voucher_t   voucher = { 1, 1, 0 };
    ngx_partner_principal_t principal;

    for (spent = 0, i = 0; i < CREDENTIALS; i++) {
        digest_of(i, digest);

        if (describe(i, names, &principal) != NGX_OK) {
            (void) fprintf(stderr, "no room for the names of %u\n", i);
            exit(1);
        }

        begun = now_ns();
        (void) ngx_partner_cache_store(cache, digest, &principal, NULL,
                                       voucher);
        spent += now_ns() - begun;
    }

    return spent / CREDENTIALS;
}


typedef ngx_int_t (*lookup_pt)(ngx_partner_cache_t     *cache,
                               const u_char            *digest,
                               ngx_partner_principal_t *principal,
                               ngx_partner_voucher_t   *voucher);


/* Of credentials anywhere, so that caches of the machine help little. */
static double
time_lookups(ngx_partner_cache_t *cache, lookup_pt lookup, uint64_t among)
{
    double   begun;
    unsigned i, found;
    u_char(*digests)[LP_DIGEST_LEN];
    uint64_t                state = 20261121;
    ngx_partner_voucher_t   voucher;
    ngx_partner_principal_t principal;

    digests = malloc((size_t) LOOKUPS / 4 * LP_DIGEST_LEN);

    if (digests == NULL) {
        exit(1);
    }

    for (i = 0; i < LOOKUPS / 4; i++) {
        digest_of(next_random(&state) % among, digests[i]);
    }

    begun = now_ns();

    for (found = 0, i = 0; i < LOOKUPS; i++) {
        found
            += lookup(cache, digests[i % (LOOKUPS / 4)], &principal, &voucher)
               == NGX_OK;
    }

    begun = (now_ns() - begun) / LOOKUPS;
    free(digests);

    if (found != LOOKUPS) {
        (void) fprintf(stderr, "%u of %u found\n", found, LOOKUPS);
        exit(1);
    }

    return begun;
}


static double
time_outdates(ngx_partner_cache_t *cache)
{
    double   begun, spent;
    u_char   digest[LP_DIGEST_LEN];
    unsigned i;

    for (spent = 0, i = 0; i < CREDENTIALS; i += 10) {
        digest_of(i, digest);
        begun = now_ns();
        ngx_partner_cache_outdate(cache, digest, 2);
        spent += now_ns() - begun;
    }

    return spent / (CREDENTIALS / 10);
}


int
main(void)
{
    double              store, peek, hot, find;
    u_char             *mem, *text;
    ngx_partner_cache_t cache;
    ngx_partner_names_t names;

    ngx_memzero(&cache, sizeof(cache));
    ngx_memzero(&names, sizeof(names));

    mem = calloc(1, ROOM);
    text = calloc(1, ROOM / 8);

    if (mem == NULL || text == NULL) {
        return 1;
    }

    bench_time.sec = 1;
    ngx_partner_cache_init(&cache, mem, ROOM);
    ngx_partner_names_init(&names, text, ROOM / 8);

    store = time_stores(&cache, &names);
    peek = time_lookups(&cache, ngx_partner_cache_peek, CREDENTIALS);
    hot = time_lookups(&cache, ngx_partner_cache_peek, 1000);
    find = time_lookups(&cache, ngx_partner_cache_find, CREDENTIALS);

    (void) printf(
        "%u credentials: %zu bytes an entry, %.1f with chains, %.1f with "
        "names, room for %u in %u bytes\n",
        cache.count, sizeof(ngx_partner_cache_entry_t),
        sizeof(ngx_partner_cache_entry_t)
            + (cache.chain_mask + 1.0) * sizeof(uint32_t) / CREDENTIALS,
        sizeof(ngx_partner_cache_entry_t)
            + (cache.chain_mask + 1.0) * sizeof(uint32_t) / CREDENTIALS
            + (names.used + names.count * 2.0 * sizeof(uint32_t))
                  / CREDENTIALS,
        cache.size, ROOM);
    (void) printf("stored in %.0f ns, looked up in %.0f ns (%.0f ns among "
                  "1000), under the lock in %.0f ns, outdated in %.0f ns\n",
                  store, peek, hot, find, time_outdates(&cache));

    return 0;
}
