/*
 * lp_pii_walk: marks become paths, through references, alternatives and schemas
 * that hold themselves.
 */

#include "unit_pii.h"


#define DOCUMENT(schema, schemas)                                             \
    UNIT_OPENAPI                                                              \
    "\"security\":[],\"paths\":{\"/"                                          \
    "x\":{\"get\":{\"operationId\":\"x\"," UNIT_ANSWER(                       \
        schema) "}}}," SCHEMAS(schemas)


#define AT "/paths/~1x/get/responses/200/content/application~1json/schema"


/* Every rule as path=class, in order. */
static void
rules_are(const char *text, const char *expected)
{
    char                  found[4096] = "";
    size_t                i;
    lp_contract_t        *c;
    const lp_operation_t *op;

    c = unit_contract(text);
    op = lp_contract_operation(c, 0);

    for (i = 0; i < op->pii.n; i++) {
        (void) snprintf(found + strlen(found), sizeof(found) - strlen(found),
                        "%s%s=%s", i > 0 ? " " : "", op->pii.rules[i].path,
                        op->pii.rules[i].class);
    }

    assert_string_equal(found, expected);
    assert_int_equal(op->personal, expected[0] != '\0');
    lp_contract_free(c);
}


static void
test_places(void **state)
{
    size_t i;

    static const struct {
        const char *text, *rules;
    } cases[] = {
        { DOCUMENT("{}", ""), "" },
        { DOCUMENT("true", ""), "" },
        { DOCUMENT("{\"x-pii\":false}", ""), "" },
        { DOCUMENT("{\"properties\":{\"a\":{\"x-pii\":\"email\"}}}", ""),
          "$.a=email" },
        { DOCUMENT("{\"items\":{\"properties\":{\"a\":{\"items\":{\"x-pii\":"
                   "true}}}}}",
                   ""),
          "$[*].a[*]=personal" },
        { DOCUMENT("{\"additionalProperties\":{\"properties\":{\"a\":{"
                   "\"x-pii\":\"p\"}}}}",
                   ""),
          "$.*.a=p" },
        { DOCUMENT("{\"allOf\":[" REF("A") "," REF(
                       "B") "],\"oneOf\":[{"
                            "\"properties\":{\"c\":{\"x-pii\":\"c\"}}}]}",
                   "\"A\":{\"properties\":{\"a\":{\"x-pii\":\"a\"}}},"
                   "\"B\":{\"anyOf\":[{\"properties\":{\"b\":" REF(
                       "E") "}}]},\"E\":{\"x-pii\":\"b\"}"),
          "$.a=a $.b=b $.c=c" },
        /* beside a reference, and both ways to the same place */
        { DOCUMENT("{\"properties\":{\"a\":{\"$ref\":\"#/components/schemas/"
                   "E\",\"x-pii\":\"mine\"},\"b\":" REF("E") "}}",
                   "\"E\":{\"x-pii\":\"its\"}"),
          "$.a=mine $.b=its" },
        /* beside a reference that another leads to */
        { DOCUMENT("{\"properties\":{\"email\":" REF("A") "}}",
                   "\"A\":{\"$ref\":\"#/components/schemas/B\",\"x-pii\":"
                   "\"email\",\"properties\":{\"a\":{\"x-pii\":\"a\"}}},"
                   "\"B\":{\"properties\":{\"b\":{\"x-pii\":\"b\"}}}"),
          "$.email=email $.email.a=a $.email.b=b" },
        /* the outermost of marks for one place, whichever lie further in */
        { DOCUMENT("{\"properties\":{\"a\":{\"allOf\":[" REF(
                       "A") "],"
                            "\"x-pii\":\"mine\"}}}",
                   "\"A\":{\"oneOf\":[" REF("B") "],\"x-pii\":\"its\"},"
                                                 "\"B\":{\"x-pii\":\"b\"}"),
          "$.a=mine" },
        { DOCUMENT("{\"items\":{\"anyOf\":[{\"x-pii\":\"a\"},{\"x-pii\":"
                   "\"a\"}]}}",
                   ""),
          "$[*]=a" },
        /* a list of schemas where one belongs, of whatever depth */
        { DOCUMENT("{\"items\":[{\"type\":\"string\",\"x-pii\":true}]}", ""),
          "$[*]=personal" },
        { DOCUMENT("{\"items\":[{},[{\"properties\":{\"a\":{\"x-pii\":"
                   "\"a\"}}}]]}",
                   ""),
          "$[*].a=a" },
        { DOCUMENT("[{\"properties\":{\"a\":[{\"x-pii\":\"a\"}]}}]", ""),
          "$.a=a" },
        { DOCUMENT("{\"additionalProperties\":[{\"x-pii\":\"a\"}]}", ""),
          "$.*=a" },
        { DOCUMENT("{\"patternProperties\":{\"x\":[{\"x-pii\":\"a\"}]}}", ""),
          "$.*=a" },
        { DOCUMENT("{\"allOf\":{\"properties\":{\"a\":{\"x-pii\":\"a\"}}}}",
                   ""),
          "$.a=a" },
        /* a name that no path can say, without a mark below it */
        { DOCUMENT("{\"properties\":{\"a b\":{},\"c\":{\"x-pii\":true}}}", ""),
          "$.c=personal" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        rules_are(cases[i].text, cases[i].rules);
    }
}


static void
test_circles(void **state)
{
    (void) state;

    rules_are(DOCUMENT(REF("P"),
                       "\"P\":{\"properties\":{\"phone\":{\"x-pii\":"
                       "\"phone\"},\"friends\":{\"items\":" REF("P") "}}}"),
              "$.phone=phone $.friends[*]..phone=phone");

    /* each of two holds the other: none is missed */
    rules_are(DOCUMENT(REF("A"), "\"A\":{\"properties\":{\"b\":" REF(
                                     "B") "}},\"B\":{\"properties\":{"
                                          "\"a\":" REF("A") ",\"m\":{\"x-"
                                                            "pii\":\"m\"}}}"),
              "$.b.a..m=m $.b.m=m");

    /* in a circle a list of marked values is named by its member */
    rules_are(DOCUMENT(REF("P"), "\"P\":{\"properties\":{\"in\":" REF(
                                     "P") ",\"tags\":{\"items\":{\"x-pii\":"
                                          "\"t\"}}}}"),
              "$.in..tags=t $.tags[*]=t");

    /* no value lies between: it says nothing */
    rules_are(DOCUMENT("{\"items\":" REF("A") "}",
                       "\"A\":{\"allOf\":[" REF("A") "],\"x-pii\":\"a\"}"),
              "$[*]=a");
}


static void
test_refused(void **state)
{
    (void) state;

    unit_contract_refused(DOCUMENT("{\"items\":{\"x-pii\":7}}", ""),
                          AT "/items/x-pii", "a class");
    unit_contract_refused(DOCUMENT("{\"items\":{\"x-pii\":\"a b\"}}", ""),
                          AT "/items/x-pii", "a class");
    unit_contract_refused(DOCUMENT("{\"x-pii\":true}", ""), AT "/x-pii",
                          "a whole answer cannot be marked");
    unit_contract_refused(DOCUMENT(REF("A"), "\"A\":{\"x-pii\":true}"),
                          "/components/schemas/A/x-pii",
                          "a whole answer cannot be marked");
    unit_contract_refused(DOCUMENT(REF("none"), ""), AT "/$ref", "nowhere");
    unit_contract_refused(
        DOCUMENT("{\"properties\":{\"a.b\":{\"x-pii\":true}}}", ""),
        AT "/properties/a.b", "names of letters");
    unit_contract_refused(
        DOCUMENT("{\"properties\":{\"a\":" REF("A") "}}",
                 "\"A\":{\"properties\":{\"b\":{\"x-pii\":[]}}}"),
        "/components/schemas/A/properties/b/x-pii", "a class");

    /* one place, two classes, and no way to tell which counts */
    unit_contract_refused(
        DOCUMENT("{\"items\":{\"oneOf\":[{\"x-pii\":\"a\"},{\"x-pii\":\"b\"}]"
                 "}}",
                 ""),
        AT "/items/oneOf/1/x-pii", "another class");
    unit_contract_refused(
        UNIT_PATHS("\"/x\":{\"get\":{\"operationId\":\"x\",\"responses\":{"
                   "\"200\":{\"content\":{\"a\":{\"schema\":{\"properties\":"
                   "{\"a\":{\"x-pii\":\"email\"}}}}}},\"201\":{\"content\":{"
                   "\"a\":{\"schema\":{\"properties\":{\"a\":{\"x-pii\":"
                   "\"phone\"}}}}}}}}}"),
        "/paths/~1x/get/responses/201/content/a/schema/properties/a/x-pii",
        "another class");
    unit_contract_refused(
        DOCUMENT(REF("A"), "\"A\":" REF("B") ",\"B\":" REF("A")),
        "/components/schemas/B/$ref", "circle");
}


/* Where only a reference leads to the mark, which is right by itself. */
static void
test_elsewhere(void **state)
{
    (void) state;

    unit_contract_refused(DOCUMENT("{\"propertyNames\":" REF("A") "}",
                                   "\"A\":{\"x-pii\":\"email\"}"),
                          AT "/propertyNames", "is not redacted");
    unit_contract_refused(
        DOCUMENT("{\"properties\":{\"a\":{\"contentSchema\":" REF("A") "}}}",
                 "\"A\":{\"properties\":{\"b\":{\"x-pii\":\"email\"}}}"),
        AT "/properties/a/contentSchema", "is not redacted");
    /* what is hidden as a whole hides the names in it */
    rules_are(
        DOCUMENT("{\"items\":{\"x-pii\":true,\"propertyNames\":" REF("A") "}}",
                 "\"A\":{\"x-pii\":\"email\"}"),
        "$[*]=personal");
}


/* What is not followed is refused, or a mark behind it would be lost. */
static void
test_references(void **state)
{
    size_t i;

    static const struct {
        const char *schema, *at, *said;
    } cases[] = {
        { "{\"$dynamicRef\":\"#a\"}", "$dynamicRef", "is not followed" },
        { "{\"$dynamicRef\":\"#/components/schemas/A\"}", "$dynamicRef",
          "allowed: $ref" },
        { "{\"$recursiveRef\":\"#\"}", "$recursiveRef", "is not followed" },
        { "{\"$ref\":\"#a\"}", "$ref", "leads nowhere" },
        { "{\"$ref\":\"#\"}", "$ref", "to a whole document" },
        { "{\"$id\":\"https://example.com/s\",\"$ref\":\"#\"}", "$ref",
          "to a whole document" },
        { "{\"$id\":\"https://example.com/s\",\"$defs\":{\"A\":{"
          "\"x-pii\":true}},\"$ref\":\"#/$defs/A\"}",
          "$ref", "leads nowhere" },
        { "{\"$ref\":\"https://example.com/a\"}", "$ref", "leads nowhere" },
        { "{\"$ref\":\"https://example.com/a#/A\"}", "$ref", "leads nowhere" },
        { "{\"$ref\":\"other.json\"}", "$ref", "leads nowhere" },
        { "{\"$ref\":\"other.json#/A\"}", "$ref", "leads nowhere" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        char text[2048], at[256];

        (void) snprintf(text, sizeof(text),
                        DOCUMENT("{\"items\":%s}",
                                 "\"A\":{\"$anchor\":\"a\",\"$dynamicAnchor\":"
                                 "\"a\",\"$id\":\"https://example.com/a\","
                                 "\"items\":{\"x-pii\":true}}"),
                        cases[i].schema);
        (void) snprintf(at, sizeof(at), AT "/items/%s", cases[i].at);
        unit_contract_refused(text, at, cases[i].said);
    }
}


/* Each schema twice in the one above: 2^40 places, were they all visited. */
static void
test_bomb(void **state)
{
    int        i;
    char       text[8192], *p;
    lp_error_t err;

    (void) state;

    p = text
        + sprintf(text,
                  UNIT_OPENAPI "\"security\":[],\"paths\":{\"/x\":{"
                               "\"get\":{\"operationId\":\"x\"," UNIT_ANSWER(
                                   REF("S0")) "}}},\"components\":{"
                                              "\"schemas\":{");

    for (i = 0; i < 40; i++) {
        p += sprintf(p,
                     "\"S%d\":{\"properties\":{\"a\":" REF(
                         "S%d") ",\"b\":" REF("S%d") "}},",
                     i, i + 1, i + 1);
    }

    (void) sprintf(p, "\"S40\":{\"x-pii\":true}}}}");

    assert_null(unit_contract_with(text, NULL, &err));
    assert_non_null(strstr(err.text, "too deep or too many"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),     cmocka_unit_test(test_circles),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_elsewhere),
        cmocka_unit_test(test_references), cmocka_unit_test(test_bomb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
