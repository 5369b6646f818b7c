/*
 * lp_bucket: equal to a naive bucket of rational numbers on random schedules,
 * and within burst + rate * t over every window.
 */

#include "unit.h"
#include "lp_bucket.h"
#include "lp_error.h"


#define NOW INT64_C(1795222923000000)


/* Tokens that are there, in 1/period of a token; refilled as time goes by. */
typedef struct {
    __int128 level;
    int64_t  at;
} naive_t;


static void
naive_refill(naive_t *n, const lp_rate_t *rate, int64_t now)
{
    __int128 full = (__int128) rate->burst * rate->period;

    n->level += (__int128) (now - n->at) * rate->tokens;
    n->at = now;

    if (n->level > full) {
        n->level = full;
    }
}


static int64_t
naive_wait(const lp_rate_t *rate, __int128 missing)
{
    return (int64_t) ((missing + rate->tokens - 1) / rate->tokens);
}


static void
naive_compare(const naive_t *n, const lp_rate_t *rate, int64_t cost,
              const lp_decision_t *d)
{
    __int128 full = (__int128) rate->burst * rate->period;
    __int128 price = (__int128) cost * rate->period;

    assert_int_equal(d->admitted, price <= n->level);
    assert_int_equal(d->remaining, (int64_t) (n->level / rate->period));
    assert_int_equal(d->reset, naive_wait(rate, full - n->level));
    assert_int_equal(d->retry_after, d->admitted ? 0
                                     : cost > rate->burst
                                         ? -1
                                         : naive_wait(rate, price - n->level));
}


static lp_rate_t
random_rate(uint64_t *seed)
{
    int64_t   tokens, period, burst;
    lp_rate_t rate;

    static const int64_t periods[]
        = { LP_SECOND, LP_MINUTE, LP_HOUR, LP_DAY, 1, 7, 999983 };

    do {
        tokens = 1 + (int64_t) unit_below(seed, 1u << unit_below(seed, 20));
        period = periods[unit_below(seed, UNIT_LEN(periods))];
        burst = (int64_t) unit_below(seed, 1u << unit_below(seed, 16));
    } while (lp_rate_init(&rate, tokens, period, burst) != LP_OK);

    return rate;
}


/* Steps about as long as what was spent takes to come back. */
static int64_t
random_step(uint64_t *seed, const lp_rate_t *rate)
{
    int64_t fill;

    fill = rate->burst * rate->period / rate->tokens;

    switch (unit_below(seed, 4)) {

    case 0:
        return 0;

    case 1:
        return (int64_t) unit_below(seed, 10);

    case 2:
        return (int64_t) unit_below(
            seed, (uint64_t) (2 * rate->period / rate->tokens + 2));

    default:
        return (int64_t) unit_below(seed, (uint64_t) (fill / 3 + 2));
    }
}


static void
test_agrees_with_naive(void **state)
{
    int           round, step, taken;
    int64_t       now, cost;
    naive_t       naive;
    uint64_t      seed = 1;
    lp_rate_t     rate;
    lp_bucket_t   bucket;
    lp_decision_t d;

    (void) state;

    for (round = 0, taken = 0; round < 3000; round++) {
        rate = random_rate(&seed);
        now = NOW;
        bucket = (lp_bucket_t){ 0 };
        naive = (naive_t){ (__int128) rate.burst * rate.period, now };

        for (step = 0; step < 200; step++) {
            now += random_step(&seed, &rate);
            cost = (int64_t) unit_below(
                &seed, (uint64_t) (step % 3 ? 3 : rate.burst + 2));

            naive_refill(&naive, &rate, now);
            d = lp_bucket_check(&rate, &bucket, now, cost);
            naive_compare(&naive, &rate, cost, &d);

            if (d.admitted) {
                d = lp_bucket_take(&rate, &bucket, now, cost);
                naive.level -= (__int128) cost * rate.period;
                naive_compare(&naive, &rate, 0, &d);
                taken++;
            }

            assert_in_range(bucket.frac, 0, rate.tokens - 1);
        }
    }

    assert_in_range(taken, 100000, 550000);
}


