/*
 * partnerd's bodies: types, sizes, malformed JSON, defaults.
 */

#include "unit.h"
#include "unit_contract.h"
#include "body.h"


static pd_contract_t contract;


static int
setup(void **state)
{
    lp_error_t err;

    (void) state;

    return unit_contract(&contract, UNIT_COMMON, UNIT_THINGS, &err);
}


static int
teardown(void **state)
{
    (void) state;
    pd_contract_free(&contract);

    return 0;
}


static void
test_cases(void **state)
{
    size_t       i;
    json_t      *body;
    pd_problem_t p;

    static const struct {
        const char *type, *text, *code;
    } cases[] = {
        { "application/json", "{\"name\": \"n\"}", NULL },
        { "Application/JSON;charset=utf-8", "{\"name\": \"n\"}", NULL },
        { "application/json ; x", "{\"name\": \"n\"}", NULL },
        { NULL, "{\"name\": \"n\"}", "unsupported_media_type" },
        { "", "{}", "unsupported_media_type" },
        { "application/jsonp", "{}", "unsupported_media_type" },
        { "text/json", "{}", "unsupported_media_type" },
        { "application/json", "", "invalid_body" },
        { NULL, "", "invalid_body" },
        { "application/json", "{", "malformed_json" },
        { "application/json", "{}x", "malformed_json" },
        { "application/json", "{\"name\": \"\\u0000\"}", "malformed_json" },
        { "application/json", "{\"name\": 1, \"name\": 2}",
          "duplicate_member" },
        { "application/json", "1", "invalid_body" },
        { "application/json", "{\"name\": 1}", "invalid_body" },
        { "application/json", "{\"name\": \"n\", \"x\": 1}", "invalid_body" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        p = (pd_problem_t){ 0 };
        body = pd_body_read(pd_contract_find(&contract, "things.put"),
                            cases[i].type, cases[i].text,
                            strlen(cases[i].text), &p);

        if (cases[i].code == NULL) {
            assert_null(p.code);
            assert_string_equal(
                json_string_value(json_object_get(body, "kind")), "k");
        } else {
            assert_null(body);
            assert_string_equal(p.code, cases[i].code);
        }

        json_decref(body);
        pd_problem_clear(&p);
    }
}


static void
test_sizes(void **state)
{
    pd_problem_t p = { 0 };

    (void) state;
    assert_null(pd_body_read(pd_contract_find(&contract, "things.put"),
                             "application/json", NULL, PD_BODY_MAX + 1, &p));
    assert_string_equal(p.code, "payload_too_large");
    pd_problem_clear(&p);

    /* An operation without a body does not read one, but counts it. */
    assert_null(pd_body_read(pd_contract_find(&contract, "things.get"), NULL,
                             "{", 1, &p));
    assert_null(p.code);
    assert_null(pd_body_read(pd_contract_find(&contract, "things.get"), NULL,
                             NULL, PD_BODY_MAX + 1, &p));
    assert_string_equal(p.code, "payload_too_large");
    pd_problem_clear(&p);
}


static void
test_deep(void **state)
{
    char         text[20000];
    pd_problem_t p = { 0 };

    (void) state;
    memset(text, '[', sizeof(text));
    assert_null(pd_body_read(pd_contract_find(&contract, "things.put"),
                             "application/json", text, sizeof(text), &p));
    assert_string_equal(p.code, "malformed_json");
    pd_problem_clear(&p);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_deep),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
