/*
 * partnerd's validation: every mistake at once, each at its place.
 */

#include <stdio.h>

#include "unit.h"
#include "validate.h"


static const char schema_text[]
    = "{\"type\": \"object\", \"required\": [\"name\", \"kind\"],"
      " \"additionalProperties\": false, \"properties\": {"
      "  \"name\": {\"type\": \"string\", \"minLength\": 2,"
      "             \"maxLength\": 4},"
      "  \"kind\": {\"type\": [\"string\", \"null\"],"
      "             \"enum\": [\"a\", \"b\", null]},"
      "  \"size\": {\"type\": \"integer\", \"minimum\": 1,"
      "             \"maximum\": 9, \"default\": 5},"
      "  \"rate\": {\"type\": \"number\", \"minimum\": 1},"
      "  \"code\": {\"type\": \"string\", \"pattern\": \"^x+$\","
      "             \"maxLength\": 8},"
      "  \"id\": {\"type\": \"string\", \"format\": \"uuid\"},"
      "  \"tags\": {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 3,"
      "             \"uniqueItems\": true, \"items\": {\"type\": \"string\"}},"
      "  \"deep\": {\"type\": \"object\", \"required\": [\"a/b\"],"
      "             \"properties\": {\"a/b\": {\"type\": \"boolean\"},"
      "                            \"flag\": {\"default\": true}}}}}";


typedef struct {
    json_t      *json;
    pd_schema_t *schema;
} fixture_t;


static int
setup(void **state)
{
    lp_error_t       err;
    static fixture_t f;

    f.json = json_loads(schema_text, 0, NULL);
    f.schema = f.json == NULL ? NULL : pd_schema_compile(f.json, f.json, &err);
    *state = &f;

    return f.schema == NULL ? -1 : 0;
}


static int
teardown(void **state)
{
    fixture_t *f = *state;

    pd_schema_free(f->schema);
    json_decref(f->json);

    return 0;
}


/* The pointers of all mistakes, in order, with a space after each. */
static void
mistakes(const fixture_t *f, const char *text, char out[512])
{
    int          rc;
    size_t       i, n;
    json_t      *value, *one;
    pd_problem_t p = { 0 };

    value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    rc = pd_validate(f->schema, value, "pointer", "", &p);

    n = 0;
    out[0] = '\0';

    json_array_foreach(p.errors, i, one)
    {
        assert_true(json_is_string(json_object_get(one, "detail")));
        n += (size_t) snprintf(
            out + n, 512 - n, "%s ",
            json_string_value(json_object_get(one, "pointer")));
    }

    assert_int_equal(rc, n == 0 ? PD_OK : PD_REFUSED);
    assert_null(p.code);
    pd_problem_clear(&p);
    json_decref(value);
}


static void
test_mistakes(void **state)
{
    char   found[512];
    size_t i;

    static const struct {
        const char *text;
        const char *where;
    } cases[] = {
        { "{\"name\": \"ab\", \"kind\": \"a\"}", "" },
        { "{\"name\": \"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\", \"kind\": null}",
          "" },
        { "{}", "/name /kind " },
        { "[]", " " },
        { "null", " " },
        { "{\"name\": \"a\", \"kind\": \"c\"}", "/name /kind " },
        { "{\"name\": \"abcde\", \"kind\": \"a\", \"x\": 1}", "/name /x " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"code\": \"y\"}", "/code " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"code\": \"yyyyyyyyy\"}",
          "/code " },
        { "{\"name\": 1, \"kind\": 1}", "/name /kind " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"size\": 0}", "/size " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"size\": 10}", "/size " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"size\": 5.0}", "/size " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"size\": \"5\"}", "/size " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"rate\": 1.5}", "" },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"rate\": 2}", "" },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"rate\": 1e300}", "" },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"rate\": 0}", "/rate " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"rate\": 0.5}", "/rate " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"code\": \"xyx\"}", "/code " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"id\": \"1\"}", "/id " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"tags\": []}", "/tags " },
        { "{\"name\": \"ab\", \"kind\": \"a\","
          " \"tags\": [\"a\", 1, \"a\"]}",
          "/tags/1 /tags/2 " },
        { "{\"name\": \"ab\", \"kind\": \"a\","
          " \"tags\": [1, 2, 3, 4]}",
          "/tags " },
        { "{\"name\": \"ab\", \"kind\": \"a\","
          " \"deep\": {\"a/b\": 1}}",
          "/deep/a~1b " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"deep\": {\"~\": 1}}",
          "/deep/a~1b " },
        { "{\"name\": \"ab\", \"kind\": \"a\", \"~/\": 1}", "/~0~1 " },
    };

    for (i = 0; i < UNIT_LEN(cases); i++) {
        mistakes(*state, cases[i].text, found);

        if (strcmp(found, cases[i].where) != 0) {
            fail_msg("%s: \"%s\"", cases[i].text, found);
        }
    }
}


