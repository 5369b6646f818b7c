/*
 * lp_window: when it is full, and what it says of what is in it.
 */

#include "unit.h"
#include "lp_window.h"


static void
test_full(void **state)
{
    lp_window_t w = { 0 };
    uint32_t    i;

    (void) state;

    for (i = 1; i < LP_WINDOW; i++) {
        assert_false(lp_window_add(&w, 1, 1, i));
    }

    assert_true(lp_window_add(&w, 1, 1, LP_WINDOW));

    /* few answers, but a second's */
    lp_window_next(&w, 1);
    assert_false(lp_window_add(&w, UINT64_MAX, UINT64_MAX, 5));
    assert_int_equal(w.answers[0].us, UINT32_MAX);
    assert_true(lp_window_add(&w, 1, 1, 5 + LP_WINDOW_TIME));
}


/* One that was full when whoever filled it was killed. */
static void
test_left_full(void **state)
{
    struct {
        lp_window_t        w;
        lp_window_answer_t behind;
    } s = { 0 };

    (void) state;

    s.w.n = LP_WINDOW;
    assert_false(lp_window_add(&s.w, 7, 8, 9));
    assert_int_equal(s.w.n, 1);
    assert_int_equal(s.w.opened, 9);
    assert_int_equal(s.w.answers[0].in_flight, 7);
    assert_int_equal(s.behind.us, 0);
}


/* As many answers as are in flight, of which some are kept. */
static void
test_apart(void **state)
{
    lp_window_t w = { 0 };
    uint32_t    n = 0;

    (void) state;

    lp_window_next(&w, 10 * LP_WINDOW - 1);

    do {
        n++;
    } while (!lp_window_add(&w, 1, 1, n));

    assert_in_range(n, 9 * LP_WINDOW, 10 * LP_WINDOW);
}


static void
test_look(void **state)
{
    lp_window_t      w = { 0 };
    lp_window_view_t view;
    uint32_t         i;

    (void) state;

    /* twice as many in flight take twice as long, and one is very slow */
    for (i = 0; i < 20; i++) {
        (void) lp_window_add(&w, i % 2 == 0 ? 10 : 20,
                             i == 7       ? 100000
                             : i % 2 == 0 ? 1000
                                          : 2000,
                             i);
    }

    lp_window_look(&w, &view);
    assert_int_equal(view.n, 20);
    assert_int_equal((int) view.in_flight, 15);
    assert_int_equal((int) view.us, 2000);
    assert_int_equal((int) view.half[0].in_flight, 10);
    assert_int_equal((int) view.half[0].us, 1000);
    assert_int_equal((int) view.half[1].in_flight, 20);
    assert_int_equal((int) view.half[1].us, 2000);

    assert_int_equal((int) lp_window_within(&w, 100, 1e9), 100000);
    assert_int_equal((int) lp_window_within(&w, 100, 50000), 2000);
    assert_int_equal((int) lp_window_within(&w, 50, 1e9), 1000);
    assert_int_equal((int) lp_window_within(&w, 100, 0), 2000);
}


/* The least there can be. */
static void
test_one(void **state)
{
    lp_window_t      w = { 0 };
    lp_window_view_t view;

    (void) state;

    (void) lp_window_add(&w, 3, 500, 0);
    lp_window_look(&w, &view);
    assert_int_equal((int) view.half[0].us, 500);
    assert_int_equal((int) view.half[1].us, 500);
    assert_int_equal((int) lp_window_within(&w, 95, 0), 500);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full),  cmocka_unit_test(test_left_full),
        cmocka_unit_test(test_apart), cmocka_unit_test(test_look),
        cmocka_unit_test(test_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
