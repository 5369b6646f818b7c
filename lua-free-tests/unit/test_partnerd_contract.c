/*
 * partnerd's contract: operations compiled from several documents, and what
 * makes one unfit.
 */

#include "unit.h"
#include "unit_contract.h"


static void
test_operations(void **state)
{
    lp_error_t            err;
    pd_contract_t         c;
    const pd_operation_t *op;

    (void) state;

    if (unit_contract(&c, UNIT_COMMON, UNIT_THINGS, &err) != LP_OK) {
        fail_msg("%s", err.text);
    }

    assert_int_equal(c.noperations, 2);
    op = pd_contract_find(&c, "things.get");
    assert_non_null(op);
    assert_int_equal(op->method, PD_GET);
    assert_int_equal(op->status, 200);
    assert_false(op->open);
    assert_int_equal(op->nscopes, 2);
    assert_int_equal(json_array_size(op->scopes[1]), 2);
    assert_int_equal(op->nparameters, 5);
    assert_string_equal(op->parameters[2].name, "limit");
    assert_null(op->body);
    assert_null(op->answer);

    op = pd_contract_find(&c, "things.put");
    assert_true(op->open);
    assert_int_equal(op->status, 201);
    assert_true(op->body_required);
    assert_non_null(op->body);
    assert_non_null(op->answer);
    assert_null(pd_contract_find(&c, "things.list"));

    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(c.document, "info"), "title")),
                        "t");
    pd_contract_free(&c);
}


/* Puts `to` in the place of the first `from`. */
static char *
changed(const char *text, const char *from, const char *to)
{
    char       *out;
    const char *at;

    at = strstr(text, from);
    assert_non_null(at);
    assert_true(asprintf(&out, "%.*s%s%s", (int) (at - text), text, to,
                         at + strlen(from))
                > 0);

    return out;
}


static void
test_refused(void **state)
{
    char         *text;
    size_t        i;
    lp_error_t    err;
    pd_contract_t c;

    static const struct {
        const char *from, *to, *why;
    } cases[] = {
        { "\"operationId\": \"things.get\",", "", "operationId" },
        { "things.put", "things.get", "operationId" },
        { "\"get\"", "\"fetch\"", "fetch is not known" },
        { "\"security\": [],", "", "security" },
        { "\"security\": [],", "\"security\": [], \"servers\": [],",
          "not heeded" },
        { "\"security\": [],", "\"security\": [], \"deprecated\": true,",
          "goes together" },
        { "\"security\": [],",
          "\"security\": [], \"x-deprecated-at\": \"2026-11-01\",",
          "goes together" },
        { "\"security\": [],", "\"security\": [], \"deprecated\": \"yes\",",
          "goes together" },
        { "\"security\": [],",
          "\"security\": [], \"x-sunset\": \"2026-11-01\",",
          "x-deprecated-at before it" },
        { "\"security\": [],",
          "\"security\": [], \"deprecated\": true, \"x-sunset\":"
          " \"2026-11-01\", \"x-deprecated-at\": \"2026-11-02\",",
          "x-deprecated-at before it" },
        { "\"security\": [],",
          "\"security\": [], \"x-sunset\": \"2026-02-30\",",
          "x-sunset is no day" },
        { "\"security\": [],", "\"security\": [], \"x-sunset\": 2026,",
          "x-sunset is no day" },
        { "[{\"key\": [\"admin\"]}", "[{\"key\": []}", "no scopes" },
        { "[{\"key\": [\"admin\"]}", "[{\"key\": [\"a b\"]}", "malformed" },
        { "[{\"key\": [\"admin\"]}", "[{\"key\": [1]}", "malformed" },
        { "\"in\": \"query\"", "\"in\": \"header\"", "neither" },
        { "{part}", "{piece}", "not declared" },
        { "{thingId}", "thing", "not declared" },
        { "parameters/limit", "parameters/none", "parameter" },
        { "\"201\"", "\"404\"", "no 2xx" },
        { "application/json", "text/plain", "nowhere" },
        { "/things", "things", "no path template" },
        { "\"paths\"", "\"paths\": 1, \"paths\"", "duplicate" },
        { "{\"paths\"", "\"paths\"", "things.json" },
        { "{\"default\": \"k\"}", "{\"x-pii\": \"name\"}",
          "kind: x-pii is sealed" },
        { "{\"default\": \"k\"}",
          "{\"type\": \"array\", \"items\": {\"type\": \"string\","
          " \"x-pii\": \"name\"}}",
          "kind: x-pii is sealed" },
        { "{\"type\": \"object\",     \"required\"",
          "{\"x-pii\": true, \"type\": \"object\", \"required\"",
          "not sealed as a whole" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        text = changed(UNIT_THINGS, cases[i].from, cases[i].to);

        if (unit_contract(&c, UNIT_COMMON, text, &err) == LP_OK
            || strstr(err.text, cases[i].why) == NULL) {
            fail_msg("%s -> %s: %s", cases[i].from, cases[i].to, err.text);
        }

        free(text);
    }

    assert_int_equal(unit_contract(&c, UNIT_THINGS, UNIT_THINGS, &err),
                     LP_INVALID);
    assert_int_equal(pd_contract_load(&c, "/nowhere", &err), LP_INVALID);
}


static void
test_ending(void **state)
{
    char                 *text;
    lp_error_t            err;
    pd_contract_t         c;
    const pd_operation_t *op;

    (void) state;
    text = changed(UNIT_THINGS, "\"security\": [],",
                   "\"security\": [], \"deprecated\": true,"
                   " \"x-deprecated-at\": \"2026-11-01\","
                   " \"x-sunset\": \"2027-11-01\",");

    assert_int_equal(unit_contract(&c, UNIT_COMMON, text, &err), LP_OK);
    op = pd_contract_find(&c, "things.put");
    assert_string_equal(op->ending.deprecation, "@1793491200");
    assert_string_equal(op->ending.sunset, "Mon, 01 Nov 2027 00:00:00 GMT");
    op = pd_contract_find(&c, "things.get");
    assert_string_equal(op->ending.deprecation, "");
    assert_string_equal(op->ending.sunset, "");
    pd_contract_free(&c);
    free(text);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
