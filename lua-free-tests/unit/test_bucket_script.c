/*
 * ngx_partner_module/bucket.lua in a real Redis against lp_bucket, number for
 * number.  Redis' clock cannot be set, so the C side decides at the moment
 * that the script says it used.
 */

#include "unit_script.h"


static void
compare(const answer_t *a, const lp_rate_t *rates, lp_bucket_t *buckets,
        int64_t cost)
{
    int           all = 1;
    size_t        i;
    lp_decision_t d[KEYS];

    for (i = 0; i < a->n; i++) {
        d[i] = lp_bucket_check(&rates[i], &buckets[i], a->now, cost);
        all &= d[i].admitted;
    }

    for (i = 0; i < a->n; i++) {
        if (all && cost > 0) {
            d[i] = lp_bucket_take(&rates[i], &buckets[i], a->now, cost);

        } else if (cost > 0) {
            lp_bucket_cut(&rates[i], &buckets[i], a->now);
        }

        assert_int_equal(a->key[i].admitted, d[i].admitted);
        assert_int_equal(a->key[i].remaining, d[i].remaining);
        assert_int_equal(a->key[i].retry, d[i].retry_after);
        assert_int_equal(a->key[i].reset, d[i].reset);
    }
}


/* The key holds the same state as the C side, or has expired when full. */
static void
compare_stored(unit_redis_t *s, unsigned key, const lp_rate_t *rate,
               const lp_bucket_t *b)
{
    int64_t     tat, frac, tokens, period;
    answer_t    a;
    redisReply *reply;

    reply = redisCommand(s->redis, "GET k%u", key);
    assert_non_null(reply);

    if (reply->type == REDIS_REPLY_STRING) {
        assert_int_equal(sscanf(reply->str,
                                "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
                                &tat, &frac, &tokens, &period),
                         4);
        assert_int_equal(tat, b->tat);
        assert_int_equal(frac, b->frac);
        assert_int_equal(tokens, rate->tokens);
        assert_int_equal(period, rate->period);

    } else {
        assert_int_equal(reply->type, REDIS_REPLY_NIL);
        a = decide(s, key, rate, 1, 0);
        assert_true(b->tat < a.now);
    }

    freeReplyObject(reply);
}


static lp_rate_t
random_rate(uint64_t *seed)
{
    int64_t   tokens, period, burst;
    lp_rate_t rate;

    static const int64_t periods[] = { 1000,   LP_SECOND, LP_MINUTE, LP_HOUR,
                                       LP_DAY, 999983,    77 * 2048, 1 };

    do {
        tokens = 1 + (int64_t) unit_below(seed, 1u << unit_below(seed, 22));
        period = periods[unit_below(seed, UNIT_LEN(periods))];
        burst
            = (int64_t) unit_below(seed, UINT64_C(1) << unit_below(seed, 40));
    } while (lp_rate_init(&rate, tokens, period, burst) != LP_OK);

    return rate;
}


static void
test_agrees_with_c(void **state)
{
    int         round, step;
    size_t      i, n;
    int64_t     cost, most;
    uint64_t    seed = 11;
    unsigned    first = 0;
    lp_rate_t   rates[KEYS];
    lp_bucket_t buckets[KEYS];
    answer_t    a;

    for (round = 0; round < 300; round++, first += KEYS) {
        n = 1 + unit_below(&seed, KEYS);

        for (i = 0, most = INT64_MAX; i < n; i++) {
            rates[i] = random_rate(&seed);
            buckets[i] = (lp_bucket_t){ 0 };
            most = rates[i].burst < most ? rates[i].burst : most;
        }

        for (step = 0; step < 30; step++) {
            cost = step % 4 == 0
                       ? (int64_t) unit_below(&seed, (uint64_t) most + 2)
                       : (int64_t) unit_below(&seed, 3);
            a = decide(*state, first, rates, n, cost);
            compare(&a, rates, buckets, cost);
        }

        for (i = 0; i < n; i++) {
            compare_stored(*state, first + (unsigned) i, &rates[i],
                           &buckets[i]);
        }
    }
}


