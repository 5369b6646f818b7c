/*
 * ngx_partner_pools: who waits for the service, and who does not, so that one
 * that answers is never taken for one that hangs.
 */

#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_pools.h"


#define UNIT_SECOND INT64_C(1000000)
#define UNIT_CALLS  16

static struct {
    u_char                mem[65536] __attribute__((aligned(16)));
    ngx_partner_flights_t flights;
    ngx_partner_pools_t   pools;
    ngx_partner_pool_t   *pool;
    int64_t               now;
    ngx_partner_pooled_t  calls[UNIT_CALLS];
} unit;

static const uint64_t unit_budgets[LP_TIERS] = { 800000, 400000, 200000 };


/* Gold, which is turned away last. */
static int
enters(ngx_partner_pooled_t *call)
{
    memset(call, 0, sizeof(ngx_partner_pooled_t));
    call->call.tier = LP_TIER_GOLD;
    call->call.begun = unit.now;

    return ngx_partner_pool_enter(unit.pool, &unit.flights, call, 0) == NGX_OK;
}


static void
asked(ngx_partner_pooled_t *call)
{
    ngx_partner_pool_asked(unit.pool, &unit.flights, call, unit.now);
}


static void
heard(ngx_partner_pooled_t *call)
{
    ngx_partner_pool_heard(unit.pool, &unit.flights, call, unit.now);
}


static void
leaves(ngx_partner_pooled_t *call, ngx_partner_pool_end_t how)
{
    call->call.us = (uint64_t) (unit.now - call->call.begun);
    ngx_partner_pool_leave(unit.pool, &unit.flights, call, how, unit_budgets,
                           unit.now);
    assert_int_equal(call->flight, 0);
}


/* A service that is known to answer in 10 ms, and that nobody calls. */
static void
begin(void)
{
    size_t i;

    memset(&unit, 0, sizeof(unit));
    ngx_partner_flights_init(&unit.flights, unit.mem, sizeof(unit.mem));
    unit.pool = ngx_partner_pools_get(&unit.pools, 8);
    unit.now = UNIT_SECOND;

    for (i = 0; i < 2 * LP_WINDOW; i++) {
        assert_true(enters(&unit.calls[0]));
        asked(&unit.calls[0]);
        unit.now += UNIT_SECOND / 100;
        leaves(&unit.calls[0], NGX_PARTNER_POOL_ANSWERED);
    }

    assert_int_equal(unit.flights.calls, 0);
}


static void
wait_for_it(size_t from, size_t to)
{
    for (/* void */; from < to; from++) {
        assert_true(enters(&unit.calls[from]));
        asked(&unit.calls[from]);
    }
}


/* From one moment to the next; returns how many are let in. */
static size_t
crowd(size_t from)
{
    size_t n = 0;

    for (/* void */; from < UNIT_CALLS; from++) {
        if (enters(&unit.calls[from])) {
            asked(&unit.calls[from]);
            n++;
        }
    }

    return n;
}


static void
test_hangs(void **state)
{
    (void) state;

    begin();
    wait_for_it(0, 3);
    unit.now += 10 * UNIT_SECOND;
    assert_int_equal(crowd(3), 1);
    assert_int_equal(unit.pool->turned[LP_TIER_GOLD], UNIT_CALLS - 4);

    /* those of before are in no count any more, until they are answered */

    heard(&unit.calls[3]);
    assert_true(enters(&unit.calls[4]));
    assert_int_equal(unit.calls[4].call.in_flight, 2);
    heard(&unit.calls[0]);
    assert_true(enters(&unit.calls[5]));
    assert_int_equal(unit.calls[5].call.in_flight, 4);
    assert_int_equal(unit.flights.calls, 6);

    unit.now += 10 * UNIT_SECOND;
    assert_int_equal(crowd(6), UNIT_CALLS - 6);
}


/* What has begun to be answered waits for nothing. */
static void
test_streams(void **state)
{
    size_t i;

    (void) state;

    begin();
    wait_for_it(0, 3);
    unit.now += UNIT_SECOND / 100;

    for (i = 0; i < 3; i++) {
        heard(&unit.calls[i]);
    }

    unit.now += 3600 * UNIT_SECOND;
    assert_int_equal(crowd(3), UNIT_CALLS - 3);
    heard(&unit.calls[3]);

    /* nor do streams that end say how long anything may take to begin */

    for (i = 0; i < 3; i++) {
        leaves(&unit.calls[i], NGX_PARTNER_POOL_ANSWERED);
    }

    assert_in_range(unit.pool->overload.slowest[0], 0, UNIT_SECOND / 100);
    assert_in_range(unit.pool->overload.slowest[1], 0, UNIT_SECOND / 100);
}