/* Every window that begins and ends with an admission, ends included. */
static void
test_window_bound(void **state)
{
    int         round, i, j, n;
    int64_t     now, at[200], cost[200];
    __int128    sum;
    uint64_t    seed = 2;
    lp_rate_t   rate;
    lp_bucket_t bucket;

    (void) state;

    for (round = 0; round < 500; round++) {
        rate = random_rate(&seed);
        bucket = (lp_bucket_t){ 0 };
        now = NOW;

        for (n = 0, i = 0; i < 400 && n < 200; i++) {
            now += random_step(&seed, &rate);
            at[n] = now;
            cost[n] = (int64_t) unit_below(&seed, 3);

            if (lp_bucket_check(&rate, &bucket, now, cost[n]).admitted) {
                (void) lp_bucket_take(&rate, &bucket, now, cost[n]);
                n++;
            }
        }

        for (i = 0; i < n; i++) {
            for (sum = 0, j = i; j < n; j++) {
                sum += cost[j];
                assert_true(sum * rate.period
                            <= (__int128) rate.burst * rate.period
                                   + (__int128) (at[j] - at[i]) * rate.tokens);
            }
        }
    }
}


/* A client that waits exactly as told is never refused, nor one us earlier. */
static void
test_retry_after_is_exact(void **state)
{
    int           i;
    int64_t       now = NOW;
    uint64_t      seed = 3;
    lp_rate_t     rate;
    lp_bucket_t   bucket = { 0 };
    lp_decision_t d;

    (void) state;

    for (i = 0; i < 200000; i++) {
        if (i % 100 == 0) {
            rate = random_rate(&seed);
            bucket = (lp_bucket_t){ 0 };
            (void) lp_bucket_take(&rate, &bucket, now, rate.burst);
        }

        d = lp_bucket_check(&rate, &bucket, now, 1);

        if (!d.admitted) {
            now += d.retry_after;
            assert_false(lp_bucket_check(&rate, &bucket, now - 1, 1).admitted);
        }

        assert_true(lp_bucket_check(&rate, &bucket, now, 1).admitted);
        (void) lp_bucket_take(&rate, &bucket, now, 1);
    }
}


static void
test_rates(void **state)
{
    size_t    i;
    lp_rate_t rate;

    static const struct {
        int64_t tokens, period, burst;
        int     rc;
    } cases[] = {
        { 1, 1, 1, LP_OK },
        { 0, 1, 1, LP_INVALID },
        { 1, 0, 1, LP_INVALID },
        { -1, 1, 1, LP_INVALID },
        { 1, -1, 1, LP_INVALID },
        { 1, 1, -1, LP_INVALID },
        { 100000, LP_HOUR, 0, LP_OK },
        { 2501999, LP_HOUR, 0, LP_OK },
        { 2502001, LP_HOUR, 0, LP_INVALID },
        { INT64_C(1) << 53, 1, 1, LP_OK },
        { (INT64_C(1) << 53) + 1, 1, 1, LP_INVALID },
        { 1, INT64_C(1) << 52, 1, LP_OK },
        { 1, (INT64_C(1) << 52) + 1, 1, LP_INVALID },
        { 2, (INT64_C(1) << 52) + 1, 1, LP_OK },
        { 3, 2, INT64_C(1) << 52, LP_OK },
        { 3, 2, (INT64_C(1) << 52) + 1, LP_INVALID },
        { INT64_MAX, INT64_MAX, 5, LP_OK },
        { INT64_MAX, INT64_MAX - 1, 5, LP_INVALID },
        { 1, 1, INT64_MAX, LP_INVALID },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(lp_rate_init(&rate, cases[i].tokens, cases[i].period,
                                      cases[i].burst),
                         cases[i].rc);
    }

    assert_int_equal(lp_rate_init(&rate, 1000, LP_SECOND, 0), LP_OK);
    assert_int_equal(rate.tokens, 1);
    assert_int_equal(rate.period, 1000);
    assert_int_equal(rate.burst, 1000);
}


/* As the headers of the first document show it: limit 1000, remaining 999. */
static void
test_quota(void **state)
{
    int           i;
    lp_rate_t     rate;
    lp_bucket_t   bucket = { 0 };
    lp_decision_t d;

    (void) state;

    assert_int_equal(lp_rate_init(&rate, 1000, LP_HOUR, 0), LP_OK);
    d = lp_bucket_take(&rate, &bucket, NOW, 1);
    assert_int_equal(d.admitted, 1);
    assert_int_equal(d.remaining, 999);
    assert_int_equal(d.reset, 3600000);

    for (i = 1; i < 1000; i++) {
        d = lp_bucket_take(&rate, &bucket, NOW, 1);
    }

    assert_int_equal(d.remaining, 0);
    assert_int_equal(d.reset, LP_HOUR);

    d = lp_bucket_check(&rate, &bucket, NOW, 1);
    assert_int_equal(d.admitted, 0);
    assert_int_equal(d.retry_after, 3600000);

    d = lp_bucket_check(&rate, &bucket, NOW, 1001);
    assert_int_equal(d.retry_after, -1);

    d = lp_bucket_check(&rate, &bucket, NOW, 0);
    assert_int_equal(d.admitted, 1);
    assert_int_equal(d.remaining, 0);
}


