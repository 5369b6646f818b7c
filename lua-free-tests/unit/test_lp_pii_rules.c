/*
 * lp_pii_rules: what a mark may say, and one class for one path.
 */

#include <stdio.h>

#include "unit.h"
#include "lp_pii_rules.h"


static void
test_class(void **state)
{
    size_t  i;
    json_t *schema;
    const char *class;

    static const struct {
        const char *schema, *class;
        int         marked;
    } cases[] = {
        { "{}", NULL, 0 },
        { "{\"x-pii\":false}", NULL, 0 },
        { "{\"x-pii\":true}", "personal", 1 },
        { "{\"x-pii\":\"an_e-mail1\"}", "an_e-mail1", 1 },
        { "{\"x-pii\":\"abcdefghijklmnopqrstuvwxyz012345\"}",
          "abcdefghijklmnopqrstuvwxyz012345", 1 },
        { "{\"x-pii\":\"abcdefghijklmnopqrstuvwxyz0123456\"}", NULL, 1 },
        { "{\"x-pii\":\"\"}", NULL, 1 },
        { "{\"x-pii\":\"a.b\"}", NULL, 1 },
        { "{\"x-pii\":null}", NULL, 1 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        schema = json_loads(cases[i].schema, 0, NULL);
        assert_non_null(schema);
        assert_int_equal(lp_pii_marked(schema), cases[i].marked);
        class = lp_pii_class(json_object_get(schema, "x-pii"));

        if (cases[i].class == NULL) {
            assert_null(class);
        } else {
            assert_non_null(class);
            assert_string_equal(class, cases[i].class);
        }

        json_decref(schema);
    }
}


static void
test_add(void **state)
{
    int           i;
    char          path[16];
    const char   *wrong;
    lp_arena_t    arena = { 0 };
    lp_pii_rule_t rules[LP_PII_RULES];
    lp_pii_t      pii = { .rules = rules };

    (void) state;

    for (i = 0; i < LP_PII_RULES; i++) {
        (void) snprintf(path, sizeof(path), "$.a%d", i);
        assert_null(lp_pii_add(&pii, path, "a", &arena));
    }

    assert_null(lp_pii_add(&pii, "$.a0", "a", &arena));
    assert_int_equal(pii.n, LP_PII_RULES);
    assert_string_equal(rules[0].path, "$.a0");
    assert_string_equal(rules[0].class, "a");

    wrong = lp_pii_add(&pii, "$.a0", "b", &arena);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "another class"));

    wrong = lp_pii_add(&pii, "$.b", "a", &arena);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "at most 256"));
    lp_arena_free(&arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class),
        cmocka_unit_test(test_add),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
