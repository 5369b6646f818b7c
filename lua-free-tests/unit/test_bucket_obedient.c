/*
 * Clients that keep to the headers of lp_bucket's decisions, each in its way,
 * are not refused once in an hour.
 */

#include "unit.h"
#include "lp_bucket.h"
#include "lp_error.h"


#define START INT64_C(1795222923000000)


typedef struct {
    uint64_t    seed;
    int64_t     now;
    int64_t     calls;
    lp_rate_t   rate;
    lp_bucket_t bucket;
    int64_t     remaining;
    int64_t     reset; /* the moment, in whole seconds, as the header has it */
    int64_t     retry; /* Retry-After, in whole seconds */
} client_t;


static int64_t
seconds(int64_t us)
{
    return (us + LP_SECOND - 1) / LP_SECOND;
}


/* One call; whether it passed. */
static int
client_call(client_t *c)
{
    lp_decision_t d;

    d = lp_bucket_check(&c->rate, &c->bucket, c->now, 1);
    c->retry = seconds(d.retry_after);

    if (d.admitted) {
        d = lp_bucket_take(&c->rate, &c->bucket, c->now, 1);
        c->retry = 0;
        c->calls++;
    }

    c->remaining = d.remaining;
    c->reset = seconds(c->now + d.reset) * LP_SECOND;
    c->now += 1 + (int64_t) unit_below(&c->seed, 50); /* its round trip */

    return d.retry_after == 0;
}


/* All of Limit at once, then nothing until Reset. */
static void
until_reset(client_t *c)
{
    int64_t i;

    for (i = 0; i < c->rate.burst; i++) {
        assert_true(client_call(c));
    }

    c->now = c->reset > c->now ? c->reset : c->now;
}


/* While Remaining is above 0; then until one token is there. */
static void
while_remaining(client_t *c)
{
    assert_true(client_call(c));

    if (c->remaining == 0) {
        c->now += c->rate.period / c->rate.tokens + 1;

    } else if (unit_below(&c->seed, 10) == 0) {
        c->now += (int64_t) unit_below(&c->seed, 3 * LP_SECOND);
    }
}


/* At the pace of the policy: q calls in w seconds, evenly. */
static void
at_the_pace(client_t *c)
{
    int64_t next;

    next = c->now + c->rate.period / c->rate.tokens + 1;
    assert_true(client_call(c));
    c->now = next > c->now ? next : c->now;
}


/* Without looking, until a refusal; after Retry-After the next one passes. */
static void
until_refused(client_t *c)
{
    while (client_call(c)) {
        /* void */
    }

    assert_in_range(c->retry, 1, INT32_MAX);
    c->now += c->retry * LP_SECOND;
    assert_true(client_call(c));
}


static void
test_an_hour(void **state)
{
    size_t   i, j;
    client_t c;

    static const struct {
        int64_t tokens, period, burst;
    } rates[] = {
        { 1000, LP_SECOND, 0 },   { 1000, LP_SECOND, 200 },
        { 3, LP_SECOND, 0 },      { 100, LP_MINUTE, 0 },
        { 1000, LP_HOUR, 0 },     { 10000, LP_HOUR, 0 },
        { 10, LP_SECOND, 1 },     { 7, LP_MINUTE, 3 },
        { 999983, LP_DAY, 1000 }, { 86399, LP_DAY, 5 },
    };
    static void (*const styles[])(client_t *)
        = { until_reset, while_remaining, at_the_pace, until_refused };

    (void) state;

    for (i = 0; i < UNIT_LEN(rates); i++) {
        for (j = 0; j < UNIT_LEN(styles); j++) {
            memset(&c, 0, sizeof(c));
            c.seed = 61 + i;
            c.now = START + (int64_t) unit_below(&c.seed, LP_SECOND);
            assert_int_equal(lp_rate_init(&c.rate, rates[i].tokens,
                                          rates[i].period, rates[i].burst),
                             LP_OK);

            while (c.now < START + LP_HOUR) {
                styles[j](&c);
            }

            assert_in_range(c.calls, 200, 5000000);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