/* Products just below 2^53, where a double would lose its last bit next. */
static void
test_largest_numbers(void **state)
{
    int         step;
    size_t      i;
    int64_t     cost;
    answer_t    a;
    uint64_t    seed = 12;
    lp_rate_t   rates[3];
    lp_bucket_t buckets[3] = { { 0 } };

    unit_redis_command(*state, "FLUSHALL");
    assert_int_equal(lp_rate_init(&rates[0], 2501999, LP_HOUR, 0), LP_OK);
    assert_int_equal(lp_rate_init(&rates[1], 1, LP_DAY * 364, 143), LP_OK);
    assert_int_equal(lp_rate_init(&rates[2], 999999937, 3, LP_BUCKET_MAX / 3),
                     LP_OK);

    for (step = 0; step < 2000; step++) {
        i = unit_below(&seed, 3);
        cost
            = (int64_t) unit_below(&seed, (uint64_t) (rates[i].burst / 5 + 2));
        a = decide(*state, (unsigned) i, &rates[i], 1, cost);
        compare(&a, &rates[i], &buckets[i], cost);
    }

    for (i = 0; i < 3; i++) {
        compare_stored(*state, (unsigned) i, &rates[i], &buckets[i]);
    }
}


static void
test_nothing_is_taken_when_one_refuses(void **state)
{
    answer_t  a;
    lp_rate_t rates[2];

    unit_redis_command(*state, "FLUSHALL");
    assert_int_equal(lp_rate_init(&rates[0], 10, LP_DAY, 10), LP_OK);
    assert_int_equal(lp_rate_init(&rates[1], 2, LP_DAY, 2), LP_OK);

    (void) decide(*state, 0, rates, 2, 1);
    a = decide(*state, 0, rates, 2, 1);
    assert_int_equal(a.key[0].remaining, 8);
    assert_int_equal(a.key[1].remaining, 0);
    assert_int_equal(a.key[1].admitted, 1);

    a = decide(*state, 0, rates, 2, 1);
    assert_int_equal(a.key[0].admitted, 1);
    assert_int_equal(a.key[0].remaining, 8);
    assert_int_equal(a.key[1].admitted, 0);
    assert_in_range(a.key[1].retry, 1, LP_DAY / 2);

    a = decide(*state, 0, rates, 2, 3);
    assert_int_equal(a.key[0].remaining, 8);
    assert_int_equal(a.key[1].retry, -1);
}


static void
test_cost_zero_writes_nothing(void **state)
{
    answer_t      a;
    unit_redis_t *s = *state;
    lp_rate_t     rate;
    redisReply   *reply;

    unit_redis_command(s, "FLUSHALL");
    assert_int_equal(lp_rate_init(&rate, 10, LP_DAY, 10), LP_OK);
    a = decide(s, 0, &rate, 1, 0);
    assert_int_equal(a.key[0].admitted, 1);
    assert_int_equal(a.key[0].remaining, 10);
    assert_int_equal(a.key[0].reset, 0);

    reply = redisCommand(s->redis, "DBSIZE");
    assert_non_null(reply);
    assert_int_equal(reply->integer, 0);
    freeReplyObject(reply);
}


static void
test_malformed_state_is_a_full_bucket(void **state)
{
    size_t        i;
    answer_t      a;
    unit_redis_t *s = *state;
    lp_rate_t     rate;

    static const char *const values[] = {
        "x",
        "",
        "12",
        "9795222923000000 0",
        "9795222923000000 0 1",
        "9795222923000000 0 0 1",
        "9795222923000000 0 1 0",
        "99999999999999999999999999999 0 1 1",
        "-1 0 1 1",
        "1795222923000000  0 1 1",
        "1e30 0 1 1",
        "99999999999999999 99999999999999999 1 1",
        "0x7 0 1 1",
        "9999999999999999 0 1 1",
    };

    assert_int_equal(lp_rate_init(&rate, 10, LP_DAY, 10), LP_OK);

    for (i = 0; i < UNIT_LEN(values); i++) {
        unit_redis_command(s, "SET k0 %s", values[i]);
        a = decide(s, 0, &rate, 1, 1);
        assert_int_equal(a.key[0].remaining, 9);
        a = decide(s, 0, &rate, 1, 1);
        assert_int_equal(a.key[0].remaining, 8);
    }

    unit_redis_command(s, "DEL k0");
    unit_redis_command(s, "RPUSH k0 a b");
    a = decide(s, 0, &rate, 1, 1);
    assert_int_equal(a.key[0].remaining, 9);
}


