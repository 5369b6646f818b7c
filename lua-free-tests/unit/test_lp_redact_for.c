/*
 * lp_redact_for: which conditions there are, and who meets them.
 */

#include "unit.h"
#include "lp_redact_for.h"


#define TEXT(text)                                                            \
    {                                                                         \
        text, sizeof(text) - 1                                                \
    }


/* Conditions are separated by blanks; 1 when all were taken. */
static int
add(lp_redact_for_t *conditions, const char *text, lp_error_t *err)
{
    size_t len;

    memset(conditions, 0, sizeof(*conditions));

    for (; *text != '\0'; text += len + (text[len] == ' ')) {
        len = strcspn(text, " ");

        if (lp_redact_for_add(conditions, text, len, err) != LP_OK) {
            return 0;
        }
    }

    return 1;
}


static void
test_met(void **state)
{
    size_t          i;
    lp_error_t      err;
    lp_redact_for_t conditions;

    static const lp_redact_caller_t caller
        = { LP_TIER_SILVER, TEXT("insurance"), TEXT("acme"), TEXT("claims"),
            TEXT("read:rides pii:*") };
    static const lp_redact_caller_t nobody = { .tier = LP_TIERS };

    static const struct {
        const char *conditions;
        int         met;
    } cases[] = {
        { "tier=silver", 1 },
        { "tier=gold,silver", 1 },
        { "tier=gold,basic", 0 },
        { "tier=premium", 1 },
        { "category=insurance", 1 },
        { "category=insuranc", 0 },
        { "category=insurances", 0 },
        { "partner=acme", 1 },
        { "partner=acmf", 0 },
        { "application=claims", 1 },
        { "application=acme", 0 },
        { "scope=pii:read", 1 },
        { "scope=read:rides", 1 },
        { "scope=read:ride", 0 },
        { "tier=silver category=insurance partner=acme application=claims "
          "scope=pii:all",
          1 },
        { "tier=gold category=insurance partner=acme application=claims "
          "scope=pii:all",
          0 },
        { "partner=acme application=rides", 0 },
        { "partner=acme scope=write:rides", 0 },
        { "partner=acme category=freight", 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_true(add(&conditions, cases[i].conditions, &err));

        if (lp_redact_for_met(&conditions, &caller) != cases[i].met) {
            fail_msg("%s: not %d", cases[i].conditions, cases[i].met);
        }

        assert_false(lp_redact_for_met(&conditions, &nobody));
    }

    assert_true(add(&conditions, "", &err));
    assert_true(lp_redact_for_met(&conditions, &nobody));
}


static void
test_refused(void **state)
{
    size_t          i;
    lp_error_t      err;
    lp_redact_for_t conditions;

    static const struct {
        const char *conditions, *text;
    } cases[] = {
        { "role=admin", "unknown parameter \"role=\", allowed are tier=, "
                        "category=, partner=, application=, scope=" },
        { "tier", "unknown parameter \"tier\"" },
        { "=gold", "unknown parameter \"=\"" },
        { "tiers=gold", "unknown parameter \"tiers=\"" },
        { "tier=gold,", "invalid value \"gold,\" of \"tier\", allowed is one "
                        "or more of basic, silver, gold" },
        { "tier=", "invalid value \"\" of \"tier\"" },
        { "category=", "invalid value \"\" of \"category\", allowed is 1 to "
                       "63 letters" },
        { "partner=a/b", "invalid value \"a/b\" of \"partner\"" },
        { "application=\xc3\xa9", "of \"application\"" },
        { "scope=pii:*", "invalid value \"pii:*\" of \"scope\", allowed is 1 "
                         "to 64" },
        { "tier=gold tier=silver", "\"tier\" is given twice" },
        { "scope=a scope=b", "\"scope\" is given twice" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_false(add(&conditions, cases[i].conditions, &err));

        if (strstr(err.text, cases[i].text) == NULL) {
            fail_msg("%s: %s", cases[i].conditions, err.text);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_met),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
