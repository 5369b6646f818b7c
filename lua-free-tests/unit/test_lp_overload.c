/*
 * lp_overload: simulated services, and what its limits do for each tier at
 * load, at twice what they can answer, when they change, and when they hang.
 */

#include "unit_service.h"


static const unit_service_t queue
    = { .name = "one queue", .servers = 1, .service = 1000, .delay = 20000 };

/* At 20 a second and less, chance rules. */
static const unit_service_t services[] = {
    { .name = "one queue", .servers = 1, .service = 1000, .delay = 20000 },
    { .name = "and nothing else", .servers = 1, .service = 5000 },
    { .name = "half the budget without a queue",
      .servers = 1,
      .service = 5000,
      .delay = 100000 },
    { .name = "uneven",
      .servers = 1,
      .service = 5000,
      .delay = 20000,
      .jitter = 60000 },
    { .name = "ten servers", .servers = 10, .service = 50000 },
    { .name = "fifty, and uneven",
      .servers = 50,
      .service = 60000,
      .jitter = 60000 },
    { .name = "many calls, hardly any room",
      .servers = 1,
      .service = 200,
      .delay = 150000 },
    { .name = "one of ten is slow",
      .servers = 1,
      .service = 1000,
      .delay = 20000,
      .slow = 100,
      .longer = 300000 },
    { .name = "one of a hundred is very slow",
      .servers = 10,
      .service = 50000,
      .slow = 10,
      .longer = 3000000 },
};


/* Calls a second. */
static double
capacity(const unit_service_t *service)
{
    return 1e6 * (double) service->servers / (double) service->service;
}


/* At most so many of 1000. */
static void
few(const char *what, uint64_t n, uint64_t of, uint64_t most)
{
    if (n * 1000 > of * most) {
        fail_msg("%s: %s: %llu of %llu", unit_world.is.name, what,
                 (unsigned long long) n, (unsigned long long) of);
    }
}


static void
many(const char *what, uint64_t n, uint64_t of, uint64_t least)
{
    few(what, of > n ? of - n : 0, of, 1000 - least);
}


static void
gold_is_kept(void)
{
    few("gold turned away", unit_world.turned[2], unit_world.came[2], 1);
    few("gold late", unit_world.late[2], unit_world.came[2], 1);
}


static void
test_below(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < UNIT_LEN(services); i++) {
        unit_service_begin(&services[i], 1);
        unit_service_run(60, 0.7 * capacity(&services[i]));
        few("turned away", unit_service_turned(), unit_service_came(), 2);
    }
}


static void
test_twice(void **state)
{
    size_t i;
    double most;

    (void) state;

    for (i = 0; i < UNIT_LEN(services); i++) {
        most = capacity(&services[i]);
        unit_service_begin(&services[i], 2);
        unit_service_run(5, 0.7 * most);
        unit_service_run(5, 2 * most);
        unit_service_run(60, 2 * most);

        gold_is_kept();
        few("silver turned away", unit_world.turned[1], unit_world.came[1],
            100);
        many("basic turned away", unit_world.turned[0], unit_world.came[0],
             750);

        /* and the service is kept busy */
        many("answered", unit_world.answered, (uint64_t) (60 * most), 900);

        unit_service_run(5, 0.7 * most);
        unit_service_run(30, 0.7 * most);
        few("turned away after it", unit_service_turned(), unit_service_came(),
            10);
    }
}


/* From one moment to the next, without a word before. */
static void
test_at_once(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < UNIT_LEN(services); i++) {
        unit_service_begin(&services[i], 3);
        unit_service_run(5, 2 * capacity(&services[i]));
        few("gold late or turned away",
            unit_world.late[2] + unit_world.turned[2], unit_world.came[2],
            300);
        unit_service_run(60, 2 * capacity(&services[i]));
        gold_is_kept();
    }
}


/* Whoever is too much alone: what is let in is in time. */
static void
test_one_tier(void **state)
{
    size_t   i;
    unsigned tier;

    (void) state;

    for (i = 0; i < UNIT_LEN(services); i++) {
        for (tier = 0; tier < LP_TIERS; tier++) {
            unit_service_begin(&services[i], 4);
            memset(unit_world.is.mix, 0, sizeof(unit_world.is.mix));
            unit_world.is.mix[tier] = 1000;
            unit_service_run(5, 2 * capacity(&services[i]));
            unit_service_run(60, 2 * capacity(&services[i]));
            few("turned away", unit_world.turned[tier], unit_world.came[tier],
                560);

            if (tier == LP_TIER_GOLD) {
                few("late", unit_world.late[2], unit_world.came[2], 50);
            }
        }
    }
}


/* Gold that calls once in 500 finds its room kept. */
static void
test_seldom(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < UNIT_LEN(services); i++) {
        unit_service_begin(&services[i], 5);
        unit_world.is.mix[2] = 2;
        unit_world.is.mix[1] = 300;
        unit_world.is.mix[0] = 698;
        unit_service_run(30, 2 * capacity(&services[i]));
        unit_service_run(200, 2 * capacity(&services[i]));
        few("gold late", unit_world.late[2], unit_world.came[2], 5);
        few("gold turned away", unit_world.turned[2], unit_world.came[2], 5);
    }
}