static void
test_many(void **state)
{
    char         name[16];
    int          i;
    json_t      *value;
    fixture_t   *f = *state;
    pd_problem_t p = { 0 };

    value = json_object();

    for (i = 0; i < 1000; i++) {
        (void) snprintf(name, sizeof(name), "m%d", i);
        (void) json_object_set_new(value, name, json_null());
    }

    assert_int_equal(pd_validate(f->schema, value, "pointer", "", &p),
                     PD_REFUSED);
    assert_int_equal(json_array_size(p.errors), PD_MISTAKES);
    pd_problem_clear(&p);
    json_decref(value);
}


/* A name that is cut inside a character still makes a mistake. */
static void
test_long_name(void **state)
{
    char         name[PD_POINTER_LEN * 2 + 1];
    size_t       i, shift;
    json_t      *value;
    fixture_t   *f = *state;
    pd_problem_t p;

    for (shift = 0; shift < 4; shift++) {
        memset(name, 'a', shift);

        for (i = shift; i + 2 < sizeof(name); i += 2) {
            memcpy(name + i, "\xc3\xa9", 2);
        }
        name[i] = '\0';

        p = (pd_problem_t){ 0 };
        value = json_pack("{s:s, s:s, s:n}", "name", "ab", "kind", "a", name);
        assert_non_null(value);
        assert_int_equal(pd_validate(f->schema, value, "pointer", "", &p),
                         PD_REFUSED);
        assert_int_equal(json_array_size(p.errors), 1);
        pd_problem_clear(&p);
        json_decref(value);
    }
}


static void
test_defaults(void **state)
{
    json_t    *value;
    fixture_t *f = *state;

    value = json_loads("{\"name\": \"ab\", \"deep\": {}}", 0, NULL);
    pd_validate_defaults(f->schema, value);
    assert_int_equal(json_integer_value(json_object_get(value, "size")), 5);
    assert_true(
        json_is_true(json_object_get(json_object_get(value, "deep"), "flag")));

    (void) json_object_set_new(value, "size", json_integer(7));
    pd_validate_defaults(f->schema, value);
    assert_int_equal(json_integer_value(json_object_get(value, "size")), 7);
    json_decref(value);
}


/* The stack is dirtied first: what was never written must not be printed. */
static void
test_enum_without_strings(void **state)
{
    json_t       *json, *value;
    lp_error_t    err;
    pd_schema_t  *schema;
    pd_problem_t  problem = { 0 };
    volatile char dirt[4096];

    (void) state;

    json = json_loads("{\"enum\": [1, 2]}", 0, NULL);
    schema = pd_schema_compile(json, json, &err);
    assert_non_null(schema);
    value = json_integer(3);

    memset((char *) dirt, 'x', sizeof(dirt));
    assert_int_equal(pd_validate(schema, value, "pointer", "", &problem),
                     PD_REFUSED);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(problem.errors, 0), "detail")),
                        "must be one of ");

    pd_problem_clear(&problem);
    json_decref(value);
    pd_schema_free(schema);
    json_decref(json);
}


/* A sentence has room for some of the values, and says how many more. */
static void
test_long_enum(void **state)
{
    size_t       i, listed;
    char         name[16];
    json_t      *json, *values, *value;
    lp_error_t   err;
    const char  *detail, *p;
    pd_schema_t *schema;
    pd_problem_t problem = { 0 };

    (void) state;

    values = json_array();

    for (i = 0; i < 80; i++) {
        (void) snprintf(name, sizeof(name), "value-%02zu", i);
        assert_int_equal(json_array_append_new(values, json_string(name)), 0);
    }

    json = json_pack("{s:o}", "enum", values);
    schema = pd_schema_compile(json, json, &err);
    assert_non_null(schema);
    value = json_string("none");

    assert_int_equal(pd_validate(schema, value, "pointer", "", &problem),
                     PD_REFUSED);
    detail = json_string_value(
        json_object_get(json_array_get(problem.errors, 0), "detail"));

    for (listed = 0, p = detail; (p = strstr(p, "value-")) != NULL; p++) {
        listed++;
    }

    (void) snprintf(name, sizeof(name), " and %zu more", 80 - listed);
    assert_string_equal(detail + strlen(detail) - strlen(name), name);
    assert_true(listed > 40);

    pd_problem_clear(&problem);
    json_decref(value);
    pd_schema_free(schema);
    json_decref(json);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_long_enum),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_enum_without_strings),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
