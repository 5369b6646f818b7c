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
    lp_silence_begun(&s, 2, 200);
    assert_false(lp_silence_lasts(&s, 2, 10, 1000000));

    lp_silence_begun(&s, 3, 300);
    assert_false(lp_silence_lasts(&s, 3, 10, 310));
    assert_true(lp_silence_lasts(&s, 3, 10, 311));

    /* one more waits, but has not for long */
    lp_silence_begun(&s, 4, 400);
    assert_true(lp_silence_lasts(&s, 4, 10, 401));
}


static void
test_ends(void **state)
{
    lp_silence_t s = { 0 };
    uint64_t     i;

    (void) state;

    for (i = 1; i <= 3; i++) {
        lp_silence_begun(&s, i, (int64_t) i);
    }

    assert_true(lp_silence_lasts(&s, 3, 10, 100));
    lp_silence_heard(&s, 100);
    assert_false(lp_silence_lasts(&s, 2, 10, 1000000));

    /* who still waits waits on */
    assert_false(lp_silence_lasts(&s, 3, 10, 110));
    assert_true(lp_silence_lasts(&s, 3, 10, 111));
}


/* Those who are gone wait no more; who comes then has waited for nothing. */
static void
test_gone(void **state)
{
    lp_silence_t s = { 0 };
    int64_t      now;

    (void) state;

    for (now = 1; now <= 4; now++) {
        lp_silence_begun(&s, (uint64_t) now, now);
    }

    assert_true(lp_silence_lasts(&s, 4, 10, 100));
    assert_true(lp_silence_lasts(&s, 3, 10, 100));
    assert_false(lp_silence_lasts(&s, 2, 10, 100));

    lp_silence_begun(&s, 3, 200);
    assert_false(lp_silence_lasts(&s, 3, 10, 210));

    /* two wait for long, and many come and go */
    for (now = 300; now <= 400; now++) {
        lp_silence_begun(&s, 3, now);
    }

    assert_false(lp_silence_lasts(&s, 3, 10, 400));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lasts),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
