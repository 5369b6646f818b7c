/*
 * Rules as people write them: what they mean, and what is said of wrong ones.
 */

#include <stdio.h>
#include <stdlib.h>

#include "lp_redact_rule.h"
#include "unit_redact.h"


static void
test_rules(void **state)
{
    unit_redact_check("$.a[0]=drop email=mask(1,0)",
                      "{\"a\":[1,2],\"email\":\"ada@b.cd\"}",
                      "{\"a\":[2],\"email\":\"a***\"}");

    (void) state;
}


static void
test_wrong(void **state)
{
    size_t               i;
    lp_error_t           err;
    lp_redact_profile_t *profile = malloc(lp_redact_profile_size());

    static const struct {
        const char *rule;
        const char *text; /* part of what is said; NULL: it is fine */
    } cases[] = {
        { "email=mask", NULL },
        { "email=hash", "\"email\" is named twice" },
        { "", "FIELD=ACTION" },
        { "email", "FIELD=ACTION" },
        { "=mask", "0 bytes" },
        { "a=open", "unknown action \"open\"" },
        { "a=pass", "unknown action \"pass\"" },
        { "$['a=b']=null", NULL },
        { "@mail=mask", "unknown class \"@mail\"" },
        { "x-pii=pass", NULL },
        { "x-pii=mask", "for a class that has one" },
        { "x-pii:phone=hash", NULL },
        { "x-pii:phone=mask", "for a class that has one" },
        { "x-pii:a=open", "unknown action \"open\"" },
        { "x-pii:a=open", ", and pass" },
        { "x-pii:=mask", "x-pii:CLASS=ACTION" },
        { "x-pii:a b=mask", "x-pii:CLASS=ACTION" },
        { "x-pii", "x-pii:CLASS=ACTION" },
        { "X-PII=mask", "x-pii:CLASS=ACTION" },
        { "x_pii=mask", "x-pii:CLASS=ACTION" },
        { "x-piix=mask", "x-pii:CLASS=ACTION" },
    };

    (void) state;

    assert_non_null(profile);
    lp_redact_profile_init(profile);

    for (i = 0; i < UNIT_LEN(cases); i++) {
        if (cases[i].text == NULL) {
            assert_int_equal(lp_redact_profile_rule(profile, cases[i].rule,
                                                    strlen(cases[i].rule),
                                                    &err),
                             LP_OK);
            continue;
        }

        assert_int_equal(lp_redact_profile_rule(profile, cases[i].rule,
                                                strlen(cases[i].rule), &err),
                         LP_INVALID);

        if (strstr(err.text, cases[i].text) == NULL) {
            fail_msg("%s: %s", cases[i].rule, err.text);
        }
    }

    assert_string_equal(lp_redact_profile_marks(profile, 0), "");
    assert_string_equal(lp_redact_profile_marks(profile, 1), "phone");
    assert_null(lp_redact_profile_marks(profile, 2));

    free(profile);
}


static void
test_many(void **state)
{
    int                  i, n;
    char                 rule[32];
    lp_error_t           err;
    lp_redact_profile_t *profile = malloc(lp_redact_profile_size());

    (void) state;

    assert_non_null(profile);
    lp_redact_profile_init(profile);

    for (i = 0; i <= LP_REDACT_MARKS; i++) {
        n = snprintf(rule, sizeof(rule), "x-pii:c%d=null", i);
        assert_int_equal(
            lp_redact_profile_rule(profile, rule, (size_t) n, &err),
            i < LP_REDACT_MARKS ? LP_OK : LP_INVALID);
    }

    assert_string_equal(err.text, "too many classes, allowed: 64");
    free(profile);
}


/* Class, then all, then a mask; a copy is joined, and what it is of is not. */
static void
test_marks(void **state)
{
    lp_error_t           err;
    static lp_redact_t   r;
    static unit_redact_t out;
    lp_redact_profile_t *own = unit_redact_profile("$.a=null");
    lp_redact_profile_t *joined = malloc(lp_redact_profile_size());

    static const char text[] = "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}";

    (void) state;

    assert_non_null(joined);
    assert_int_equal(lp_redact_profile_rule(own, "x-pii:id=drop", 13, &err),
                     LP_OK);
    assert_false(lp_redact_profile_wants_keys(own));

    lp_redact_profile_copy(joined, own);
    assert_int_equal(lp_redact_profile_mark(joined, "$.a", "id", &err), LP_OK);
    assert_int_equal(lp_redact_profile_mark(joined, "$.b", "id", &err), LP_OK);
    assert_int_equal(lp_redact_profile_mark(joined, "$.c", "phone", &err),
                     LP_OK);

    out.len = 0;
    assert_int_equal(lp_redact_text(&r, joined, NULL, text, sizeof(text) - 1,
                                    unit_redact_emit, &out),
                     LP_OK);
    out.text[out.len] = '\0';
    assert_string_equal((char *) out.text,
                        "{\"a\":null,\"c\":\"***\",\"d\":4}");
    assert_int_equal(r.counts[LP_REDACT_BY_PATH], 1);
    assert_int_equal(r.counts[LP_REDACT_BY_MARK], 1);
    assert_int_equal(r.counts[LP_DETECT_PHONE], 1);

    assert_int_equal(lp_redact_profile_rule(joined, "x-pii=pass", 10, &err),
                     LP_OK);
    assert_int_equal(lp_redact_profile_mark(joined, "$.d", "x", &err), LP_OK);

    out.len = 0;
    assert_int_equal(lp_redact_text(&r, joined, NULL, "{\"d\":4}", 7,
                                    unit_redact_emit, &out),
                     LP_OK);
    assert_int_equal(out.len, 7);

    assert_int_equal(lp_redact_profile_rule(own, "x-pii=hash", 10, &err),
                     LP_OK);
    assert_true(lp_redact_profile_wants_keys(own));
    assert_false(lp_redact_profile_needs_keys(own));

    assert_int_equal(
        lp_redact_text(&r, own, NULL, "{\"a\":", 5, unit_redact_emit, &out),
        LP_INVALID);
    assert_int_equal(r.reason, LP_JSON_REFUSED_UNENDED);
    assert_int_equal(r.offset, 5);

    free(joined);
    free(own);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
