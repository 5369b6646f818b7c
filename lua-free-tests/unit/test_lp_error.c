/*
 * lp_error: what does not fit is cut, never written past the end.
 */

#include "unit.h"
#include "lp_error.h"


static void
test_formats(void **state)
{
    lp_error_t err;

    (void) state;

    assert_int_equal(lp_error(&err, "/keys/3", "%d of %s", 7, "these"),
                     LP_INVALID);
    assert_string_equal(err.pointer, "/keys/3");
    assert_string_equal(err.text, "7 of these");
}


static void
test_truncates(void **state)
{
    char       lng[1000];
    lp_error_t err;

    (void) state;

    memset(lng, 'x', sizeof(lng) - 1);
    lng[sizeof(lng) - 1] = '\0';

    (void) lp_error(&err, lng, "%s", lng);
    assert_int_equal(strlen(err.pointer), sizeof(err.pointer) - 1);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_truncates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
