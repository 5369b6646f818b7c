/*
 * lp_overload: a service with one queue, simulated, and what its limits do for
 * each tier at load, at twice what it can answer, and when it changes.
 */

#include "unit.h"
#include "lp_overload.h"


#define SECOND INT64_C(1000000)
#define MOST   100000 /* calls in flight */

static const uint64_t budgets[LP_TIERS] = { 800000, 400000, 200000 };

/* Of ten calls one is gold, three are silver. */
static const lp_tier_t mix[10] = { 2, 1, 1, 1, 0, 0, 0, 0, 0, 0 };

typedef struct {
    int64_t            done;
    lp_overload_call_t call;
} flight_t;

/* Answers in turn, `service` us each, and `delay` us later. */
typedef struct {
    lp_overload_t o;
    uint64_t      random;
    int64_t       now, service, delay, jitter, free; /* the queue is */
    size_t        first, last;                       /* of `flights` */
    flight_t      flights[MOST];
    uint64_t      came[LP_TIERS], turned[LP_TIERS], late[LP_TIERS];
} world_t;

static world_t world;


static void
begin(uint64_t seed, int64_t service, int64_t delay)
{
    memset(&world, 0, sizeof(world));
    world.random = seed;
    world.service = service;
    world.delay = delay;
}


static void
answers(int64_t until)
{
    flight_t *f;

    while (world.first != world.last
           && world.flights[world.first % MOST].done <= until) {
        f = &world.flights[world.first++ % MOST];
        f->call.us = (uint64_t) (f->done - f->call.begun);
        world.late[f->call.tier] += f->call.us > budgets[LP_TIER_GOLD];
        lp_overload_answered(&world.o, &f->call, budgets, f->done);
    }
}


static void
arrives(lp_tier_t tier)
{
    int       turned;
    flight_t *f;
    uint64_t  in_flight = world.last - world.first;

    turned = in_flight >= lp_overload_limit(&world.o, tier);
    lp_overload_came(&world.o, tier, turned);
    world.came[tier]++;
    world.turned[tier] += turned != 0;

    if (turned) {
        return;
    }

    if (world.free < world.now) {
        world.free = world.now;
    }

    world.free += world.service;
    f = &world.flights[world.last++ % MOST];
    f->call = (lp_overload_call_t){ .begun = world.now,
                                    .in_flight = in_flight + 1,
                                    .tier = tier };
    f->done = world.free + world.delay;

    if (world.jitter > 0) {
        f->done += (int64_t) unit_below(&world.random, world.jitter);
    }
}


/* So many calls a second, unevenly. */
static void
run(int64_t seconds, uint64_t rate)
{
    int64_t end = world.now + seconds * SECOND;

    memset(world.came, 0, sizeof(world.came));
    memset(world.turned, 0, sizeof(world.turned));
    memset(world.late, 0, sizeof(world.late));

    while (world.now < end) {
        world.now
            += (int64_t) unit_below(&world.random, 2 * SECOND / rate) + 1;
        answers(world.now);
        arrives(mix[unit_below(&world.random, 10)]);
    }
}


static uint64_t
all_turned(void)
{
    return world.turned[0] + world.turned[1] + world.turned[2];
}


static void
test_below(void **state)
{
    (void) state;

    begin(1, 1000, 20000);
    run(60, 700);
    assert_int_equal(all_turned(), 0);
    assert_int_equal(lp_overload_limit(&world.o, LP_TIER_BASIC),
                     LP_OVERLOAD_NONE);
}


static void
test_twice(void **state)
{
    uint64_t answered;

    (void) state;

    begin(2, 1000, 20000);
    run(5, 700);
    run(5, 2000);
    run(60, 2000);

    assert_int_equal(world.turned[LP_TIER_GOLD], 0);
    assert_true(world.late[LP_TIER_GOLD] * 1000 <= world.came[LP_TIER_GOLD]);
    assert_true(world.turned[LP_TIER_SILVER] * 100
                < world.came[LP_TIER_SILVER]);
    assert_true(world.turned[LP_TIER_BASIC] * 2 > world.came[LP_TIER_BASIC]);

    /* and the service is kept busy */
    answered = world.came[0] + world.came[1] + world.came[2] - all_turned();
    assert_true(answered >= 60 * 950);

    run(5, 700);
    run(30, 700);
    assert_int_equal(all_turned(), 0);
}


