/*
 * lp_allow_list: what a list may hold, which element is wrong, its ceiling.
 */

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"
#include "lp_allow_list.h"
#include "lp_error.h"


static int
read_text(const char *text, lp_cidr_set_t **set)
{
    int     rc;
    json_t *value;

    value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    *set = NULL;
    rc = lp_allow_list_read(value, set);
    json_decref(value);

    return rc;
}


static void
test_accepted(void **state)
{
    lp_cidr_set_t *set;

    (void) state;

    assert_int_equal(read_text("[\"192.0.2.0/24\", \"2001:db8::/32\"]", &set),
                     LP_OK);
    assert_int_equal(set->v4, 1);
    assert_int_equal(set->v6, 1);
    free(set);

    assert_int_equal(read_text("[]", &set), LP_OK);
    assert_int_equal(set->v4 + set->v6, 0);
    free(set);
}


static void
test_refused(void **state)
{
    size_t         i;
    lp_cidr_set_t *set;

    static const struct {
        const char *text;
        int         rc;
    } cases[] = {
        { "null", LP_INVALID },
        { "\"192.0.2.0/24\"", LP_INVALID },
        { "{}", LP_INVALID },
        { "[7]", 1 },
        { "[\"192.0.2.0/24\", \"192.0.2.1/24\"]", 2 },
        { "[\"192.0.2.0/24\\u002f\"]", 1 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(read_text(cases[i].text, &set), cases[i].rc);
        assert_null(set);
    }
}


static void
test_ceiling(void **state)
{
    int            i;
    char           text[LP_CIDR_TEXT + 1];
    json_t        *array;
    lp_cidr_set_t *set;

    (void) state;

    array = json_array();

    for (i = 0; i < LP_ALLOW_LIST_MAX; i++) {
        (void) snprintf(text, sizeof(text), "10.%d.%d.0/25", i / 256, i % 256);
        json_array_append_new(array, json_string(text));
    }

    assert_int_equal(lp_allow_list_read(array, &set), LP_OK);
    assert_int_equal(set->v4, LP_ALLOW_LIST_MAX);
    free(set);

    json_array_append_new(array, json_string("::1"));
    assert_int_equal(lp_allow_list_read(array, &set), LP_INVALID);
    json_decref(array);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ceiling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
