/*
 * lp_ramp: what a partner has of its limits at the beginning, in the middle
 * and at the end of a day, what a bucket admits meanwhile, and what a clock
 * that is set does to it.
 */

#include "unit.h"
#include "lp_error.h"
#include "lp_ramp.h"


#define START INT64_C(1801382400) /* 2027-01-31T08:00:00Z */
#define HOUR  3600
#define DAY   (24 * HOUR)

static const lp_ramp_t day = { START, DAY, 1 };


static void
test_share(void **state)
{
    size_t i;

    static const struct {
        int64_t  after; /* s */
        unsigned percent;
    } cases[] = {
        { INT64_MIN / 2, 1 },
        { -DAY, 1 },
        { 0, 1 },
        { DAY / 99 - 1, 1 },
        { DAY / 99 + 1, 2 },
        { 6 * HOUR, 25 }, /* of 99 a quarter is 24.75 */
        { 12 * HOUR, 50 },
        { 18 * HOUR, 75 },
        { DAY - 1, 99 },
        { DAY, 100 },
        { INT64_MAX / 2, 100 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(lp_ramp_percent(&day, START + cases[i].after),
                         cases[i].percent);
    }
}


/* At any second at least what it was, and never a step of more than one. */
static void
test_grows(void **state)
{
    int64_t  at;
    unsigned percent, before = 1;

    (void) state;

    for (at = START; at <= START + DAY; at++) {
        percent = lp_ramp_percent(&day, at);
        assert_in_range(percent, before, before + 1);
        before = percent;
    }

    assert_int_equal(before, LP_RAMP_WHOLE);
}


static int64_t
admitted(const lp_rate_t *whole, lp_bucket_t *bucket, int64_t *clock,
         int64_t seconds)
{
    int64_t   n = 0, end = *clock + seconds;
    lp_rate_t part;

    for (/* void */; *clock < end; ++*clock) {
        assert_int_equal(
            lp_ramp_rate(whole, lp_ramp_percent(&day, *clock), &part), LP_OK);

        while (
            lp_bucket_check(&part, bucket, *clock * LP_SECOND, 1).admitted) {
            (void) lp_bucket_take(&part, bucket, *clock * LP_SECOND, 1);
            n++;
        }

        lp_bucket_cut(&part, bucket, *clock * LP_SECOND);
    }

    return n;
}


/* Of 100 calls a second, asked for all the time. */
static void
test_admits(void **state)
{
    int64_t     n, clock = START - HOUR;
    lp_rate_t   whole;
    lp_bucket_t bucket = { 0 };

    (void) state;

    assert_int_equal(lp_rate_init(&whole, 100, LP_SECOND, 100), LP_OK);

    n = admitted(&whole, &bucket, &clock, HOUR);
    assert_in_range(n, HOUR, HOUR + 1);

    clock = START + 12 * HOUR - 60;
    n = admitted(&whole, &bucket, &clock, 120);
    assert_in_range(n, 120 * 49, 120 * 51);

    clock = START + DAY;
    n = admitted(&whole, &bucket, &clock, 60);
    assert_in_range(n, 60 * 100, 60 * 100 + 100);
}


/* Set back, a clock has less again, and at once; set forth, more. */
static void
test_clock_steps(void **state)
{
    int64_t     clock = START + 12 * HOUR;
    lp_rate_t   whole;
    lp_bucket_t bucket = { 0 };

    (void) state;

    assert_int_equal(lp_rate_init(&whole, 100, LP_SECOND, 100), LP_OK);
    (void) admitted(&whole, &bucket, &clock, 60);

    clock -= 6 * HOUR;
    (void) admitted(&whole, &bucket, &clock, 1); /* a full one at most */
    assert_in_range(admitted(&whole, &bucket, &clock, 60), 59 * 25, 61 * 26);

    clock += 12 * HOUR;
    (void) admitted(&whole, &bucket, &clock, 1);
    assert_in_range(admitted(&whole, &bucket, &clock, 60), 59 * 74, 61 * 76);
}


static void
test_rate(void **state)
{
    lp_rate_t whole, part;

    (void) state;

    assert_int_equal(lp_rate_init(&whole, 1000, LP_HOUR, 20), LP_OK);
    assert_int_equal(lp_ramp_rate(&whole, 50, &part), LP_OK);
    assert_int_equal(part.tokens * LP_HOUR, 500 * part.period);
    assert_int_equal(part.burst, 10);

    /* a call at least, however small the part */
    assert_int_equal(lp_ramp_rate(&whole, 1, &part), LP_OK);
    assert_int_equal(part.burst, 1);

    /* products that would not fit */
    assert_int_equal(lp_rate_init(&whole, LP_BUCKET_MAX / 2 + 1, 1, 1), LP_OK);
    assert_int_equal(lp_ramp_rate(&whole, 1, &part), LP_INVALID);
    assert_int_equal(lp_rate_init(&whole, 1, LP_BUCKET_MAX / 3, 1), LP_OK);
    assert_int_equal(lp_ramp_rate(&whole, 1, &part), LP_INVALID);
}


static void
test_quota(void **state)
{
    size_t i;

    static const struct {
        int64_t  quota, window;
        unsigned percent;
        int64_t  part, in;
    } cases[] = {
        { 1000, 60, 50, 500, 60 },   { 250, 3600, 1, 2, 3600 },
        { 10, 3600, 1, 1, 36000 },   { 3, 60, 1, 1, 2000 },
        { 7, 60, 1, 1, 858 }, /* not 857: fewer come back in that */
        { 100, 86400, 1, 1, 86400 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        int64_t quota = cases[i].quota, window = cases[i].window;

        lp_ramp_quota(&quota, &window, cases[i].percent);
        assert_int_equal(quota, cases[i].part);
        assert_int_equal(window, cases[i].in);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_share),  cmocka_unit_test(test_grows),
        cmocka_unit_test(test_admits), cmocka_unit_test(test_clock_steps),
        cmocka_unit_test(test_rate),   cmocka_unit_test(test_quota),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
