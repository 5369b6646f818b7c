/*
 * ngx_partner_calls: what was counted in tallies, and what in shared counters,
 * is one sum for each tier and operation.
 */

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_calls.h"


#define AREA 65536


static u_char table[AREA] __attribute__((aligned(64)));
static u_char latencies[2 * AREA] __attribute__((aligned(64)));
static u_char tallies[2 * AREA] __attribute__((aligned(64)));

static ngx_partner_stats_t stats;


/* One call; in a seat, or in 0, which has no tallies. */
static void
add(uint32_t seat, ngx_uint_t tier, ngx_partner_name_t operation,
    uint64_t upstream, ngx_partner_outcome_t outcome)
{
    const lp_usage_t    usage = { .n = { 1, 200, 1200, upstream, 1, 1 } };
    ngx_partner_times_t times = { .us = { 2, 0, upstream, 1 } };
    ngx_partner_calls_place_t place = { .operation = operation };

    if (operation != 0) {
        place.shared = ngx_partner_stats_operation(&stats, operation);
        place.latency = ngx_partner_latencies_get(&stats.latencies, operation);
    }

    times.proxied = 1;
    ngx_partner_times_place(&times);
    ngx_partner_calls_ask(&place, &stats, seat, tier);
    assert_int_equal(place.tallies[tier].tally != NULL, seat != 0);
    ngx_partner_calls_add(&place, &stats, tier, &times, outcome, &usage);
}


static int
prepare(void **state)
{
    (void) state;

    memset(&stats, 0, sizeof(stats));
    memset(table, 0, sizeof(table));
    memset(latencies, 0, sizeof(latencies));
    memset(tallies, 0, sizeof(tallies));
    ngx_partner_stats_init(&stats, table, sizeof(table));
    ngx_partner_latencies_init(&stats.latencies, latencies, sizeof(latencies));
    ngx_partner_tallies_init(&stats.tallies, tallies, sizeof(tallies));

    /* two workers, two operations, two tiers, and one without a tally */

    add(1, 1, 7, 100, NGX_PARTNER_OK);
    add(2, 1, 7, 100, NGX_PARTNER_OK);
    add(1, 2, 7, 900, NGX_PARTNER_SERVER_ERROR);
    add(1, 1, 8, 100, NGX_PARTNER_ABORTED);
    add(2, LP_TIERS, 0, 5, NGX_PARTNER_REFUSED);

    return 0;
}


static void
test_tiers(void **state)
{
    uint64_t            counts[LP_HISTOGRAM_SLOTS];
    ngx_partner_calls_t calls;

    (void) state;

    add(0, 1, 7, 40000000, NGX_PARTNER_OK);
    calls = ngx_partner_calls_of_tier(&stats, 1);

    assert_int_equal(ngx_partner_calls_outcome(&calls, NGX_PARTNER_OK), 3);
    assert_int_equal(ngx_partner_calls_outcome(&calls, NGX_PARTNER_ABORTED),
                     1);
    assert_int_equal(ngx_partner_calls_outcome(&calls, NGX_PARTNER_REFUSED),
                     0);
    assert_int_equal(ngx_partner_calls_total(&calls, NGX_PARTNER_IN_BUDGET),
                     4);
    assert_int_equal(
        ngx_partner_calls_total(&calls, NGX_PARTNER_REQUEST_BYTES), 4 * 200);
    assert_int_equal(
        ngx_partner_calls_total(&calls, NGX_PARTNER_RESPONSE_BYTES), 4 * 1200);
    assert_int_equal(ngx_partner_calls_phase(&calls, NGX_PARTNER_PHASE_STAGES),
                     8);
    assert_int_equal(ngx_partner_calls_sum(&calls, NGX_PARTNER_PART_TOTAL),
                     3 * 103 + 40000003);
    assert_int_equal(ngx_partner_calls_sum(&calls, NGX_PARTNER_PART_UPSTREAM),
                     3 * 100 + 40000000);

    assert_int_equal(
        ngx_partner_calls_counts(&calls, NGX_PARTNER_PART_UPSTREAM, counts),
        4);
    assert_int_equal(counts[lp_histogram_slot(100)], 3);
    assert_int_equal(counts[lp_histogram_slot(40000000)], 1);

    /* those of nobody have a tier of their own */

    calls = ngx_partner_calls_of_tier(&stats, LP_TIERS);
    assert_int_equal(ngx_partner_calls_outcome(&calls, NGX_PARTNER_REFUSED),
                     1);
    calls = ngx_partner_calls_of_tier(&stats, 0);
    assert_int_equal(ngx_partner_calls_total(&calls, NGX_PARTNER_IN_BUDGET),
                     0);
}


static void
test_operations(void **state)
{
    uint64_t            counts[LP_HISTOGRAM_SLOTS];
    ngx_partner_calls_t calls;

    (void) state;

    add(0, 1, 7, 40000000, NGX_PARTNER_OK);
    calls = ngx_partner_calls_of_operation(
        &stats, 7, ngx_partner_latencies_get(&stats.latencies, 7));

    assert_int_equal(ngx_partner_calls_outcome(&calls, NGX_PARTNER_OK), 3);
    assert_int_equal(
        ngx_partner_calls_outcome(&calls, NGX_PARTNER_SERVER_ERROR), 1);
    assert_int_equal(
        ngx_partner_calls_counts(&calls, NGX_PARTNER_PART_TOTAL, counts), 4);
    assert_int_equal(counts[lp_histogram_slot(103)], 2);

    /* without the shared histogram there is what the tallies have */

    calls = ngx_partner_calls_of_operation(&stats, 8, NULL);
    assert_int_equal(
        ngx_partner_calls_counts(&calls, NGX_PARTNER_PART_TOTAL, counts), 1);
}


/* A time beyond the tally's slots is in what is shared, once. */
static void
test_what_a_tally_cannot_take(void **state)
{
    uint64_t            counts[LP_HISTOGRAM_SLOTS];
    ngx_partner_calls_t calls;

    (void) state;

    add(1, 1, 7, 40000000, NGX_PARTNER_OK);
    assert_int_equal(stats.tiers[1].outcomes[NGX_PARTNER_OK], 0);

    calls = ngx_partner_calls_of_tier(&stats, 1);
    assert_int_equal(ngx_partner_calls_outcome(&calls, NGX_PARTNER_OK), 3);
    assert_int_equal(
        ngx_partner_calls_counts(&calls, NGX_PARTNER_PART_UPSTREAM, counts),
        4);
    assert_int_equal(counts[lp_histogram_slot(40000000)], 1);

    calls = ngx_partner_calls_of_operation(
        &stats, 7, ngx_partner_latencies_get(&stats.latencies, 7));
    assert_int_equal(
        ngx_partner_calls_counts(&calls, NGX_PARTNER_PART_UPSTREAM, counts),
        4);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_tiers, prepare),
        cmocka_unit_test_setup(test_operations, prepare),
        cmocka_unit_test_setup(test_what_a_tally_cannot_take, prepare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
