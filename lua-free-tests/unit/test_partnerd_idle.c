/*
 * Gateways that publish nothing are forgotten after an hour of it.
 */

#include "idle.h"
#include "unit.h"


static void
test_idle(void **state)
{
    json_t *since;

    (void) state;

    since = json_object();
    assert_non_null(since);
    assert_int_equal(pd_idle(since, "a", 5), 0);
    assert_int_equal(pd_idle(since, "b", 10), 0);
    assert_int_equal(pd_idle(since, "a", PD_IDLE_LIFE + 4), 0);
    assert_int_equal(pd_idle(since, "a", PD_IDLE_LIFE + 5), 1);
    assert_int_equal(pd_idle(since, "b", PD_IDLE_LIFE + 5), 0);
    assert_int_equal(json_object_size(since), 1);
    json_decref(since);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
