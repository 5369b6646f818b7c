/*
 * lp_redact_profile: which rules are allowed, and which of them wins.
 */

#include "unit_redact.h"


static void
test_actions(void **state)
{
    size_t             i;
    lp_error_t         err;
    lp_redact_action_t a;

    static const char *const refused[]
        = { "",           "masks",    "Mask",       "mask()",
            "mask(1)",    "mask(1,2", "mask(17,1)", "mask(1,2)x",
            "mask(-1,2)", "null ",    "encrypted" };

    (void) state;

#define PARSE(text) lp_redact_action_parse(text, strlen(text), &a, &err)

    assert_int_equal(PARSE("mask(2,16)"), LP_OK);
    assert_int_equal(a.kind, LP_REDACT_MASK);
    assert_int_equal(a.first, 2);
    assert_int_equal(a.last, 16);
    assert_int_equal(PARSE("drop"), LP_OK);
    assert_int_equal(a.kind, LP_REDACT_DROP);

    for (i = 0; i < UNIT_LEN(refused); i++) {
        if (PARSE(refused[i]) != LP_INVALID) {
            fail_msg("accepted: %s", refused[i]);
        }
    }

    assert_string_equal(err.text,
                        "unknown action \"encrypted\", allowed: mask, "
                        "mask(N,M), null, drop, hash, encrypt with N and M "
                        "up to 16");

#undef PARSE
}


static void
test_refused(void **state)
{
    lp_error_t           err;
    lp_redact_profile_t *p = unit_redact_profile("@email=hash");

    static const lp_redact_action_t mask = { LP_REDACT_MASK, 0, 0 };
    static const lp_redact_action_t drop = { LP_REDACT_DROP, 0, 0 };

    (void) state;

    assert_int_equal(lp_redact_profile_add(p, "@mail", 5, mask, &err),
                     LP_INVALID);
    assert_string_equal(
        err.text, "unknown class \"@mail\", allowed: " LP_DETECT_ALLOWED);
    assert_int_equal(lp_redact_profile_add(p, "@email", 6, mask, &err),
                     LP_INVALID);
    assert_string_equal(err.text, "class \"@email\" is named twice");
    assert_int_equal(lp_redact_profile_add(p, "@card", 5, drop, &err),
                     LP_INVALID);
    assert_int_equal(lp_redact_profile_add(p, "$.", 2, drop, &err),
                     LP_INVALID);
    assert_int_equal(lp_redact_profile_add(p, "a=", 2, mask, &err),
                     LP_INVALID);
    assert_int_equal(lp_redact_profile_add(p, "a[0]", 4, mask, &err),
                     LP_INVALID);
    assert_non_null(strstr(err.text, "\"a[0]\" is no plain field name"));
    assert_int_equal(lp_redact_profile_add(p, "foaf:mbox", 9, mask, &err),
                     LP_OK);
    assert_int_equal(lp_redact_profile_add(p, "$.a", 3, drop, &err), LP_OK);
    assert_true(lp_redact_profile_needs_keys(p));
    free(p);
}


static void
test_who_wins(void **state)
{
    (void) state;

    unit_redact_check("b=mask $.a.b=null @email=mask",
                      "{\"a\":{\"b\":\"x@y.org\",\"c\":\"x@y.org\"},\"b\":1}",
                      "{\"a\":{\"b\":null,\"c\":\"***\"},\"b\":\"***\"}");
}


static void
test_exact(void **state)
{
    unit_redact_t       *out = malloc(sizeof(*out));
    lp_error_t           err;
    lp_redact_profile_t *p = malloc(lp_redact_profile_size());

    static const lp_redact_action_t mask = { LP_REDACT_MASK, 0, 0 };

    (void) state;

    assert_non_null(p);
    assert_non_null(out);
    lp_redact_profile_init(p);
    lp_redact_profile_exact(p);
    assert_int_equal(lp_redact_profile_add(p, "Aa", 2, mask, &err), LP_OK);
    assert_int_equal(lp_redact_profile_add(p, "aa", 2, mask, &err), LP_OK);
    assert_int_equal(
        unit_redact_at(p, "{\"Aa\":1,\"aA\":2,\"aa\":3}", 22, 9, out), LP_OK);
    assert_int_equal(out->len, 30);
    assert_memory_equal(out->text, "{\"Aa\":\"***\",\"aA\":2,\"aa\":\"***\"}",
                        30);
    free(out);
    free(p);
}


static void
test_class_names(void **state)
{
    (void) state;

    assert_string_equal(lp_redact_class_name(LP_DETECT_CARD), "card");
    assert_string_equal(lp_redact_class_name(LP_REDACT_BY_NAME), "name");
    assert_string_equal(lp_redact_class_name(LP_REDACT_BY_PATH), "path");
    assert_string_equal(lp_redact_class_name(LP_REDACT_TOO_LONG), "too_long");
    assert_string_equal(lp_redact_class_name(LP_REDACT_BY_MARK), "x-pii");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_who_wins),    cmocka_unit_test(test_exact),
        cmocka_unit_test(test_class_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
