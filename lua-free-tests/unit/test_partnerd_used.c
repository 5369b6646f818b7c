/*
 * Which fields of the hash of last uses are stored.
 */

#include <string.h>

#include "unit.h"
#include "used.h"


static int
add(json_t *uses, const char *id, const char *at)
{
    return pd_used_add(uses, id, strlen(id), at, strlen(at));
}


static void
test_taken(void **state)
{
    json_t *uses = json_object();

    (void) state;
    assert_int_equal(add(uses, "key_1", "0"), 0);
    assert_int_equal(add(uses, "key_2", "9999999999"), 0);
    assert_int_equal(json_integer_value(json_object_get(uses, "key_2")),
                     9999999999);
    assert_int_equal(add(uses, "key_1", "17"), 0);
    assert_int_equal(json_integer_value(json_object_get(uses, "key_1")), 17);
    assert_int_equal(json_object_size(uses), 2);
    json_decref(uses);
}


static void
test_passed_over(void **state)
{
    char    longest[65];
    json_t *uses = json_object();

    (void) state;
    memset(longest, 'x', 64);
    longest[64] = '\0';

    assert_int_equal(add(uses, "key_1", ""), -1);
    assert_int_equal(add(uses, "key_1", "now"), -1);
    assert_int_equal(add(uses, "key_1", "-1"), -1);
    assert_int_equal(add(uses, "key_1", "12345678901"), -1);
    assert_int_equal(add(uses, longest, "17"), -1);
    assert_int_equal(add(uses, "\xff", "17"), -1);
    assert_int_equal(json_object_size(uses), 0);
    assert_int_equal(add(uses, longest + 1, "17"), 0);
    json_decref(uses);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
