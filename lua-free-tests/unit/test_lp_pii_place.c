/*
 * lp_pii_place: a mark that marks nothing, or is misspelt, stops the contract.
 */

#include "unit_openapi.h"
#include "lp_pii_place.h"


#define AT     "/paths/~1x/get"
#define ANSWER AT "/responses/200"
#define MEDIA  ANSWER "/content/a~1b"

/* An operation, with these members beside its own; what is in the answer. */
#define DOCUMENT(operation, response, media, schema, components)              \
    UNIT_OPENAPI                                                              \
    "\"security\":[],\"paths\":{\"/"                                          \
    "x\":{\"get\":{\"operationId\":\"x\"," operation                          \
    "\"responses\":{\"200\":{" response "\"content\":{\"a/b\":{" media        \
    "\"schema\":{" schema "}}}}}}}},\"components\":{" components "}}"

#define SCHEMA(schema) DOCUMENT("", "", "", schema, "\"schemas\":{}")
#define MARK           "\"x-pii\":true"
#define MARKED         "{" MARK "}"


static void
test_misplaced(void **state)
{
    size_t i;

    static const struct {
        const char *text, *pointer, *words;
    } cases[] = {
        { DOCUMENT("", "", MARK ",", "", ""), MEDIA "/x-pii",
          "allowed on a schema of a body and on a parameter" },
        { DOCUMENT("", MARK ",", "", "", ""), ANSWER "/x-pii", "nothing" },
        { DOCUMENT(MARK ",", "", "", "", ""), AT "/x-pii", "nothing" },
        { DOCUMENT("", "", "", "", "\"schemas\":{" MARK "}"),
          "/components/schemas/x-pii", "nothing" },
        { DOCUMENT("", "", "", "", MARK), "/components/x-pii", "nothing" },
        { DOCUMENT("", "", "", "", "\"responses\":{\"a\":" MARKED "}"),
          "/components/responses/a/x-pii", "nothing" },
        { DOCUMENT("\"requestBody\":" MARKED ",", "", "", "", ""),
          AT "/requestBody/x-pii", "nothing" },
        { DOCUMENT("", "\"headers\":{\"a\":{\"schema\":" MARKED "}},", "", "",
                   ""),
          ANSWER "/headers/a/schema/x-pii", "no value of a body" },
        { DOCUMENT("",
                   "\"headers\":{\"a\":{\"content\":{\"a/b\":{\"schema\":{"
                   "\"items\":" MARKED "}}}}},",
                   "", "", ""),
          ANSWER "/headers/a/content/a~1b/schema/items/x-pii",
          "no value of a body" },
        { DOCUMENT("", "", "", "", "\"headers\":{\"a\":" MARKED "}"),
          "/components/headers/a/x-pii", "no header is redacted" },
        { SCHEMA("\"properties\":{" MARK "}"),
          MEDIA "/schema/properties/x-pii", "nothing" },
        { SCHEMA("\"propertyNames\":" MARKED),
          MEDIA "/schema/propertyNames/x-pii", "no value of a body" },
        { SCHEMA("\"contentSchema\":{\"properties\":{\"a\":" MARKED "}}"),
          MEDIA "/schema/contentSchema/properties/a/x-pii", "no value" },
        { SCHEMA("\"not\":" MARKED), MEDIA "/schema/not/x-pii", "no value" },
        { SCHEMA("\"additionalItems\":" MARKED),
          MEDIA "/schema/additionalItems/x-pii", "no value" },
        { SCHEMA("\"properties\":[" MARKED "]"),
          MEDIA "/schema/properties/0/x-pii", "no value" },
        { SCHEMA("\"patternProperties\":[[" MARKED "]]"),
          MEDIA "/schema/patternProperties/0/0/x-pii", "no value" },
        { SCHEMA("\"allOf\":[{\"items\":{\"xml\":" MARKED "}}]"),
          MEDIA "/schema/allOf/0/items/xml/x-pii", "no value" },
        /* what no operation refers to */
        { DOCUMENT("", "", "", "", "\"schemas\":{\"a\":{\"x-pii\":7}}"),
          "/components/schemas/a/x-pii", "a class" },
        { DOCUMENT("\"parameters\":[{\"x-pii\":\"a b\"}],", "", "", "", ""),
          AT "/parameters/0/x-pii", "a class" },
        { DOCUMENT("", "", "", "", "\"schemas\":{\"a\":{\"X-PII\":true}}"),
          "/components/schemas/a/X-PII", "spelt x-pii" },
        { SCHEMA("\"items\":{\"x-pi\":true}"), MEDIA "/schema/items/x-pi",
          "spelt x-pii" },
        { DOCUMENT("\"x_pii\":true,", "", "", "", ""), AT "/x_pii",
          "spelt x-pii" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        unit_contract_refused(cases[i].text, cases[i].pointer, cases[i].words);
    }
}


/* Members that are named so, data, and what other extensions hold. */
static void
test_allowed(void **state)
{
    size_t i;

    static const char *const cases[] = {
        SCHEMA("\"properties\":{\"x-pii\":{},\"pii\":{\"x-pii\":\"a\"}}"),
        SCHEMA("\"patternProperties\":{\"x\":{\"$defs\":{\"a\":" MARKED "}}}"),
        SCHEMA("\"items\":{\"example\":" MARKED ",\"examples\":[" MARKED
               "],\"default\":" MARKED ",\"const\":" MARKED
               ",\"enum\":[" MARKED "]}"),
        SCHEMA("\"x-other\":" MARKED ",\"required\":[\"x-pii\"]"),
        DOCUMENT("\"x-other\":" MARKED ",\"parameters\":[" MARKED
                 ",{\"schema\":" MARKED "}],\"requestBody\":{\"content\":{"
                 "\"a/b\":{\"schema\":" MARKED "}}},",
                 "\"links\":{\"a\":{\"parameters\":{\"x-pii\":1}}},",
                 "\"examples\":{\"a\":{\"value\":" MARKED "}},", "",
                 "\"schemas\":{\"PII\":" MARKED "},\"parameters\":{\"pii\":"
                 "{\"schema\":" MARKED "}},\"securitySchemes\":{\"pii\":{"
                 "\"flows\":{\"a\":{\"scopes\":{\"pii\":\"-\"}}}}}"),
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        lp_contract_free(unit_contract(cases[i]));
    }
}


static void
test_near(void **state)
{
    size_t i;

    static const char *const near[]
        = { "x-pii",  "X-PII", "x-PII",  "x_pii",  "xpii",   "x-pi",
            "x-piii", "x-ppi", "x-ipi",  "x-pil",  "pii",    "x-pii ",
            "x.pii",  "x-oii", "-x-pii", "x-xpii", "x-ppii", "XPii" };

    static const char *const far[] = {
        "",          "x",       "x-",         "x-p",        "x-api",
        "x-pci",     "x-phi",   "x-pid",      "pin",        "items",
        "x-piiii",   "x-cache", "x-pii-note", "x-internal", "x-limit-group",
        "properties"
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(near); i++) {
        if (!lp_pii_near(near[i])) {
            fail_msg("%s is near", near[i]);
        }
    }

    for (i = 0; i < UNIT_LEN(far); i++) {
        if (lp_pii_near(far[i])) {
            fail_msg("%s is not near", far[i]);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misplaced),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_near),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
