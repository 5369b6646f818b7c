/*
 * lp_slo: windows and burn rates are those of a model that keeps each call.
 */

#include <stdlib.h>

#include "unit.h"
#include "lp_slo.h"


#define EVENTS 4000
#define START  INT64_C(1800000000)


typedef struct {
    int64_t  at;
    uint64_t n[LP_SLO_COUNTS];
} event_t;

/* Seconds of a slot, and slots of a window. */
static const int64_t model[LP_SLO_WINDOWS][2]
    = { { 60, 5 },   { 60, 30 },   { 60, 60 },
        { 60, 360 }, { 3600, 72 }, { 3600, 720 } };


/* What is in the slot of `now` and those before it that make up the window. */
static void
expect(const event_t *events, size_t n, lp_slo_window_t window, int64_t now,
       uint64_t sum[LP_SLO_COUNTS])
{
    size_t   i;
    int64_t  slot = model[window][0], age;
    unsigned k;

    memset(sum, 0, LP_SLO_COUNTS * sizeof(sum[0]));

    for (i = 0; i < n; i++) {
        age = now / slot - events[i].at / slot;

        for (k = 0; age >= 0 && age < model[window][1] && k < LP_SLO_COUNTS;
             k++) {
            sum[k] += events[i].n[k];
        }
    }
}


static void
test_windows_are_those_of_a_model(void **state)
{
    size_t   i, w;
    int64_t  now = START;
    uint64_t seed = 11, sum[LP_SLO_COUNTS], wanted[LP_SLO_COUNTS];
    unsigned k;

    static lp_slo_t slo;
    static event_t  events[EVENTS];

    (void) state;

    for (i = 0; i < EVENTS; i++) {

        /* mostly seconds, at times days: 34 days in all */
        now += (int64_t) unit_below(
            &seed, unit_below(&seed, 100) == 0 ? 3 * 86400 : 200);
        events[i].at = now;

        for (k = 0; k < LP_SLO_COUNTS; k++) {
            events[i].n[k] = unit_below(&seed, 1000);
        }

        lp_slo_record(&slo, now, events[i].n);

        for (w = 0; w < LP_SLO_WINDOWS && i % 7 == 0; w++) {
            lp_slo_sum(&slo, w, now, sum);
            expect(events, i + 1, w, now, wanted);
            assert_memory_equal(sum, wanted, sizeof(sum));
        }
    }

    /* a window that nothing is in any more */
    lp_slo_sum(&slo, LP_SLO_30D, now + 31 * 86400, sum);
    assert_int_equal(sum[LP_SLO_CALLS], 0);
}


static void
test_a_clock_that_is_set_back(void **state)
{
    uint64_t one[LP_SLO_COUNTS] = { 1 }, sum[LP_SLO_COUNTS];

    static lp_slo_t slo;

    (void) state;

    lp_slo_record(&slo, START, one);
    lp_slo_record(&slo, START - 7200, one);

    /* what is to come is not there yet */
    lp_slo_sum(&slo, LP_SLO_5M, START - 7200, sum);
    assert_int_equal(sum[LP_SLO_CALLS], 1);

    lp_slo_sum(&slo, LP_SLO_6H, START, sum);
    assert_int_equal(sum[LP_SLO_CALLS], 2);
}


static void
test_full_slots(void **state)
{
    uint64_t many[LP_SLO_COUNTS] = { UINT32_MAX - 1 }, sum[LP_SLO_COUNTS];

    static lp_slo_t slo;

    (void) state;

    lp_slo_record(&slo, START, many);
    lp_slo_record(&slo, START, many);
    lp_slo_sum(&slo, LP_SLO_5M, START, sum);
    assert_true(sum[LP_SLO_CALLS] == UINT32_MAX);
}


static void
test_restored_slots(void **state)
{
    uint64_t one[LP_SLO_COUNTS] = { 1 }, sum[LP_SLO_COUNTS];

    static lp_slo_t slo;

    uint32_t      minute = START / 60;
    lp_slo_slot_t older = { minute - LP_SLO_MINUTES, { 70 } };
    lp_slo_slot_t slot = { minute - 1, { 9, 8, 7, 6, 5 } };

    (void) state;

    lp_slo_record(&slo, START, one);
    lp_slo_restore(slo.minutes, LP_SLO_MINUTES, &slot);
    lp_slo_restore(slo.minutes, LP_SLO_MINUTES, &older);

    lp_slo_sum(&slo, LP_SLO_6H, START, sum);
    assert_int_equal(sum[LP_SLO_CALLS], 10);
    assert_int_equal(sum[LP_SLO_FAILED_UPSTREAM], 5);
}


static void
test_the_last_call(void **state)
{
    uint64_t none[LP_SLO_COUNTS] = { 0 }, one[LP_SLO_COUNTS] = { 1 };

    static lp_slo_t slo;

    (void) state;

    assert_int_equal(lp_slo_last(&slo), 0);

    lp_slo_record(&slo, START, one);
    lp_slo_record(&slo, START - 7200, one);
    lp_slo_record(&slo, START + 3600,
                  none); /* time passes, and nobody calls */
    assert_int_equal(lp_slo_last(&slo), START / 3600);

    /* in thirty days all that is known was forgotten */

    lp_slo_record(&slo, START + 720 * 3600, none);
    assert_int_equal(lp_slo_last(&slo), START / 3600 - 2);
    lp_slo_record(&slo, START + 718 * 3600, none);
    assert_int_equal(lp_slo_last(&slo), 0);
}


static void
test_burn_rates(void **state)
{
    size_t i;

    static const struct {
        uint64_t calls, bad;
        uint32_t objective;
        uint64_t burn;
    } cases[] = {
        { 0, 0, 99900, 0 },
        { 1000, 0, 99900, 0 },
        { 1000, 1, 99900, LP_SLO_ONE },        /* just so */
        { 100000, 1, 99990, LP_SLO_ONE / 10 }, /* gold */
        { 1000, 1000, 99990, 10000 * (uint64_t) LP_SLO_ONE },
        { 3, 1, 95000, 6666667 }, /* rounded, as GET /api/slo has it */
        { 3, 2, 95000, 13333333 },
        { 1100, 200, 95000, 3636364 },
        { 64000000, 1, 50000, 0 }, /* 0.03 of a millionth */
        { 4000000, 1, 50000, 1 },  /* a half goes up */
        { 4000001, 1, 50000, 0 },
        { UINT64_C(1) << 42, UINT64_C(1) << 42, 99999,
          (uint64_t) LP_SLO_WHOLE * LP_SLO_ONE },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_true(
            lp_slo_burn(cases[i].calls, cases[i].bad, cases[i].objective)
            == cases[i].burn);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_are_those_of_a_model),
        cmocka_unit_test(test_a_clock_that_is_set_back),
        cmocka_unit_test(test_full_slots),
        cmocka_unit_test(test_restored_slots),
        cmocka_unit_test(test_the_last_call),
        cmocka_unit_test(test_burn_rates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
