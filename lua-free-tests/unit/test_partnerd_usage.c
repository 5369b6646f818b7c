/*
 * partnerd's usage counters: what can be stored, and nothing else.
 */

#include "unit.h"
#include "usage.h"


static int
parse(pd_usage_t *u, const char *field, const char *value)
{
    return pd_usage_parse(u, field, strlen(field), value, strlen(value));
}


static void
test_good(void **state)
{
    pd_usage_t u;

    (void) state;
    assert_int_equal(parse(&u, "494000/p-1/a.b/op_2/client_error",
                           "1 0 3 "
                           "9223372036854775807"),
                     0);
    assert_int_equal(u.hour, 494000);
    assert_string_equal(u.parts[PD_USAGE_PARTNER], "p-1");
    assert_string_equal(u.parts[PD_USAGE_APPLICATION], "a.b");
    assert_string_equal(u.parts[PD_USAGE_OPERATION], "op_2");
    assert_string_equal(u.parts[PD_USAGE_OUTCOME], "client_error");
    assert_int_equal(u.values[0], 1);
    assert_int_equal(u.values[1], 0);
    assert_int_equal(u.values[2], 3);
    assert_int_equal(u.values[3], INT64_MAX);

    assert_int_equal(parse(&u, "0/p/-/-/ok", "0 0 0 0"), 0);
    assert_string_equal(u.parts[PD_USAGE_TIER], "-");
    assert_string_equal(u.parts[PD_USAGE_LATENCY], "0");

    assert_int_equal(parse(&u, "1/p/-/-/ok/silver/400", "9 8 7 6 5 4"), 0);
    assert_string_equal(u.parts[PD_USAGE_TIER], "silver");
    assert_string_equal(u.parts[PD_USAGE_LATENCY], "400");
    assert_int_equal(u.values[4], 5);
    assert_int_equal(u.values[5], 4);

    /* of a life of the version before */
    assert_int_equal(parse(&u, "1/p/-/-/ok", "9 8 7 6 0 0"), 0);
}


static void
test_fields(void **state)
{
    size_t     i;
    pd_usage_t u;

    static const char *const fields[] = {
        "",
        "/",
        "////",
        "1/p/-/ok",
        "1/p/-/-/-/ok",
        "1/p/-/-/ok/",
        "1/p/-/-/",
        "1/p/-/-/great",
        "1/p/-/-/OK",
        "1//-/-/ok",
        "1/p//-/ok",
        "1/p q/-/-/ok",
        "1/p\"/-/-/ok",
        "1/p,/-/-/ok",
        "1/\xc3\xa9/-/-/ok",
        "01/p/-/-/ok",
        "-1/p/-/-/ok",
        "+1/p/-/-/ok",
        "1x/p/-/-/ok",
        "x/p/-/-/ok",
        "10000000/p/-/-/ok",
        "99999999999999999999/p/-/-/ok",
        "1/p/-/-/ok/gold",
        "1/p/-/-/ok/-/0", /* the short form's counter, by another name */
        "1/p/-/-/ok/gold/",
        "1/p/-/-/ok/gold/x",
        "1/p/-/-/ok/gold/0200",
        "1/p/-/-/ok/gold/3600001",
        "1/p/-/-/ok/none/200",
        "1/p/-/-/ok/gold/200/x",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(fields); i++) {
        if (parse(&u, fields[i], "1 2 3 4") == 0) {
            fail_msg("%s", fields[i]);
        }
    }

    assert_int_not_equal(pd_usage_parse(&u, "1/p\0q/-/-/ok", 12, "1 2 3 4", 7),
                         0);
}


static void
test_values(void **state)
{
    size_t     i;
    pd_usage_t u;

    static const char *const values[] = {
        "",
        "1",
        "1 2 3",
        "1 2 3 4 5",
        "1 2 3 4 5 6 7",
        "1 2 3 4 ",
        " 1 2 3 4",
        "1  2 3 4",
        "1 2 3 -4",
        "1 2 3 +4",
        "1 2 3 04",
        "1 2 3 4\n",
        "1 2 3 x",
        "1 2 3 4.0",
        "1,2,3,4",
        "1 2 3 9223372036854775808",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(values); i++) {
        if (parse(&u, "1/p/-/-/ok", values[i]) == 0) {
            fail_msg("%s", values[i]);
        }
    }

    assert_int_not_equal(
        pd_usage_parse(&u, "1/p/-/-/ok", 10, "1 2 3 4\0 5", 10), 0);
}


static void
test_lengths(void **state)
{
    char       field[PD_USAGE_NAME * 2 + 32];
    pd_usage_t u;

    (void) state;
    memcpy(field, "1/", 2);
    memset(field + 2, 'p', PD_USAGE_NAME);
    memcpy(field + 2 + PD_USAGE_NAME, "/-/-/ok", 8);
    assert_int_equal(parse(&u, field, "1 2 3 4"), 0);

    memset(field + 2, 'p', PD_USAGE_NAME + 1);
    memcpy(field + 3 + PD_USAGE_NAME, "/-/-/ok", 8);
    assert_int_not_equal(parse(&u, field, "1 2 3 4"), 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