/* The same where each call takes its own time besides, up to twice as long. */
static void
test_uneven(void **state)
{
    (void) state;

    begin(7, 1000, 20000);
    world.jitter = 60000;
    run(5, 700);
    assert_true(all_turned() <= 5);
    run(5, 2000);
    run(60, 2000);

    assert_true(world.turned[LP_TIER_GOLD] * 200 <= world.came[LP_TIER_GOLD]);
    assert_true(world.late[LP_TIER_GOLD] * 1000 <= world.came[LP_TIER_GOLD]);
    assert_true(world.turned[LP_TIER_BASIC] * 2 > world.came[LP_TIER_BASIC]);

    run(5, 700);
    run(30, 700);
    assert_true(all_turned() <= 30);
}


/* From one moment to the next, without a word before. */
static void
test_at_once(void **state)
{
    (void) state;

    begin(3, 1000, 20000);
    run(60, 2000);
    assert_true(world.turned[LP_TIER_GOLD] * 200 <= world.came[LP_TIER_GOLD]);
    assert_true(world.late[LP_TIER_GOLD] * 1000 <= world.came[LP_TIER_GOLD]);
}


/* Nobody is turned away for what no queue makes. */
static void
test_slow_by_itself(void **state)
{
    int64_t delay;

    (void) state;

    for (delay = 80000; delay <= 640000; delay *= 2) {
        begin(4, 1000, 20000);
        run(10, 500);
        world.delay = delay;
        run(20, 500);
        run(60, 500);
        assert_true(all_turned() * 1000
                    <= world.came[0] + world.came[1] + world.came[2]);
    }
}


/* Half as fast for a while: the limits follow, and follow back. */
static void
test_changes(void **state)
{
    (void) state;

    begin(5, 1000, 20000);
    run(10, 900);
    world.service = 2000;
    run(5, 900);
    run(30, 900);
    assert_int_equal(world.turned[LP_TIER_GOLD], 0);
    assert_true(world.late[LP_TIER_GOLD] * 200 <= world.came[LP_TIER_GOLD]);
    assert_true(world.turned[LP_TIER_BASIC] > world.turned[LP_TIER_SILVER]);
    world.service = 1000;
    run(5, 900);
    run(30, 900);
    assert_true(all_turned() * 100 <= 900 * 30);
}


/* However little was learnt, one call is let in and teaches. */
static void
test_never_none(void **state)
{
    lp_overload_call_t call = { .in_flight = 1, .us = 100000000 };

    (void) state;

    begin(6, 1, 1);
    world.o.capacity = 1;
    assert_int_equal(lp_overload_limit(&world.o, LP_TIER_BASIC), 1);

    /* a window of a second, in which there was no queue to see */
    lp_overload_answered(&world.o, &call, budgets, (int64_t) call.us);
    assert_int_equal(world.o.n, 1);
    lp_overload_answered(&world.o, &call, budgets,
                         (int64_t) call.us + LP_OVERLOAD_TIME);
    assert_int_equal(world.o.n, 0);
    assert_int_equal(world.o.base, 100000000);

    /* once there is a limit, what began before it says nothing */
    assert_true(world.o.since > 0);
    call.begun = world.o.since - 1;
    lp_overload_answered(&world.o, &call, budgets, world.o.since + 1);
    assert_int_equal(world.o.n, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_below),          cmocka_unit_test(test_twice),
        cmocka_unit_test(test_uneven),         cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_slow_by_itself), cmocka_unit_test(test_changes),
        cmocka_unit_test(test_never_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