/* More gold than can be answered: it is served before all others. */
static void
test_order(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < UNIT_LEN(services); i++) {
        unit_service_begin(&services[i], 6);
        unit_world.is.mix[2] = 600;
        unit_world.is.mix[1] = 200;
        unit_world.is.mix[0] = 200;
        unit_service_run(5, 2 * capacity(&services[i]));
        unit_service_run(60, 2 * capacity(&services[i]));
        few("gold turned away", unit_world.turned[2], unit_world.came[2], 350);
        few("gold late", unit_world.late[2], unit_world.came[2], 20);
        many("silver turned away", unit_world.turned[1], unit_world.came[1],
             600);
        many("basic turned away", unit_world.turned[0], unit_world.came[0],
             850);
    }
}


/* Nobody is turned away for what no queue makes. */
static void
test_slow_by_itself(void **state)
{
    int64_t delay;

    (void) state;

    for (delay = 80000; delay <= 640000; delay *= 2) {
        unit_service_begin(&queue, 7);
        unit_service_run(10, 500);
        unit_world.is.delay = delay;
        unit_service_run(20, 500);
        unit_service_run(60, 500);
        few("turned away", unit_service_turned(), unit_service_came(), 1);
    }
}


/* Half as fast for a while: the limits follow, and follow back. */
static void
test_changes(void **state)
{
    (void) state;

    unit_service_begin(&queue, 8);
    unit_service_run(10, 900);
    unit_world.is.service = 2000;
    unit_service_run(5, 900);
    unit_service_run(30, 900);
    gold_is_kept();
    assert_true(unit_world.turned[0] > unit_world.turned[1]);
    unit_world.is.service = 1000;
    unit_service_run(5, 900);
    unit_service_run(30, 900);
    few("turned away after it", unit_service_turned(), unit_service_came(),
        10);
}


/* A crowd after an hour without a call. */
static void
test_idle(void **state)
{
    (void) state;

    unit_service_begin(&queue, 9);
    unit_service_run(10, 2000);
    unit_service_ends(unit_world.now + UNIT_SECOND);
    unit_world.now += 3600 * UNIT_SECOND;
    unit_service_run(2, 2000);
    few("gold late", unit_world.late[2], unit_world.came[2], 1);
    few("gold turned away", unit_world.turned[2], unit_world.came[2], 10);
}


/* Whatever was learnt, basic is served again within seconds. */
static void
test_never_for_ever(void **state)
{
    (void) state;

    unit_service_begin(&queue, 10);
    unit_service_run(10, 5000);
    unit_world.o.capacity = 1e-9; /* in a us */
    assert_int_equal(lp_overload_limit(&unit_world.o, LP_TIER_BASIC), 1);
    unit_service_run(10, 700);
    unit_service_run(10, 700);
    few("turned away", unit_service_turned(), unit_service_came(), 10);
}


/* Throughput, and calls in flight, from one second to the next at twice. */
static void
test_steady(void **state)
{
    size_t   i, second;
    uint64_t least, most;

    (void) state;

    for (i = 0; i < 3; i++) {
        least = UINT64_MAX;
        most = 0;
        unit_service_begin(&services[i], 11);
        unit_service_run(20, 2 * capacity(&services[i]));

        for (second = 0; second < 60; second++) {
            unit_service_run(1, 2 * capacity(&services[i]));
            least = unit_world.answered < least ? unit_world.answered : least;
            most = unit_world.in_flight > most ? unit_world.in_flight : most;
        }

        many("answered in the worst second", least,
             (uint64_t) capacity(&services[i]), 700);
        few("in flight in the worst second", most,
            (uint64_t) (0.2 * capacity(&services[i])), 1000);
    }
}


/* It hangs, and then answers those who waited, or is another one by then. */
static void
test_hangs(void **state)
{
    size_t i;
    double rate;
    int    twice;

    (void) state;

    for (i = 0; i < UNIT_LEN(services); i++) {
        for (twice = 0; twice < 4; twice++) {
            rate = ((twice & 1) != 0 ? 2 : 0.7) * capacity(&services[i]);
            unit_service_begin(&services[i], 12);
            unit_world.is.timeout = 60 * UNIT_SECOND;
            unit_world.dies = twice >> 1;
            unit_service_run(20, rate);

            unit_world.hangs_from = unit_world.now;
            unit_world.hangs_to = unit_world.now + 40 * UNIT_SECOND;
            unit_service_run(15, rate); /* until that is clear */
            many("basic turned away", unit_world.turned[0], unit_world.came[0],
                 300);
            unit_service_run(25, rate);
            many("turned away", unit_service_turned(), unit_service_came(),
                 970 - (uint64_t) (10000 / rate > 700 ? 700 : 10000 / rate));
            assert_true(unit_service_came() - unit_service_turned() <= 250);

            unit_service_run(5, rate);
            unit_service_run(60, rate);

            if ((twice & 1) != 0) {
                few("gold late after it", unit_world.late[2],
                    unit_world.came[2], 150);
                few("gold turned away after it", unit_world.turned[2],
                    unit_world.came[2], 150);

            } else {
                few("turned away after it", unit_service_turned(),
                    unit_service_came(), 100);
            }
        }
    }
}


