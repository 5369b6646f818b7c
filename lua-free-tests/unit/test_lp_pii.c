/*
 * lp_pii: what is personal in parameters, and that headers are not marked.
 */

#include "unit_pii.h"


#define PARAMETER(text, schemas)                                              \
    UNIT_OPENAPI "\"security\":[],\"paths\":{\"/x\":{\"get\":{"               \
                 "\"operationId\":\"x\",\"parameters\":[" text                \
                 "]}}}," SCHEMAS(schemas)


/* A parameter needs no path: that it holds personal data is enough. */
static void
test_parameters(void **state)
{
    size_t         i;
    lp_contract_t *c;

    static const struct {
        const char *text;
        int         personal;
    } cases[] = {
        { PARAMETER("{\"schema\":{\"properties\":{\"a\":{}}}}", ""), 0 },
        { PARAMETER("{\"schema\":{\"x-pii\":false}}", ""), 0 },
        { PARAMETER("{\"x-pii\":true}", ""), 1 },
        { PARAMETER("{\"schema\":{\"allOf\":[{\"x-pii\":true}]}}", ""), 1 },
        { PARAMETER("{\"schema\":{\"items\":{\"x-pii\":true}}}", ""), 1 },
        { PARAMETER("{\"schema\":{\"properties\":{\"a b\":{\"x-pii\":\"a\"},"
                    "\"c\":{}}}}",
                    ""),
          1 },
        { PARAMETER("{\"content\":{\"application/json\":{\"schema\":{"
                    "\"x-pii\":true}}}}",
                    ""),
          1 },
        { PARAMETER("{\"schema\":" REF("A") "}",
                    "\"A\":{\"$ref\":\"#/components/schemas/B\",\"x-pii\":"
                    "true},\"B\":{}"),
          1 },
        { PARAMETER(REF("A"),
                    "\"A\":{\"$ref\":\"#/components/schemas/B\",\"x-pii\":"
                    "true},\"B\":{}"),
          1 },
        { PARAMETER("{\"$ref\":\"#/components/parameters/A\"}",
                    "},\"parameters\":{\"A\":{\"$ref\":\"#/components/"
                    "parameters/B\"},\"B\":{\"schema\":{\"x-pii\":true}}"),
          1 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        c = unit_contract(cases[i].text);
        assert_int_equal(lp_contract_operation(c, 0)->personal,
                         cases[i].personal);
        assert_int_equal(lp_contract_operation(c, 0)->pii.n, 0);
        lp_contract_free(c);
    }

    unit_contract_refused(PARAMETER(REF("A"), "\"A\":" REF("A")),
                          "/components/schemas/A/$ref", "circle");
}


/* Only a reference leads to the mark, which is right by itself. */
static void
test_headers(void **state)
{
    (void) state;

    unit_contract_refused(
        UNIT_OPENAPI
        "\"security\":[],\"paths\":{\"/x\":{\"get\":{\"operationId\":"
        "\"x\",\"responses\":{\"200\":{\"headers\":{\"To\":{\"schema\":" REF(
            "A") "}}}}}}}," SCHEMAS("\"A\":{\"x-pii\":\"email\"}"),
        "/paths/~1x/get/responses/200/headers/To", "no header is redacted");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
