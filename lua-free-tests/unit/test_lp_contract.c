/*
 * lp_contract: documents become operations, requests find them, and every
 * mistake has its place.
 */

#include <stdlib.h>

#include "unit_openapi.h"


#define OP(id) "{\"operationId\":\"" id "\"}"


static void
test_find(void **state)
{
    lp_contract_t      *c;
    lp_contract_match_t match;

    (void) state;

    c = unit_contract(
        UNIT_PATHS("\"/r\":{\"get\":" OP("r.list") ",\"post\":" OP(
            "r.add") "},"
                     "\"/r/{id}\":{\"get\":" OP("r.get") ",\"head\":" OP(
                         "r.head") "},"
                                   "\"/r/{id}/x\":{\"delete\":" OP(
                                       "r.drop") "},\"x-note\":{}"));

    assert_int_equal(lp_contract_size(c), 5);
    assert_string_equal(unit_operation(c, LP_GET, "/r")->id, "r.list");
    assert_string_equal(unit_operation(c, LP_HEAD, "/r")->id, "r.list");
    assert_string_equal(unit_operation(c, LP_POST, "/r")->id, "r.add");
    assert_string_equal(unit_operation(c, LP_HEAD, "/r/1")->id, "r.head");
    assert_null(unit_operation(c, LP_HEAD, "/r/1/x"));

    assert_int_equal(lp_contract_find(c, LP_METHODS, "/r", 2, &match),
                     LP_CONTRACT_NO_METHOD);
    assert_string_equal(match.allow, "GET, HEAD, POST");
    assert_int_equal(lp_contract_find(c, LP_GET, "/r/1/x", 6, &match),
                     LP_CONTRACT_NO_METHOD);
    assert_string_equal(match.allow, "DELETE");
    assert_int_equal(lp_contract_find(c, LP_GET, "/r/", 3, &match),
                     LP_CONTRACT_NO_PATH);

    lp_contract_free(c);
    lp_contract_free(NULL);
}


static void
test_bases(void **state)
{
    lp_error_t     err;
    lp_contract_t *c;

    static const char text[] = UNIT_OPENAPI
        "\"security\":[],\"servers\":[{\"url\":\"https://a/v1\"},"
        "{\"url\":\"/v2\"}],\"paths\":{\"/r\":{\"get\":" OP("r") "}}}";

    (void) state;

    c = unit_contract(text);
    assert_non_null(unit_operation(c, LP_GET, "/v1/r"));
    assert_ptr_equal(unit_operation(c, LP_GET, "/v1/r"),
                     unit_operation(c, LP_GET, "/v2/r"));
    assert_null(unit_operation(c, LP_GET, "/r"));
    assert_int_equal(lp_contract_size(c), 1);
    lp_contract_free(c);

    c = unit_contract_with(text, "/p", &err);
    assert_non_null(unit_operation(c, LP_GET, "/p/r"));
    assert_null(unit_operation(c, LP_GET, "/v1/r"));
    lp_contract_free(c);
}


