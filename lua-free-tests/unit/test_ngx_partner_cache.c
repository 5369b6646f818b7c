/*
 * ngx_partner_cache: versions, recency, and that a look-up without the lock
 * never tells a mixture of what two writers wrote, nor of what one left half.
 */

#include <sched.h>
#include <stdlib.h>
#include <pthread.h>

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_cache.h"


#define AREA    65536 /* bytes: some 300 entries */
#define READS   400000
#define DIGESTS 1000 /* more than there are entries */

static const ngx_partner_voucher_t voucher = { 1, 1, 0 };


static void
cache_init(ngx_partner_cache_t *cache)
{
    u_char *mem;

    mem = calloc(2, AREA);
    assert_non_null(mem);
    memset(cache, 0, sizeof(*cache));
    ngx_partner_cache_init(cache, mem, AREA);
    ngx_partner_networks_init(&cache->networks, mem + AREA, AREA);
}


static void
cache_free(ngx_partner_cache_t *cache)
{
    free(cache->unknown); /* where its memory begins */
}


static void
digest_of(uint64_t i, u_char digest[LP_DIGEST_LEN])
{
    int      word;
    uint64_t part, state = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

    for (word = 0; word < LP_DIGEST_LEN; word += (int) sizeof(part)) {
        part = unit_random(&state);
        memcpy(digest + word, &part, sizeof(part));
    }
}


/* Every field says the same, so that a mixture shows. */
static void
principal_of(uint32_t n, int64_t version, ngx_partner_principal_t *p)
{
    memset(p, 0, sizeof(*p));
    p->partner = n;
    p->application = n + (uint32_t) version;
    p->scopes = n - (uint32_t) version;
    p->category = (uint32_t) version;
    p->expires = version * 3;
    p->rate_limit = n * version;
    p->version = version;
    p->tier = (unsigned) version & 1;
    p->id_len = LP_ID_LEN;
    memset(p->id, (int) ((n + version) & 0xff), LP_ID_LEN);
}


static ngx_int_t
store(ngx_partner_cache_t *cache, uint32_t n, int64_t version)
{
    u_char                  digest[LP_DIGEST_LEN];
    ngx_partner_principal_t p;

    digest_of(n, digest);
    principal_of(n, version, &p);

    return ngx_partner_cache_store(cache, digest, &p, NULL, voucher);
}


/* NGX_OK when it is there and whole. */
static ngx_int_t
look(ngx_partner_cache_t *cache, uint32_t n, int locked)
{
    u_char                  digest[LP_DIGEST_LEN];
    ngx_int_t               rc;
    ngx_partner_voucher_t   v;
    ngx_partner_principal_t p, whole;

    digest_of(n, digest);
    rc = locked ? ngx_partner_cache_find(cache, digest, &p, &v)
                : ngx_partner_cache_peek(cache, digest, &p, &v);

    if (rc == NGX_OK) {
        principal_of(n, p.version, &whole);

        if (memcmp(&p, &whole, sizeof(p)) != 0) {
            return NGX_ERROR;
        }
    }

    return rc;
}


static void
test_versions(void **state)
{
    u_char              digest[LP_DIGEST_LEN];
    ngx_partner_cache_t cache;

    (void) state;

    cache_init(&cache);
    digest_of(1, digest);

    assert_int_equal(look(&cache, 1, 0), NGX_AGAIN);
    assert_int_equal(look(&cache, 1, 1), NGX_DECLINED);
    assert_int_equal(store(&cache, 1, 2), NGX_OK);
    assert_int_equal(look(&cache, 1, 0), NGX_OK);
    assert_int_equal(look(&cache, 1, 1), NGX_OK);
    assert_int_equal(store(&cache, 1, 1), NGX_DECLINED);

    ngx_partner_cache_outdate(&cache, digest, 2);
    assert_int_equal(look(&cache, 1, 0), NGX_OK);

    ngx_partner_cache_outdate(&cache, digest, 3);
    assert_int_equal(look(&cache, 1, 0), NGX_AGAIN);
    assert_int_equal(look(&cache, 1, 1), NGX_DECLINED);
    assert_int_equal(ngx_partner_cache_forget(&cache, digest), NGX_DECLINED);
    assert_int_equal(store(&cache, 1, 2), NGX_DECLINED);
    assert_int_equal(store(&cache, 1, 3), NGX_OK);

    assert_int_equal(ngx_partner_cache_forget(&cache, digest), NGX_OK);
    assert_int_equal(look(&cache, 1, 0), NGX_AGAIN);
    assert_int_equal(look(&cache, 1, 1), NGX_DECLINED);

    cache_free(&cache);
}


static void
test_unknown(void **state)
{
    u_char              digest[LP_DIGEST_LEN];
    ngx_partner_cache_t cache;

    (void) state;

    cache_init(&cache);
    digest_of(1, digest);

    ngx_partner_cache_store_unknown(&cache, digest, 5, 1000);
    assert_true(ngx_partner_cache_is_unknown(&cache, digest, 5, 999));
    assert_false(ngx_partner_cache_is_unknown(&cache, digest, 5, 1000));
    assert_false(ngx_partner_cache_is_unknown(&cache, digest, 6, 999));

    /* a change makes it known */
    ngx_partner_cache_outdate(&cache, digest, 1);
    assert_false(ngx_partner_cache_is_unknown(&cache, digest, 5, 999));

    cache_free(&cache);
}