/* Lower tiers are the first whom a silence keeps away. */
static void
test_hangs_in_order(void **state)
{
    int64_t  from, first[LP_TIERS] = { 0 };
    unsigned tier;

    (void) state;

    unit_service_begin(&queue, 13);
    unit_service_run(20, 700);
    from = unit_world.hangs_from = unit_world.now;
    unit_world.hangs_to = from + UNIT_SECOND;

    while (unit_world.now < unit_world.hangs_to) {
        unit_service_run(0.001, 700);

        for (tier = 0; tier < LP_TIERS; tier++) {
            if (first[tier] == 0 && unit_world.turned[tier] != 0) {
                first[tier] = unit_world.now - from;
            }
        }
    }

    assert_in_range(first[LP_TIER_BASIC], 1, first[LP_TIER_SILVER]);
    assert_in_range(first[LP_TIER_SILVER], 1, first[LP_TIER_GOLD]);
    assert_in_range(first[LP_TIER_GOLD], 1, 300000);
}


/* A service that never answered: what was lost says that it hangs. */
static void
test_hangs_from_the_start(void **state)
{
    (void) state;

    unit_service_begin(&queue, 14);
    unit_world.is.timeout = 2 * UNIT_SECOND;
    unit_world.dies = 1;
    unit_world.hangs_to = INT64_MAX;
    unit_service_run(1.9, 700);
    assert_int_equal(unit_service_turned(), 0);
    unit_service_run(5, 700);
    many("turned away", unit_service_turned(), unit_service_came(), 900);
    unit_world.hangs_to = unit_world.now;
    unit_service_run(5, 700);
    unit_service_run(10, 700);
    assert_int_equal(unit_service_turned(), 0);
}


/* What fails at once, or is given up by its caller, does not hang. */
static void
test_fails(void **state)
{
    lp_overload_t *o = &unit_world.o;
    int64_t        now = UNIT_SECOND;
    size_t         i;

    (void) state;

    unit_service_begin(&queue, 15);
    unit_service_run(10, 700);
    unit_service_ends(INT64_MAX);
    now = unit_world.now;

    for (i = 0; i < 1000; i++) {
        assert_true(lp_overload_admits(o, LP_TIER_BASIC, 5, 5, now));
        lp_overload_came(o, LP_TIER_BASIC, 1, now);
        lp_overload_asked(o, 6, now);
        now += UNIT_SECOND / 100;
        lp_overload_heard(o, 6, now);
    }

    /* three wait in vain; once they are gone, nobody does */

    for (i = 0; i < 3; i++) {
        lp_overload_came(o, LP_TIER_BASIC, 1, now);
        lp_overload_asked(o, i + 1, now);
    }

    now += 3 * UNIT_SECOND / 10;
    assert_true(lp_overload_admits(o, LP_TIER_BASIC, 3, 3, now));
    lp_overload_came(o, LP_TIER_BASIC, 1, now);
    lp_overload_asked(o, 4, now);
    assert_false(lp_overload_admits(o, LP_TIER_GOLD, 4, 4, now + 1));
    assert_true(lp_overload_admits(o, LP_TIER_GOLD, 0, 0, now + 1));
}


/* Many come, and hardly any waits: what a cache keeps, what streams. */
static void
test_others(void **state)
{
    lp_overload_t *o = &unit_world.o;
    uint64_t       life;
    int64_t        now;
    size_t         i;

    (void) state;

    unit_service_begin(&queue, 16);
    unit_service_run(10, 700);
    unit_service_ends(INT64_MAX);
    now = unit_world.now;
    life = o->life;

    for (i = 0; i < 1000; i++) {
        assert_true(lp_overload_admits(o, LP_TIER_BASIC, 2, 2, now));
        lp_overload_came(o, LP_TIER_BASIC, 1, now);
        lp_overload_asked(o, 3, now);
        now += UNIT_SECOND / 100;
    }

    now += 10 * UNIT_SECOND;
    assert_true(lp_overload_admits(o, LP_TIER_BASIC, 10, 0, now));

    /* what did not hang is in no other life once it is heard */

    lp_overload_heard(o, 1, now);
    assert_int_equal(o->life, life);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_one_tier),
        cmocka_unit_test(test_seldom),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_slow_by_itself),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_never_for_ever),
        cmocka_unit_test(test_steady),
        cmocka_unit_test(test_hangs),
        cmocka_unit_test(test_hangs_in_order),
        cmocka_unit_test(test_hangs_from_the_start),
        cmocka_unit_test(test_fails),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
