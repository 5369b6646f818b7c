/*
 * lp_histogram: slots without gaps, and quantiles within 2 % of the exact
 * ones (G12).
 */

#include <stdlib.h>

#include "unit.h"
#include "lp_histogram.h"


#define SAMPLES 10000


static void
test_slots_have_no_gaps(void **state)
{
    unsigned slot;

    (void) state;

    assert_int_equal(lp_histogram_slot(0), 0);

    for (slot = 0; slot < LP_HISTOGRAM_SLOTS - 1; slot++) {
        assert_int_equal(lp_histogram_slot(lp_histogram_upper(slot) - 1),
                         slot);
        assert_int_equal(lp_histogram_slot(lp_histogram_upper(slot)),
                         slot + 1);
    }

    /* The last closed slot ends below 2^35 us, the last one is open. */
    assert_int_equal(lp_histogram_slot((UINT64_C(1) << 35) - 1),
                     LP_HISTOGRAM_SLOTS - 1);
    assert_int_equal(lp_histogram_slot(UINT64_MAX), LP_HISTOGRAM_SLOTS - 1);
    assert_true(lp_histogram_upper(LP_HISTOGRAM_SLOTS - 1) == UINT64_MAX);
}


static int
by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}


/* From a few us to hours: three decades of spread around a random scale. */
static uint64_t
random_latency(uint64_t *seed, unsigned scale)
{
    return (UINT64_C(1) << scale) + unit_below(seed, UINT64_C(1) << scale)
           + (unit_below(seed, 50) == 0
                  ? unit_below(seed, UINT64_C(1) << (scale + 6))
                  : 0);
}


static void
test_quantiles_within_two_percent(void **state)
{
    size_t   i, rank;
    int      round;
    unsigned scale;
    uint64_t seed = 5, exact, found, off;

    static uint64_t       values[SAMPLES], counts[LP_HISTOGRAM_SLOTS];
    static const uint32_t quantiles[]
        = { 0, 10000, 500000, 900000, 950000, 990000, 999000, 1000000 };

    (void) state;

    for (round = 0; round < 50; round++) {
        memset(counts, 0, sizeof(counts));
        scale = (unsigned) unit_below(&seed, 27);

        for (i = 0; i < SAMPLES; i++) {
            values[i] = random_latency(&seed, scale);
            counts[lp_histogram_slot(values[i])]++;
        }

        qsort(values, SAMPLES, sizeof(values[0]), by_value);

        for (i = 0; i < UNIT_LEN(quantiles); i++) {
            rank = ((size_t) SAMPLES * quantiles[i] + 999999) / 1000000;
            exact = values[rank > 0 ? rank - 1 : 0];
            found = lp_histogram_quantile(counts, quantiles[i]);
            off = found > exact ? found - exact : exact - found;
            assert_true(off * 50 <= exact);
        }
    }
}


static void
test_edges(void **state)
{
    uint64_t counts[LP_HISTOGRAM_SLOTS] = { 0 };

    (void) state;

    assert_int_equal(lp_histogram_quantile(counts, 990000), 0);

    counts[7] = 1;
    assert_int_equal(lp_histogram_quantile(counts, 0), 7);
    assert_int_equal(lp_histogram_quantile(counts, 1000000), 7);
    assert_int_equal(lp_histogram_quantile(counts, UINT32_MAX), 7);

    /* Counts of a very long life do not overflow. */
    counts[7] = UINT64_MAX / 4;
    counts[9] = UINT64_MAX / 4;
    assert_int_equal(lp_histogram_quantile(counts, 499999), 7);
    assert_int_equal(lp_histogram_quantile(counts, 500001), 9);

    /* The middle of three is the second. */
    memset(counts, 0, sizeof(counts));
    counts[1] = counts[2] = counts[3] = 1;
    assert_int_equal(lp_histogram_quantile(counts, 500000), 2);

    memset(counts, 0, sizeof(counts));
    counts[LP_HISTOGRAM_SLOTS - 1] = 1;
    assert_int_equal(lp_histogram_quantile(counts, 500000),
                     lp_histogram_upper(LP_HISTOGRAM_SLOTS - 2));
}


static void
test_published_bounds(void **state)
{
    unsigned slot, n, step;
    uint64_t bound, before;

    static const struct {
        uint64_t bound, promised;
    } named[] = { { LP_HISTOGRAM_200MS, 200000 },
                  { LP_HISTOGRAM_400MS, 400000 },
                  { LP_HISTOGRAM_800MS, 800000 },
                  { LP_HISTOGRAM_1S, 1000000 } };

    (void) state;

    for (slot = 0, n = 0, before = 0; slot < LP_HISTOGRAM_SLOTS; slot++) {

        if (lp_histogram_published(slot)) {
            bound = lp_histogram_upper(slot);
            assert_true(n > 0 || bound == LP_HISTOGRAM_FIRST);
            assert_true(n == 0 || 4 * (bound - before) <= before);
            before = bound;
            n++;
        }
    }

    assert_true(before == LP_HISTOGRAM_LAST);
    assert_int_equal(n, 20 * 4 + 1 + 4);

    /* none is nearer to what is promised */

    for (n = 0; n < UNIT_LEN(named); n++) {
        bound = named[n].bound;
        slot = lp_histogram_slot(bound) - 1;
        step = (unsigned) (bound - lp_histogram_upper(slot - 1));

        assert_true(lp_histogram_upper(slot) == bound);
        assert_true(lp_histogram_published(slot));
        assert_true(2 * llabs((long long) (bound - named[n].promised))
                    <= step);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_have_no_gaps),
        cmocka_unit_test(test_quantiles_within_two_percent),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_published_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
