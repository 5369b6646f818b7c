/*
 * lp_silence: three calls that wait in vain, and what ends it.
 */

#include "unit.h"
#include "lp_silence.h"


static void
test_lasts(void **state)
{
    lp_silence_t s = { 0 };

    (void) state;

    lp_silence_begun(&s, 1, 100);
    lp_silence_begun(&s, 0, 200);
    assert_false(lp_silence_lasts(&s, 10, 1000000));

    lp_silence_begun(&s, 0, 300);
    assert_false(lp_silence_lasts(&s, 10, 310));
    assert_true(lp_silence_lasts(&s, 10, 311));

    /* one more waits, but has not for long */
    lp_silence_begun(&s, 0, 400);
    assert_true(lp_silence_lasts(&s, 10, 401));
    assert_int_equal(s.last, 400);
}


static void
test_ends(void **state)
{
    lp_silence_t s = { 0 };
    int64_t      now;

    (void) state;

    for (now = 1; now <= 3; now++) {
        lp_silence_begun(&s, 0, now);
    }

    assert_true(lp_silence_lasts(&s, 10, 100));
    lp_silence_heard(&s, 2, 100);
    assert_false(lp_silence_lasts(&s, 10, 1000000));

    /* who still waits waits on */
    lp_silence_heard(&s, 3, 100);
    assert_false(lp_silence_lasts(&s, 10, 110));
    assert_true(lp_silence_lasts(&s, 10, 111));

    /* nobody is left who waits */
    for (now = 1; now <= 100; now++) {
        lp_silence_begun(&s, 1, now);
    }

    assert_false(lp_silence_lasts(&s, 10, 1000));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lasts),
        cmocka_unit_test(test_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
