/*
 * Leases of ngx_partner_module/bucket.lua in a real Redis against a plain
 * model, number for number, at the moments that the script says it used.
 */

#include "unit_script.h"


/* A report of what a node may say at random, late ones among them. */
static unit_report_t
random_report(uint64_t *seed, const unit_shared_t *s, const lp_rate_t *rate,
              unit_report_t call)
{
    const unit_lease_t *lease = &s->leases[call.node];
    int64_t             out = lease->seq != 0 ? lease->out : 0;

    call.held = (int64_t) unit_below(seed, (uint64_t) out + 1);

    switch (unit_below(seed, 8)) {

    case 0:
        call.held = -1;
        break;

    case 1:
        call.want = -(int64_t) unit_below(seed, (uint64_t) out + 2);
        call.held = out + call.want > 0 ? out + call.want : 0;
        break;

    case 2:
        call.held = (int64_t) unit_below(seed, (uint64_t) rate->burst + 1);
        break;

    default:
        call.want
            = (int64_t) unit_below(seed, (uint64_t) (rate->burst / 2 + 2));
    }

    return call;
}


/* The same decision by the model; `seen` counts what was worth a test. */
static void
model(const answer_t *a, unit_shared_t *shared, const lp_rate_t *rates,
      int64_t cost, unsigned dry, const unit_report_t *reports, int *seen)
{
    int           take = cost > 0, heard[KEYS];
    size_t        i;
    unit_answer_t m[KEYS];

    for (i = 0; i < a->n; i++) {
        m[i] = unit_shared_check(&shared[i], &rates[i], a->now, cost,
                                 &reports[i], &heard[i]);
        take = take && (m[i].admitted || (dry >> i & 1));
    }

    for (i = 0; i < a->n; i++) {
        unit_shared_settle(&shared[i], &rates[i], cost, take, &reports[i],
                           heard[i], &m[i]);
        assert_memory_equal(&a->key[i], &m[i], sizeof(m[i]));
        *seen += m[i].granted > 0;
        *seen += reports[i].want < 0;
    }
}


static void
test_leases_agree_with_model(void **state)
{
    int           round, step, seen = 0;
    size_t        i, n;
    int64_t       cost, seq;
    unsigned      dry;
    uint64_t      seed = 14;
    answer_t      a;
    lp_rate_t     rates[KEYS];
    unit_report_t call, reports[KEYS];
    unit_shared_t shared[KEYS];

    for (round = 0, seq = 10; round < 300; round++) {
        n = 1 + unit_below(&seed, KEYS);
        memset(shared, 0, sizeof(shared));

        for (i = 0; i < n; i++) {
            assert_int_equal(
                lp_rate_init(&rates[i], 1 + (int64_t) unit_below(&seed, 2000),
                             unit_below(&seed, 2) ? LP_SECOND : 49999,
                             1 + (int64_t) unit_below(&seed, 200)),
                LP_OK);
        }

        for (step = 0; step < 60; step++) {
            call.node = (int) unit_below(&seed, UNIT_NODES);
            call.seq = unit_below(&seed, 9) ? ++seq : seq - 5;
            call.life = 100 + (int64_t) unit_below(&seed, 9000);
            call.want = 0;
            cost = (int64_t) unit_below(&seed, 3);
            dry = (unsigned) unit_below(&seed, 4);

            for (i = 0; i < n; i++) {
                reports[i] = random_report(&seed, &shared[i], &rates[i], call);
            }

            a = decide_all(*state, (unsigned) (5000 + KEYS * round), rates, n,
                           cost, dry, reports);
            model(&a, shared, rates, cost, dry, reports, &seen);
        }
    }

    assert_in_range(seen, 15000, 100000);
}


/* A bucket with a lease outlives it: what was out comes back only then. */
static void
test_expiry_of_leases(void **state)
{
    answer_t      a;
    unit_redis_t *s = *state;
    lp_rate_t     rate;
    redisReply   *reply;
    unit_report_t report = { .node = 1, .seq = 1, .life = LP_SECOND };

    unit_redis_command(s, "FLUSHALL");
    assert_int_equal(lp_rate_init(&rate, 1000, LP_SECOND, 1000), LP_OK);
    report.want = 100;
    a = decide_all(s, 0, &rate, 1, 0, 0, &report);
    assert_int_equal(a.key[0].granted, 100);
    assert_int_equal(a.key[0].remaining, 900);
    assert_int_equal(a.key[0].reset, LP_SECOND + LP_SECOND / 10);

    reply = redisCommand(s->redis, "PEXPIRETIME k0");
    assert_non_null(reply);
    assert_int_equal(reply->integer, (a.now + a.key[0].reset + 999) / 1000);
    freeReplyObject(reply);

    /* Given back, once; then nobody has a lease. */
    report = (unit_report_t){ .node = 1, .seq = 2, .want = -40 };
    report.life = LP_SECOND;
    a = decide_all(s, 0, &rate, 1, 0, 0, &report);
    assert_in_range(a.key[0].remaining, 940, 1000);
    assert_in_range(a.key[0].reset, 0, 60000);
    a = decide_all(s, 0, &rate, 1, 0, 0, &report);
    assert_in_range(a.key[0].remaining, 940, 1000);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leases_agree_with_model),
        cmocka_unit_test(test_expiry_of_leases),
    };

    return cmocka_run_group_tests(tests, setup, unit_redis_stop);
}