/* One asks what no cache has; all others find what they want there. */
static void
test_cached(void **state)
{
    size_t i;

    (void) state;

    begin();
    wait_for_it(0, 1);

    for (i = 0; i < 1000; i++) {
        assert_true(enters(&unit.calls[1]));
        asked(&unit.calls[1]);
        leaves(&unit.calls[1], NGX_PARTNER_POOL_UNHEARD);
        unit.now += UNIT_SECOND / 100;
    }

    assert_int_equal(crowd(2), UNIT_CALLS - 2);
}


/* Callers that went away, while another is in flight. */
static void
test_gone(void **state)
{
    size_t i;

    (void) state;

    begin();
    wait_for_it(0, 4);
    heard(&unit.calls[0]);

    for (i = 1; i < 4; i++) {
        leaves(&unit.calls[i], NGX_PARTNER_POOL_UNHEARD);
    }

    unit.now += 10 * UNIT_SECOND;
    assert_int_equal(crowd(1), UNIT_CALLS - 1);
}


/* Who sends slowly keeps nobody waiting. */
static void
test_uploads(void **state)
{
    size_t i;

    (void) state;

    begin();

    for (i = 0; i < 4; i++) {
        assert_true(enters(&unit.calls[i]));
    }

    /* one is refused before it has sent all, and sends on */

    heard(&unit.calls[3]);
    asked(&unit.calls[3]);
    assert_int_equal(unit.calls[3].phase, NGX_PARTNER_POOL_TOLD);

    unit.now += 10 * UNIT_SECOND;

    for (i = 0; i < 3; i++) {
        asked(&unit.calls[i]);
    }

    assert_int_equal(crowd(4), UNIT_CALLS - 4);
    unit.now += 10 * UNIT_SECOND;
    assert_true(enters(&unit.calls[0]));
    assert_false(enters(&unit.calls[1]));
}


/* Calls of a process that was killed. */
static void
test_killed(void **state)
{
    size_t i;
    pid_t  pid;

    (void) state;

    begin();
    wait_for_it(0, 3);

    pid = fork();
    assert_true(pid >= 0);

    if (pid == 0) {
        _exit(0);
    }

    assert_int_equal(waitpid(pid, NULL, 0), pid);

    for (i = 0; i < 3; i++) {
        unit.flights.places[unit.calls[i].flight - 1].owner
            = (ngx_atomic_t) pid;
    }

    ngx_partner_flights_rebuild(&unit.flights, 0);
    assert_int_equal(unit.flights.reclaimed, 3);
    unit.now += 10 * UNIT_SECOND;
    assert_int_equal(crowd(3), UNIT_CALLS - 3);
}


/* After a death inside the lock nothing is known but who is in flight. */
static void
test_clear(void **state)
{
    (void) state;

    begin();
    wait_for_it(0, 3);
    unit.now += 10 * UNIT_SECOND;
    assert_int_equal(crowd(3), 1);

    unit.pool->overload.window.n = LP_WINDOW;
    ngx_partner_pools_clear(&unit.pools);
    assert_int_equal(unit.pool->overload.window.n, 0);
    assert_ptr_equal(ngx_partner_pools_get(&unit.pools, 8), unit.pool);
    assert_int_equal(unit.pool->turned[LP_TIER_GOLD], UNIT_CALLS - 4);

    assert_true(enters(&unit.calls[4]));
    assert_int_equal(unit.calls[4].call.in_flight, 1);
}


/* Without a place it is served, and waited for by nobody. */
static void
test_full(void **state)
{
    size_t               i;
    ngx_partner_pooled_t call;

    (void) state;

    begin();
    unit.flights.size = 0;
    unit.flights.filled = 0;
    unit.flights.free = 0;

    for (i = 0; i < 100; i++) {
        assert_true(enters(&call));
        assert_int_equal(call.flight, 0);
        asked(&call);
        heard(&call);
        leaves(&call, NGX_PARTNER_POOL_ANSWERED);
        unit.now += UNIT_SECOND;
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hangs),   cmocka_unit_test(test_streams),
        cmocka_unit_test(test_cached),  cmocka_unit_test(test_gone),
        cmocka_unit_test(test_uploads), cmocka_unit_test(test_killed),
        cmocka_unit_test(test_clear),   cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