static void
test_never_emptier_than_empty(void **state)
{
    lp_rate_t     rate;
    lp_bucket_t   bucket = { 0 };
    lp_decision_t d;

    (void) state;

    assert_int_equal(lp_rate_init(&rate, 10, LP_SECOND, 10), LP_OK);
    (void) lp_bucket_take(&rate, &bucket, NOW, 10);

    /* An hour back. */
    d = lp_bucket_check(&rate, &bucket, NOW - LP_HOUR, 1);
    assert_int_equal(d.admitted, 0);
    assert_int_equal(d.retry_after, LP_SECOND / 10);
    assert_int_equal(d.reset, LP_SECOND);

    /* And the clock goes on: what was refused refills from then on. */
    lp_bucket_cut(&rate, &bucket, NOW - LP_HOUR);
    assert_true(
        lp_bucket_check(&rate, &bucket, NOW - LP_HOUR + LP_SECOND / 10, 1)
            .admitted);
    bucket = (lp_bucket_t){ 0 };
    (void) lp_bucket_take(&rate, &bucket, NOW, 10);
    lp_bucket_cut(&rate, &bucket, NOW);
    assert_false(lp_bucket_check(&rate, &bucket, NOW, 1).admitted);

    /* A smaller burst. */
    assert_int_equal(lp_rate_init(&rate, 10, LP_SECOND, 2), LP_OK);
    d = lp_bucket_check(&rate, &bucket, NOW, 1);
    assert_int_equal(d.retry_after, LP_SECOND / 10);
    assert_int_equal(d.reset, LP_SECOND / 5);

    /* A remainder of another rate, and a state from the end of time. */
    bucket = (lp_bucket_t){ .tat = NOW, .frac = INT64_MAX };
    assert_int_equal(lp_rate_init(&rate, 3, 1, 2), LP_OK);
    d = lp_bucket_check(&rate, &bucket, NOW, 1);
    assert_int_equal(d.reset, 1);

    assert_int_equal(lp_rate_init(&rate, 3, 1, 100), LP_OK);
    bucket = (lp_bucket_t){ .tat = NOW, .frac = 50 };
    assert_int_equal(lp_bucket_check(&rate, &bucket, NOW, 1).reset, 1);

    bucket = (lp_bucket_t){ .tat = NOW + 33, .frac = 2 };
    d = lp_bucket_check(&rate, &bucket, NOW, 0);
    assert_int_equal(d.remaining, 0);
    assert_int_equal(d.reset, 34);

    bucket = (lp_bucket_t){ .tat = INT64_MAX, .frac = 0 };
    assert_int_equal(lp_bucket_check(&rate, &bucket, NOW, 1).remaining, 0);
}


/* What an emptied bucket admits once its plan is raised, or lowered. */
static void
test_another_rate(void **state)
{
    size_t        i;
    lp_rate_t     before, after;
    lp_bucket_t   bucket;
    lp_decision_t d;

    static const struct {
        int64_t taken, tokens, period, burst, remaining;
    } cases[] = {
        { 1000, 10000, LP_HOUR, 10000, 9000 },
        { 1000, 1000, LP_MINUTE, 1000, 0 },
        { 400, 500, LP_HOUR, 500, 100 },
        { 1000, 500, LP_HOUR, 500, 0 },
        { 1, 7, LP_DAY, 9, 8 },
        { 0, 7, LP_DAY, 9, 9 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        bucket = (lp_bucket_t){ 0 };
        assert_int_equal(lp_rate_init(&before, 1000, LP_HOUR, 0), LP_OK);
        assert_int_equal(lp_rate_init(&after, cases[i].tokens, cases[i].period,
                                      cases[i].burst),
                         LP_OK);
        (void) lp_bucket_take(&before, &bucket, NOW, cases[i].taken);

        /* Half a token's time later: it is rounded away. */
        d = lp_bucket_check(&after, &bucket, NOW + 1800000, 0);
        assert_int_equal(d.remaining, cases[i].remaining);
        assert_in_range(d.remaining * after.period, 0,
                        after.burst * after.period);
    }

    /* A clock that went back by more than any state reaches. */
    bucket = (lp_bucket_t){ .tat = NOW, .tokens = 999983, .period = 7 };
    assert_int_equal(lp_bucket_check(&after, &bucket, 1, 0).remaining, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_naive),
        cmocka_unit_test(test_window_bound),
        cmocka_unit_test(test_retry_after_is_exact),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_quota),
        cmocka_unit_test(test_never_emptier_than_empty),
        cmocka_unit_test(test_another_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