/* A far future, a foreign remainder and a foreign rate read as in C. */
static void
test_state_of_another_rate(void **state)
{
    int         step;
    char        text[96];
    int64_t     cost;
    uint64_t    seed = 13;
    answer_t    a;
    lp_rate_t   rate;
    lp_bucket_t bucket;

    assert_int_equal(lp_rate_init(&rate, 7, LP_DAY, 10), LP_OK);

    bucket = (lp_bucket_t){ INT64_C(8999999999999999), 0, 7, LP_DAY };
    unit_redis_command(*state, "SET k0 %s",
                       "8999999999999999 0 7 86400000000");
    a = decide(*state, 0, &rate, 1, 1);
    compare(&a, &rate, &bucket, 1);
    assert_int_equal(a.key[0].remaining, 0);

    bucket = (lp_bucket_t){ a.now + LP_HOUR, 999, 7, LP_DAY };
    (void) snprintf(text, sizeof(text), "%" PRId64 " 999 7 86400000000",
                    bucket.tat);
    unit_redis_command(*state, "SET k0 %s", text);
    a = decide(*state, 0, &rate, 1, 1);
    compare(&a, &rate, &bucket, 1);

    for (step = 0; step < 3000; step++) {
        rate = random_rate(&seed);
        cost = 1 + (int64_t) unit_below(&seed, (uint64_t) rate.burst);
        a = decide(*state, 0, &rate, 1, cost);
        compare(&a, &rate, &bucket, cost);
    }
}


/* Redis has failed over to a host whose clock is an hour behind. */
static void
test_clock_that_went_back(void **state)
{
    char      text[64];
    int64_t   begun;
    answer_t  a;
    lp_rate_t rate;

    assert_int_equal(lp_rate_init(&rate, 10, LP_SECOND, 10), LP_OK);
    a = decide(*state, 0, &rate, 1, 0);
    begun = a.now;
    (void) snprintf(text, sizeof(text), "%" PRId64 " 0 10 1000000",
                    begun + LP_HOUR);
    unit_redis_command(*state, "SET k0 %s", text);

    a = decide(*state, 0, &rate, 1, 1);
    assert_int_equal(a.key[0].admitted, 0);
    assert_int_equal(a.key[0].retry, LP_SECOND / 10);

    while (!a.key[0].admitted) {
        a = decide(*state, 0, &rate, 1, 1);
        assert_true(a.now < begun + LP_MINUTE);
    }

    assert_true(a.now >= begun + LP_SECOND / 10);
}


/* The key outlives the debt, if only just: never gone while tat is ahead. */
static void
test_expiry(void **state)
{
    int           i;
    answer_t      a;
    unit_redis_t *s = *state;
    lp_rate_t     rate;
    lp_bucket_t   bucket = { 0 };
    redisReply   *reply;

    unit_redis_command(s, "FLUSHALL");
    assert_int_equal(lp_rate_init(&rate, 1, 1500, 3), LP_OK);

    for (i = 0; i < 5000; i++) {
        a = decide(s, 0, &rate, 1, 1);
        compare(&a, &rate, &bucket, 1);
    }

    assert_int_equal(lp_rate_init(&rate, 1, LP_HOUR, 3), LP_OK);
    a = decide(s, 1, &rate, 1, 1);
    reply = redisCommand(s->redis, "PEXPIRETIME k1");
    assert_non_null(reply);
    assert_int_equal(reply->integer, (a.now + a.key[0].reset + 999) / 1000);
    freeReplyObject(reply);
}


static void
test_wrong_arguments(void **state)
{
    size_t        i;
    unit_redis_t *s = *state;
    redisReply   *reply;

    static const char *const args[] = {
        "0",
        "0 1",
        "1 k 1",
        "1 k 1 1 1",
        "1 k 1 1 1 1",
        "1 k 1 1 1 1 1 1",
        "2 k l 1 1 1 1 0",
        "1 k 1 a 1 1 1 1 1 0 1",
    };

    for (i = 0; i < UNIT_LEN(args); i++) {
        char text[128];

        (void) snprintf(text, sizeof(text), "EVALSHA %s %s", sha, args[i]);
        reply = redisCommand(s->redis, text);
        assert_non_null(reply);
        assert_int_equal(reply->type, REDIS_REPLY_ERROR);
        freeReplyObject(reply);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_c),
        cmocka_unit_test(test_largest_numbers),
        cmocka_unit_test(test_nothing_is_taken_when_one_refuses),
        cmocka_unit_test(test_cost_zero_writes_nothing),
        cmocka_unit_test(test_malformed_state_is_a_full_bucket),
        cmocka_unit_test(test_state_of_another_rate),
        cmocka_unit_test(test_clock_that_went_back),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_wrong_arguments),
    };

    return cmocka_run_group_tests(tests, setup, unit_redis_stop);
}
