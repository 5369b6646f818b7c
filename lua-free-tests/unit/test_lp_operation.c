/*
 * lp_operation: ids, groups, scopes and cache policies, and what is refused.
 */

#include "unit_openapi.h"


#define GET(members)                                                          \
    UNIT_PATHS("\"/x\":{\"get\":{\"operationId\":\"x.get\"," members "}}")

#define POST(members)                                                         \
    UNIT_PATHS("\"/x\":{\"post\":{\"operationId\":\"x.add\"," members "}}")

#define AT "/paths/~1x/get"


/* What an operation with these members needs: alternatives with a bar. */
static void
need_is(const char *text, const char *expected)
{
    char                  found[512] = "";
    size_t                i;
    lp_contract_t        *c;
    const lp_operation_t *op;

    c = unit_contract(text);
    op = lp_contract_operation(c, 0);

    for (i = 0; i < op->need.n; i++) {
        strcat(strcat(found, i > 0 ? "|" : ""), op->need.sets[i].text);
        assert_int_equal(strlen(op->need.sets[i].text), op->need.sets[i].len);
    }

    assert_string_equal(found, expected);
    lp_contract_free(c);
}


static void
test_security(void **state)
{
    (void) state;

    need_is(GET("\"security\":[]"), "");
    need_is(GET("\"security\":[{\"key\":[\"a\",\"b\"]},{\"key\":[\"c\"]}]"),
            "a b|c");
    need_is(GET("\"security\":[{\"key\":[\"a\"],\"oauth\":[\"b\"]}]"), "a b");
    need_is(GET("\"security\":[{\"key\":[]}]"), "");
    need_is(UNIT_OPENAPI
            "\"security\":[{\"key\":[\"top\"]}],\"paths\":{"
            "\"/x\":{\"get\":{\"operationId\":\"x\"}}}," UNIT_SCHEMES,
            "top");

    unit_contract_refused(UNIT_OPENAPI
                          "\"paths\":{\"/x\":{\"get\":{"
                          "\"operationId\":\"x\"}}}," UNIT_SCHEMES,
                          AT "/security", "required");
    unit_contract_refused(GET("\"security\":{}"), AT "/security", "required");
    unit_contract_refused(GET("\"security\":[7]"), AT "/security/0",
                          "an object");
    unit_contract_refused(GET("\"security\":[{\"kye\":[]}]"),
                          AT "/security/0/kye", "no such");
    unit_contract_refused(GET("\"security\":[{\"key\":\"a\"}]"),
                          AT "/security/0/key", "array");
    unit_contract_refused(GET("\"security\":[{},{\"key\":[\"a\",\"b c\"]}]"),
                          AT "/security/1/key/1", "a scope");
    unit_contract_refused(GET("\"security\":[{\"key\":[\"read:*\"]}]"),
                          AT "/security/0/key/0", "a scope");
}


static void
test_id(void **state)
{
    size_t i;
    char   text[512];

    static const char *const wrong[]
        = { "7", "\"\"", "\"a b\"", "\"a/b\"", "\"-\"", "null" };

    (void) state;

    for (i = 0; i < UNIT_LEN(wrong); i++) {
        (void) snprintf(text, sizeof(text),
                        UNIT_PATHS("\"/x\":{\"get\":{\"operationId\":%s}}"),
                        wrong[i]);
        unit_contract_refused(text, AT "/operationId", "required");
    }

    unit_contract_refused(UNIT_PATHS("\"/x\":{\"get\":{}}"), AT "/operationId",
                          "required");
    unit_contract_refused(UNIT_PATHS("\"/x\":{\"get\":7}"), AT, "an object");
}


static void
group_is(const char *text, const char *group)
{
    lp_contract_t *c;

    c = unit_contract(text);
    assert_string_equal(lp_contract_operation(c, 0)->group, group);
    lp_contract_free(c);
}


static void
test_group(void **state)
{
    (void) state;

    group_is(GET("\"tags\":[]"), "");
    group_is(GET("\"tags\":[\"Ride booking\",\"b\"]"), "Ride-booking");
    group_is(GET("\"tags\":[\"a\"],\"x-limit-group\":\"heavy\""), "heavy");
    unit_contract_refused(GET("\"x-limit-group\":\"a b\""),
                          AT "/x-limit-group", "allowed");
    unit_contract_refused(GET("\"tags\":[7]"), AT "/tags/0", "1 to 63");
}


static void
test_servers(void **state)
{
    (void) state;
    unit_contract_refused(GET("\"servers\":[{\"url\":\"/v2\"}]"),
                          AT "/servers", "at the top");
}


static void
test_cache(void **state)
{
    lp_contract_t *c;

    (void) state;

    c = unit_contract(GET("\"x-cache\":300"));
    assert_int_equal(lp_contract_operation(c, 0)->cache, 300);
    lp_contract_free(c);

    c = unit_contract(GET("\"tags\":[]"));
    assert_int_equal(lp_contract_operation(c, 0)->cache, 0);
    lp_contract_free(c);

    unit_contract_refused(GET("\"x-cache\":0"), AT "/x-cache", "1 to 86400");
    unit_contract_refused(GET("\"x-cache\":86401"), AT "/x-cache", "seconds");
    unit_contract_refused(GET("\"x-cache\":\"5m\""), AT "/x-cache", "seconds");
    unit_contract_refused(POST("\"x-cache\":300"), "/paths/~1x/post/x-cache",
                          "GET");
    unit_contract_refused(
        GET("\"x-cache\":300," UNIT_ANSWER("{\"items\":{\"x-pii\":true}}")),
        AT "/x-cache", "personal data");
    unit_contract_refused(
        GET("\"x-cache\":300,\"parameters\":[{\"in\":\"query\",\"name\":\"q\","
            "\"schema\":{\"x-pii\":\"email\"}}]"),
        AT "/x-cache", "personal data");
    unit_contract_refused(
        GET("\"x-cache\":300,\"responses\":{\"default\":{\"content\":{"
            "\"text/csv\":{\"schema\":{\"items\":{\"x-pii\":true}}}}}}"),
        AT "/x-cache", "personal data");
    unit_contract_refused(
        UNIT_PATHS("\"/x\":{\"parameters\":[{\"x-pii\":true}],\"get\":{"
                   "\"operationId\":\"x\",\"x-cache\":1}}"),
        AT "/x-cache", "personal data");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_security), cmocka_unit_test(test_id),
        cmocka_unit_test(test_group),    cmocka_unit_test(test_servers),
        cmocka_unit_test(test_cache),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
