/*
 * lp_redact_order: each relation of two actions, of whatever they are for.
 */

#include <stdio.h>

#include "lp_redact_order.h"
#include "unit_redact.h"


/* NULL: covered; else what is said. */
static const char *
less(const char *rules, const char *others, lp_error_t *err)
{
    int                  rc;
    lp_redact_profile_t *profile = unit_redact_profile(rules);
    lp_redact_profile_t *other = unit_redact_profile(others);

    rc = lp_redact_profile_covers(profile, other, err);
    free(profile);
    free(other);

    return rc == LP_OK ? NULL : err->text;
}


/* From what shows least to what shows most; equal ranks are not compared. */
static void
test_actions(void **state)
{
    size_t      i, k;
    char        rules[2][64];
    lp_error_t  err;
    const char *text;

    static const struct {
        const char *action;
        int         rank;
    } order[] = {
        { "drop", 0 },    { "null", 1 },      { "mask", 1 },
        { "hash", 2 },    { "mask(1,4)", 2 }, { "mask(4,1)", 2 },
        { "encrypt", 3 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(order); i++) {
        for (k = 0; k < UNIT_LEN(order); k++) {
            (void) snprintf(rules[0], sizeof(rules[0]), "a=%s",
                            order[i].action);
            (void) snprintf(rules[1], sizeof(rules[1]), "a=%s",
                            order[k].action);
            text = less(rules[0], rules[1], &err);

            if ((text != NULL) != (order[k].rank < order[i].rank)) {
                fail_msg("%s, %s: %s", rules[0], rules[1], text);
            }
        }
    }

    assert_string_equal(less("b=null", "b=null a=encrypt", &err),
                        "\"a=encrypt\" instead of no rule");
    assert_null(less("b=null a=encrypt", "b=null", &err));
}


static void
test_masks(void **state)
{
    lp_error_t err;

    (void) state;

    assert_string_equal(less("a=mask(2,4)", "a=mask(2,3)", &err),
                        "\"a=mask(2,3)\" instead of mask(2,4)");
    assert_string_equal(less("a=mask(16,16)", "a=mask(0,4)", &err),
                        "\"a=mask(0,4)\" instead of mask(16,16)");
    assert_null(less("a=mask(2,4)", "a=mask(2,4)", &err));
    assert_null(less("a=mask(2,4)", "a=mask(3,4)", &err));
    assert_null(less("a=mask(2,4)", "a=mask(3,1)", &err));
    assert_null(less("a=mask(3,1)", "a=mask(2,4)", &err));
}


/* Names, paths, classes and marks; which rules reach the same place. */
static void
test_targets(void **state)
{
    size_t      i;
    lp_error_t  err;
    const char *text;

    static const struct {
        const char *rules, *others;
        const char *less; /* NULL: none */
    } cases[] = {
        { "a=mask b=mask", "b=mask", NULL },
        { "b=mask", "a=mask b=mask", "a=mask" },
        { "Email=null", "eMAIL=mask", NULL },

        { "$.a.b=mask", "$.a.b=null", NULL },
        { "$.a.b=mask", "$.a.b=drop", "$.a.b=drop" },
        { "$.a=null", "$.a.b=mask", NULL },
        { "$.a.b=null", "$.a=mask", "$.a=mask" },
        { "a=null", "$.x[3].a.b=mask", NULL },
        { "$.a=null", "a=mask", "a=mask" },
        { "$..a=null", "a=mask", NULL },
        { "a=null", "$..a=mask", NULL },
        { "a=null $.x.a=encrypt", "a=null", "$.x.a=null" },
        { "$.x[*].a=null", "$.x[3].a=mask", NULL },
        { "$.x[3].a=null", "$.x[*].a=mask", "$.x.*.a=mask" },
        { "$.x.*=null", "$.x.y=mask", NULL },
        { "$..a.b=null", "$.x.y.a.b=mask", NULL },
        { "$..a.b=null", "$.x..a.b=mask", NULL },
        { "$..a..c=null", "$.a.b.c=mask", NULL },
        { "$.x.a=null", "$..a=mask", "$..a=mask" },
        { "$.x=null", "$..['odd.name']=drop", "$..['odd.name']=drop" },
        { "$.x[1]=null", "$.x[2]=null", "$.x[2]=null" },
        { "$.a.b=null $.a.c=null", "$.a.c=mask $.a.d=mask", "$.a.d=mask" },

        { "@card=mask", "@card=mask(0,4)", NULL },
        { "@card=mask(0,4)", "@card=mask", "@card=mask" },
        { "a=null", "@aadhaar=hash", "@aadhaar=hash" },

        { "a=null", "a=null x-pii=pass", NULL },
        { "a=null", "a=null x-pii=null", NULL },
        { "a=null x-pii=hash", "a=null", "x-pii=mask" },
        { "a=null", "a=null x-pii:phone=drop", "x-pii:phone=drop" },
        { "a=null x-pii:phone=pass", "a=null", "x-pii:phone=mask" },
        { "a=null x-pii=drop", "a=null x-pii:phone=drop", NULL },
        { "a=null x-pii=drop x-pii:phone=pass", "a=null x-pii=drop",
          "x-pii:phone=drop" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        text = less(cases[i].rules, cases[i].others, &err);

        if ((text == NULL) != (cases[i].less == NULL)
            || (text != NULL
                && (strncmp(text + 1, cases[i].less, strlen(cases[i].less))
                        != 0
                    || text[strlen(cases[i].less) + 1] != '"'))) {
            fail_msg("%s, %s: %s", cases[i].rules, cases[i].others, text);
        }
    }

    assert_string_equal(less("x-pii=pass", "x-pii=mask", &err),
                        "\"x-pii=mask\" instead of pass");
}


static lp_redact_profile_t *
exact(const char *name)
{
    lp_error_t           err;
    lp_redact_profile_t *profile = malloc(lp_redact_profile_size());

    static const lp_redact_action_t mask = { LP_REDACT_MASK, 0, 0 };

    assert_non_null(profile);
    lp_redact_profile_init(profile);
    lp_redact_profile_exact(profile);
    assert_int_equal(
        lp_redact_profile_add(profile, name, strlen(name), mask, &err), LP_OK);

    return profile;
}


static void
test_case_of_names(void **state)
{
    size_t               i;
    lp_error_t           err;
    lp_redact_profile_t *minds, *folds;

    static const char *const targets[] = { "Email", "$.x.Email" };

    (void) state;

    for (i = 0; i < UNIT_LEN(targets); i++) {
        minds = exact(targets[i]);
        folds = unit_redact_profile(i == 0 ? "email=mask" : "$.x.email=mask");
        assert_int_equal(lp_redact_profile_covers(folds, minds, &err), LP_OK);
        assert_int_equal(lp_redact_profile_covers(minds, minds, &err), LP_OK);
        assert_int_equal(lp_redact_profile_covers(minds, folds, &err),
                         LP_INVALID);
        free(minds);
        free(folds);
    }

    minds = exact("42");
    folds = unit_redact_profile("42=mask");
    assert_int_equal(lp_redact_profile_covers(minds, folds, &err), LP_OK);
    free(minds);
    free(folds);
}


/* As many rules as there may be, and a path longer than an error shows. */
static void
test_full(void **state)
{
    int                  i, n;
    char                 rule[LP_REDACT_FIELD_LEN + 32];
    lp_error_t           err;
    lp_redact_profile_t *full = unit_redact_profile("@email=mask");
    lp_redact_profile_t *one;

    (void) state;

    for (i = 0; i < LP_REDACT_PATHS; i++) {
        n = snprintf(rule, sizeof(rule), "n%d=mask", i);
        assert_int_equal(lp_redact_profile_rule(full, rule, (size_t) n, &err),
                         LP_OK);
        n = snprintf(rule, sizeof(rule), "$[%d]=mask", i);
        assert_int_equal(lp_redact_profile_rule(full, rule, (size_t) n, &err),
                         LP_OK);
    }

    assert_int_equal(lp_redact_profile_covers(full, full, &err), LP_OK);

    n = snprintf(rule, sizeof(rule), "$.%060d.%020d=mask", 1, 2);
    one = unit_redact_profile(rule);
    assert_int_equal(lp_redact_profile_covers(full, one, &err), LP_INVALID);
    assert_true(strlen(err.text) < 120);
    free(full);
    free(one);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions),       cmocka_unit_test(test_masks),
        cmocka_unit_test(test_targets),       cmocka_unit_test(test_full),
        cmocka_unit_test(test_case_of_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
