/*
 * lp_openapi: which documents are read, and where references lead.
 */

#include "unit.h"
#include "lp_openapi.h"


static const char one[]
    = "{\"openapi\":\"3.1.0\",\"a\":{\"b/c\":[1,{\"d~\":2}]},"
      "\"r1\":{\"$ref\":\"#/a/b~1c/1/d~0\"},"
      "\"r2\":{\"$ref\":\"two.json#/x\"},"
      "\"r3\":{\"$ref\":\"./two.json#/back\"},"
      "\"loop\":{\"$ref\":\"#/loop\"},\"odd\":{\"$ref\":7},"
      "\"w1\":{\"$ref\":\"#/a/b~2c\"},\"w2\":{\"$ref\":\"#a\"},"
      "\"w3\":{\"$ref\":\"three.json#/x\"},\"w4\":{\"$ref\":\"#/a/b~1c/01x\"},"
      "\"w5\":{\"$ref\":\"#/a/b~1c/9\"},\"w6\":{\"$ref\":\"two.json\"}}";

static const char two[]
    = "{\"openapi\":\"3.1.1\",\"x\":3,\"back\":{\"$ref\":\"one.json#/r1\"}}";

static const lp_openapi_source_t sources[]
    = { { "one.json", one, sizeof(one) - 1 },
        { "two.json", two, sizeof(two) - 1 } };


static int
resolve(const char *name, lp_spot_t *spot, lp_error_t *err)
{
    int          rc;
    lp_openapi_t api;

    assert_int_equal(lp_openapi_open(&api, sources, 2, err), LP_OK);
    *spot = lp_spot_root(&api, 0);
    *spot = lp_spot_member(spot, name);
    rc = lp_spot_resolve(&api, spot, err);

    /* the value itself goes with the document */
    if (rc == LP_OK) {
        spot->value = json_integer(json_integer_value(spot->value));
    }

    lp_openapi_close(&api);

    return rc;
}


static void
test_references(void **state)
{
    size_t     i;
    lp_spot_t  spot;
    lp_error_t err;

    static const struct {
        const char *name, *pointer;
        int         value;
        size_t      document;
    } cases[] = {
        { "r1", "/a/b~1c/1/d~0", 2, 0 },
        { "r2", "/x", 3, 1 },
        { "r3", "/a/b~1c/1/d~0", 2, 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(resolve(cases[i].name, &spot, &err), LP_OK);
        assert_string_equal(spot.at.text, cases[i].pointer);
        assert_int_equal(json_integer_value(spot.value), cases[i].value);
        assert_int_equal(spot.document, cases[i].document);
        json_decref((json_t *) spot.value);
    }
}


static void
test_nowhere(void **state)
{
    size_t     i;
    char       pointer[16];
    lp_spot_t  spot;
    lp_error_t err;

    static const char *const names[]
        = { "w1", "w2", "w3", "w4", "w5", "w6", "odd", "loop" };

    (void) state;

    for (i = 0; i < UNIT_LEN(names); i++) {
        assert_int_equal(resolve(names[i], &spot, &err), LP_INVALID);
        (void) snprintf(pointer, sizeof(pointer), "/%s/$ref", names[i]);
        assert_string_equal(err.pointer, pointer);
    }

    assert_non_null(strstr(err.text, "circle"));
}


static void
test_documents(void **state)
{
    size_t       i;
    lp_error_t   err;
    lp_openapi_t api;

    static const struct {
        const char *text, *pointer;
    } cases[] = {
        { "", "" },
        { "[]", "/openapi" },
        { "{}", "/openapi" },
        { "{\"openapi\":\"3.0.3\"}", "/openapi" },
        { "{\"openapi\":3.1}", "/openapi" },
        { "{\"openapi\":\"3.1.0\",\"openapi\":\"3.1.0\"}", "" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        lp_openapi_source_t list[] = {
            { "one.json", one, sizeof(one) - 1 },
            { "w.json", cases[i].text, strlen(cases[i].text) },
        };

        assert_int_equal(lp_openapi_open(&api, list, 2, &err), LP_INVALID);
        assert_int_equal(api.wrong, 1);
        assert_string_equal(err.pointer, cases[i].pointer);
        lp_openapi_close(&api);
    }

    assert_int_equal(lp_openapi_open(&api, sources, 0, &err), LP_INVALID);
    assert_int_equal(lp_openapi_open(&api, sources, 65, &err), LP_INVALID);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_nowhere),
        cmocka_unit_test(test_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