static void
test_refused(void **state)
{
    size_t i;

    static const struct {
        const char *text, *pointer, *words;
    } cases[] = {
        { UNIT_OPENAPI "\"paths\":[]}", "/paths", "an object" },
        { UNIT_PATHS("\"r\":{}"), "/paths/r", "slash" },
        { UNIT_PATHS("\"/r\":[]"), "/paths/~1r", "an object" },
        { UNIT_PATHS("\"/r\":{\"gett\":{}}"), "/paths/~1r/gett",
          "unknown member" },
        { UNIT_PATHS("\"/r\":{\"GET\":{}}"), "/paths/~1r/GET", "lower case" },
        { UNIT_PATHS("\"/r\":{\"servers\":[]}"), "/paths/~1r/servers",
          "at the top" },
        { UNIT_PATHS("\"/r/{a}\":{},\"/r/{b}\":{}"), "/paths/~1r~1{b}",
          "same paths as /r/{a}" },
        { UNIT_PATHS(
              "\"/r\":{\"get\":" OP("a") "},\"/s\":{\"get\":" OP("a") "}"),
          "/paths/~1s/get/operationId", "another operation" },
        { UNIT_PATHS("\"/r\":{\"$ref\":\"#/none\"}"), "/paths/~1r/$ref",
          "nowhere" },
        { UNIT_PATHS("\"/r/{a}.json\":{}"), "/paths/~1r~1{a}.json",
          "path template" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        unit_contract_refused(cases[i].text, cases[i].pointer, cases[i].words);
    }
}


/* Ids and paths are one space for all documents; each may refer to any. */
static void
test_documents(void **state)
{
    size_t         wrong;
    lp_error_t     err;
    lp_contract_t *c;

    static const char common[]
        = UNIT_OPENAPI "\"components\":{\"securitySchemes\":{\"key\":{}},"
                       "\"pathItems\":{\"p\":{\"get\":{\"operationId\":\"a\","
                       "\"security\":[]}}},\"schemas\":{\"E\":{\"x-pii\":"
                       "\"email\"}}}}";
    static const char main[] = UNIT_OPENAPI
        "\"paths\":{\"/a\":{\"$ref\":\"common.json#/components/pathItems/p\"},"
        "\"/b\":{\"get\":{\"operationId\":\"b\",\"security\":[{\"key\":[\"s\"]"
        "}]," UNIT_ANSWER("{\"items\":{\"$ref\":\"common.json#/components/"
                          "schemas/E\"}}") "}"
                                           "}}"
                                           "}";
    static const char again[] = UNIT_OPENAPI
        "\"security\":[],\"paths\":{\"/c\":{\"get\":" OP("b") "}}}";

    lp_openapi_source_t sources[] = {
        { "common.json", common, sizeof(common) - 1 },
        { "main.json", main, sizeof(main) - 1 },
        { "again.json", again, sizeof(again) - 1 },
    };

    (void) state;

    c = lp_contract_compile(sources, 2, NULL, &wrong, &err);
    assert_non_null(c);
    assert_string_equal(unit_operation(c, LP_GET, "/a")->id, "a");
    assert_string_equal(unit_operation(c, LP_GET, "/b")->pii.rules[0].class,
                        "email");
    lp_contract_free(c);

    assert_null(lp_contract_compile(sources, 3, NULL, &wrong, &err));
    assert_int_equal(wrong, 2);
    assert_string_equal(err.pointer, "/paths/~1c/get/operationId");

    assert_null(lp_contract_compile(sources + 1, 1, NULL, &wrong, &err));
    assert_int_equal(wrong, 0);
}


/* 2,000 operations, each found, and none for what is beside it. */
static void
test_many(void **state)
{
    int            i, n = 2000;
    char          *text, *p, id[32], path[64];
    lp_contract_t *c;

    (void) state;

    text = malloc((size_t) n * 100 + 256);
    assert_non_null(text);
    p = text + sprintf(text, UNIT_OPENAPI "\"security\":[],\"paths\":{");

    for (i = 0; i < n; i++) {
        p += sprintf(p,
                     "%s\"/r%d/{id}/s%d\":{\"put\":{\"operationId\":\"o%d\"}}",
                     i > 0 ? "," : "", i % 50, i, i);
    }

    (void) sprintf(p, "}}");
    c = unit_contract(text);

    for (i = 0; i < n; i++) {
        (void) snprintf(id, sizeof(id), "o%d", i);
        (void) snprintf(path, sizeof(path), "/r%d/x/s%d", i % 50, i);
        assert_string_equal(unit_operation(c, LP_PUT, path)->id, id);
        (void) snprintf(path, sizeof(path), "/r%d/x/s%d", (i + 1) % 50, i);
        assert_null(unit_operation(c, LP_PUT, path));
    }

    lp_contract_free(c);
    free(text);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),    cmocka_unit_test(test_bases),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_documents),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
