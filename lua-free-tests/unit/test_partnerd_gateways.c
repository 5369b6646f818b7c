/*
 * Which gateways live, which of them obey a revision, and how long to wait.
 */

#include "gateways.h"
#include "unit.h"


#define A "0123456789abcdef"
#define B "fedcba9876543210"


static int
hear(pd_gateways_t *g, const char *id, int revision, int64_t age, int64_t now)
{
    int  n;
    char text[256];

    n = snprintf(text, sizeof(text),
                 "{\"id\":\"%s\",\"node\":\"n\",\"revision\":%d,"
                 "\"lifetime\":1000,"
                 "\"revocationLease\":{\"basic\":100,\"gold\":300},"
                 "\"stale\":{\"gold\":500}}",
                 id, revision);

    return pd_gateways_hear(g, text, (size_t) n, age, now);
}


static void
test_who_is_behind(void **state)
{
    int64_t       due;
    json_t       *names;
    pd_gateways_t g = { 0 };

    (void) state;
    assert_int_equal(pd_gateways_behind(&g, 1, 0, &due, NULL), 0);

    assert_int_equal(hear(&g, A, 5, 0, 10000), 0);
    assert_int_equal(hear(&g, B, 6, 200, 10000), 0);
    assert_int_equal(g.n, 2);
    assert_int_equal(pd_gateways_lease(&g, 10000), 300);

    assert_int_equal(pd_gateways_behind(&g, 5, 10000, &due, NULL), 0);
    assert_int_equal(pd_gateways_behind(&g, 6, 10000, &due, NULL), 1);
    assert_int_equal(due, 10300);

    names = json_array();
    assert_int_equal(pd_gateways_behind(&g, 7, 10100, &due, names), 2);
    assert_int_equal(json_array_size(names), 2);
    assert_int_equal(json_integer_value(json_object_get(
                         json_array_get(names, 1), "silentMs")),
                     300);
    json_decref(names);

    /* each lives as long as it said, from when it was heard */
    assert_int_equal(pd_gateways_behind(&g, 7, 10800, &due, NULL), 1);
    assert_int_equal(pd_gateways_behind(&g, 7, 11000, &due, NULL), 0);
    assert_int_equal(pd_gateways_lease(&g, 11000), 0);
    pd_gateways_free(&g);
}


static void
test_news_and_old_news(void **state)
{
    pd_gateways_t g = { 0 };

    (void) state;
    assert_int_equal(hear(&g, A, 5, 0, 1000), 0);
    assert_int_equal(hear(&g, A, 4, 500, 1100), 0);
    assert_int_equal(g.all[0].revision, 5);
    assert_int_equal(hear(&g, A, 4, 0, 1100), 0); /* overtaken */
    assert_int_equal(g.all[0].revision, 5);
    assert_int_equal(hear(&g, A, 3, 0, 1700), 0); /* a restored platform */
    assert_int_equal(g.all[0].revision, 3);
    assert_int_equal(g.n, 1);

    assert_int_equal(hear(&g, B, 3, 0, 2800), 0); /* A has ended meanwhile */
    assert_int_equal(g.n, 1);
    assert_string_equal(g.all[0].id, B);

    assert_int_equal(pd_gateways_hear(&g, B, 16, 0, 2900), 0); /* it leaves */
    assert_int_equal(g.n, 0);
    assert_int_equal(pd_gateways_hear(&g, B, 16, 0, 2900), 0);
    pd_gateways_free(&g);
}


static void
test_no_sense(void **state)
{
    size_t        i;
    pd_gateways_t g = { 0 };

    static const char *const cases[] = {
        "",
        "x",
        "{}",
        "[]",
        "0123456789abcde",
        "0123456789abcdeg",
        "{\"id\":\"0123456789abcdef\",\"node\":\"n\",\"revision\":-1,"
        "\"lifetime\":1,\"revocationLease\":{\"a\":1},\"stale\":{\"a\":1}}",
        "{\"id\":\"0123456789abcdef\",\"node\":\"n\",\"revision\":1,"
        "\"lifetime\":1,\"revocationLease\":{},\"stale\":{\"a\":1}}",
        "{\"id\":\"0123456789abcdef\",\"node\":\"n\",\"revision\":1,"
        "\"lifetime\":1,\"revocationLease\":{\"a\":1},\"stale\":{\"a\":-1}}",
        "{\"id\":\"0123456789abcdef\",\"node\":\"n\",\"revision\":1,"
        "\"lifetime\":1,\"revocationLease\":{\"a\":2147483648},"
        "\"stale\":{\"a\":1}}",
        "{\"id\":\"short\",\"node\":\"n\",\"revision\":1,"
        "\"lifetime\":1,\"revocationLease\":{\"a\":1},\"stale\":{\"a\":1}}",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(
            pd_gateways_hear(&g, cases[i], strlen(cases[i]), 0, 1), -1);
    }

    assert_int_equal(g.n, 0);
    pd_gateways_free(&g);
}


/* A long name of two-byte characters, cut inside one, is shown all the same. */
static void
test_names(void **state)
{
    int           i;
    char          text[256], name[81] = "";
    json_t       *names;
    const char   *node;
    pd_gateways_t g = { 0 };
    int64_t       due;

    (void) state;

    for (i = 0; i < 39; i++) {
        strcat(name, "\xc3\xa9");
    }

    i = snprintf(text, sizeof(text),
                 "{\"id\":\"" A "\",\"node\":\"%s\",\"revision\":1,"
                 "\"lifetime\":1000,\"revocationLease\":{\"gold\":1},"
                 "\"stale\":{\"gold\":1}}",
                 name);
    assert_int_equal(pd_gateways_hear(&g, text, (size_t) i, 0, 1), 0);

    names = json_array();
    assert_int_equal(pd_gateways_behind(&g, 2, 1, &due, names), 1);
    node
        = json_string_value(json_object_get(json_array_get(names, 0), "node"));
    assert_non_null(node);
    assert_int_equal(strlen(node), PD_GATEWAY_NODE);
    assert_memory_equal(node, "??", 2);
    json_decref(names);
    pd_gateways_free(&g);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_behind),
        cmocka_unit_test(test_news_and_old_news),
        cmocka_unit_test(test_no_sense),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
