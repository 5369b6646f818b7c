/*
 * partnerd's schema compiler: it takes the subset, and refuses the rest.
 */

#include "unit.h"
#include "schema.h"


static const char definitions[]
    = "{\"components\": {\"schemas\": {"
      "\"Name\": {\"type\": \"string\", \"minLength\": 2},"
      "\"Loop\": {\"type\": \"array\","
      "           \"items\": {\"$ref\": \"#/components/schemas/Loop\"}}}}}";


/* The schema stays valid as long as both documents; NULL with `err` set. */
static pd_schema_t *
compile(json_t *root, json_t *schema, lp_error_t *err)
{
    memset(err, 0, sizeof(*err));

    return pd_schema_compile(root, schema, err);
}


static void
test_refused(void **state)
{
    size_t     i;
    json_t    *root, *schema;
    lp_error_t err;

    static const char *const texts[] = {
        "{\"type\": \"text\"}",
        "{\"type\": 1}",
        "{\"type\": [\"string\", \"text\"]}",
        "{\"enum\": []}",
        "{\"enum\": \"a\"}",
        "{\"pattern\": 1}",
        "{\"pattern\": \"(\"}",
        "{\"pattern\": \"\\\\d+\"}",
        "{\"pattern\": \"a\\\\\"}",
        "{\"format\": \"colour\"}",
        "{\"format\": 1}",
        "{\"minimum\": 1.5}",
        "{\"maxLength\": \"3\"}",
        "{\"uniqueItems\": true}",
        "{\"uniqueItems\": true, \"maxItems\": 100000}",
        "{\"properties\": {\"a\": {\"type\": \"text\"}}}",
        "{\"properties\": {\"a\": 1}}",
        "{\"required\": [\"a\"]}",
        "{\"properties\": {\"a\": {}}, \"required\": [1]}",
        "{\"properties\": {\"a\": {}}, \"required\": [\"b\"]}",
        "{\"additionalProperties\": {}}",
        "{\"additionalProperties\": 0}",
        "{\"required\": \"a\"}",
        "{\"properties\": [\"a\"]}",
        "{\"uniqueItems\": 1, \"maxItems\": 4}",
        "{\"description\": 1}",
        "{\"oneOf\": []}",
        "{\"$ref\": \"#/components/schemas/Name\", \"default\": \"ab\"}",
        "{\"$ref\": \"#/components/schemas/None\"}",
        "{\"$ref\": \"components\"}",
        "{\"$ref\": \"#/components/schemas/Loop\"}",
        "[]",
        "1",
    };

    (void) state;
    root = json_loads(definitions, 0, NULL);
    assert_non_null(root);

    for (i = 0; i < UNIT_LEN(texts); i++) {
        schema = json_loads(texts[i], JSON_DECODE_ANY, NULL);
        assert_non_null(schema);

        if (compile(root, schema, &err) != NULL || err.text[0] == '\0'
            || strstr(err.text, "(null)") != NULL) {
            fail_msg("accepted, or refused without a word: %s", texts[i]);
        }

        json_decref(schema);
    }

    json_decref(root);
}


static void
test_compiled(void **state)
{
    json_t      *root, *schema;
    lp_error_t   err;
    pd_schema_t *s;

    (void) state;
    root = json_loads(definitions, 0, NULL);
    schema = json_loads(
        "{\"type\": [\"object\", \"null\"], \"required\": [\"name\"],"
        " \"additionalProperties\": false, \"description\": \"x\","
        " \"properties\": {"
        "  \"name\": {\"$ref\": \"other.json#/components/schemas/Name\"},"
        "  \"size\": {\"type\": \"number\", \"minimum\": -1,"
        "             \"maximum\": 9, \"default\": 3, \"x-pii\": \"no\"},"
        "  \"tags\": {\"type\": \"array\", \"maxItems\": 4,"
        "             \"uniqueItems\": true,"
        "             \"items\": {\"pattern\": \"^[a-z]+\\\\.?$\"}}}}",
        0, NULL);
    assert_non_null(schema);

    s = compile(root, schema, &err);
    assert_non_null(s);
    assert_int_equal(s->types, PD_TYPE_OBJECT | PD_TYPE_NULL);
    assert_int_equal(s->nmembers, 3);
    assert_true(s->closed);

    assert_true(pd_schema_member(s, "name")->required);
    assert_false(pd_schema_member(s, "size")->required);
    assert_null(pd_schema_member(s, "colour"));
    assert_int_equal(pd_schema_member(s, "name")->schema->min_length, 2);
    assert_int_equal(pd_schema_member(s, "size")->schema->types,
                     PD_TYPE_NUMBER | PD_TYPE_INTEGER);
    assert_int_equal(
        json_integer_value(pd_schema_member(s, "size")->schema->fallback), 3);
    assert_non_null(pd_schema_member(s, "tags")->schema->items->pattern);
    assert_int_equal(pd_schema_member(s, "tags")->schema->min_items, 0);

    pd_schema_free(s);
    pd_schema_free(NULL);
    json_decref(schema);
    json_decref(root);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_compiled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