/* What is looked up before the hand comes by again stays. */
static void
test_recency(void **state)
{
    uint32_t            n, kept;
    ngx_partner_cache_t cache;

    (void) state;

    cache_init(&cache);

    for (n = 0; n < cache.size; n++) {
        assert_int_equal(store(&cache, n, 1), NGX_OK);
    }

    assert_int_equal(cache.evicted, 0);

    for (; n < 8 * cache.size; n++) {
        assert_int_equal(store(&cache, n, 1), NGX_OK);

        for (kept = 100; kept < 110; kept++) {
            assert_int_equal(look(&cache, kept, 0), NGX_OK);
        }
    }

    assert_int_equal(cache.count, cache.size);
    assert_int_equal(cache.evicted, 7 * cache.size);

    cache_free(&cache);
}


/* As a process leaves it that is killed while it writes. */
static void
test_killed_while_writing(void **state)
{
    ngx_partner_cache_t cache;

    (void) state;

    cache_init(&cache);
    assert_int_equal(store(&cache, 1, 1), NGX_OK);

    cache.entries[0].sequence++;
    cache.entries[0].principal.partner = 77;
    assert_int_equal(look(&cache, 1, 0), NGX_AGAIN);

    /* the lock's next holder has to empty it; the entry is used again */
    ngx_partner_cache_clear(&cache);
    assert_int_equal(look(&cache, 1, 1), NGX_DECLINED);
    assert_int_equal(store(&cache, 1, 2), NGX_OK);
    assert_int_equal(cache.entries[0].sequence & 1, 0);
    assert_int_equal(look(&cache, 1, 0), NGX_OK);

    cache_free(&cache);
}


/* A record on its way is as old as the last change of its own partner. */
static void
test_aged(void **state)
{
    uint32_t            sent;
    ngx_partner_cache_t cache;

    (void) state;
    cache_init(&cache);

    sent = cache.changes;

    ngx_partner_cache_age(&cache, "other", 8);
    ngx_partner_cache_age(&cache, "another", 0);
    assert_false(ngx_partner_cache_aged(&cache, "one", sent));

    ngx_partner_cache_age(&cache, "one", 0);
    assert_true(ngx_partner_cache_aged(&cache, "one", sent));
    assert_false(ngx_partner_cache_aged(&cache, "one", cache.changes));

    cache_free(&cache);
}


/* What shares a place with a partner ages with it, and nothing else does. */
static void
test_generations(void **state)
{
    uint32_t            i, before[3];
    ngx_partner_cache_t cache;

    static const ngx_partner_name_t names[]
        = { 8, 12, 8 + 4 * NGX_PARTNER_GENERATIONS };

    (void) state;
    cache_init(&cache);

    for (i = 0; i < 3; i++) {
        before[i] = ngx_partner_cache_generation(&cache, names[i]);
    }

    ngx_partner_cache_age(&cache, "stranger", 0);
    assert_int_equal(cache.changes, 1);
    assert_int_equal(ngx_partner_cache_generation(&cache, names[0]),
                     before[0]);

    ngx_partner_cache_age(&cache, "one", names[0]);
    assert_int_equal(cache.changes, 2);
    assert_int_not_equal(ngx_partner_cache_generation(&cache, names[0]),
                         before[0]);
    assert_int_equal(ngx_partner_cache_generation(&cache, names[1]),
                     before[1]);
    assert_int_not_equal(ngx_partner_cache_generation(&cache, names[2]),
                         before[2]);

    cache_free(&cache);
}


typedef struct {
    ngx_partner_cache_t *cache;
    int                  begun; /* there is something to be found */
    int                  stop;
} writing_t;


/* The lock's holder: changes, evicts and outdates as fast as it can. */
static void *
write_all(void *data)
{
    u_char     digest[LP_DIGEST_LEN];
    int64_t    version;
    uint32_t   n;
    uint64_t   seed = 20261121;
    writing_t *writing = data;

    for (version = 1; !__atomic_load_n(&writing->stop, __ATOMIC_RELAXED);
         version++) {
        n = (uint32_t) unit_below(&seed, 4) == 0
                ? (uint32_t) unit_below(&seed, DIGESTS)
                : (uint32_t) unit_below(&seed, 8);

        (void) store(writing->cache, n, version);

        if (unit_below(&seed, 16) == 0) {
            digest_of(n, digest);
            ngx_partner_cache_outdate(writing->cache, digest, version + 1);
        }

        if (version == DIGESTS) {
            __atomic_store_n(&writing->begun, 1, __ATOMIC_RELAXED);
        }
    }

    return NULL;
}


static void
test_nothing_is_mixed(void **state)
{
    uint32_t            i, found;
    uint64_t            seed = 7;
    ngx_int_t           rc;
    pthread_t           writer;
    writing_t           writing;
    ngx_partner_cache_t cache;

    (void) state;

    cache_init(&cache);
    writing = (writing_t){ .cache = &cache };
    assert_int_equal(pthread_create(&writer, NULL, write_all, &writing), 0);

    while (!__atomic_load_n(&writing.begun, __ATOMIC_RELAXED)) {
        (void) sched_yield();
    }

    for (found = 0, i = 0; i < READS; i++) {
        rc = look(&cache,
                  (uint32_t) unit_below(&seed, i % 4 == 0 ? DIGESTS : 8), 0);
        assert_int_not_equal(rc, NGX_ERROR);
        found += rc == NGX_OK;
    }

    __atomic_store_n(&writing.stop, 1, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_true(found > 0);

    cache_free(&cache);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_recency),
        cmocka_unit_test(test_generations),
        cmocka_unit_test(test_aged),
        cmocka_unit_test(test_killed_while_writing),
        cmocka_unit_test(test_nothing_is_mixed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
