/*
 * lp_redact_keep: what detectors find in strings and numbers, at every split,
 * and what becomes of a value that is too long to be read.
 */

#include "unit_redact.h"


static void
test_found(void **state)
{
    size_t i;

    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "{\"note\":\"write to a@b.org, now\"}",
          "{\"note\":\"write to ***, now\"}" },
        { "[\"a@b.org\",\"c\\u0040d.org\",\"\\u0061@b.org \\u00e9\"]",
          "[\"***\",\"***\",\"*** \\u00e9\"]" },
        { "[\"x\\ty a@b.org\\n4111 1111 1111 1111\\\"\"]",
          "[\"x\\ty ***\\n41***11\\\"\"]" },
        { "[4111111111111111,4111111111111112,-1,true]",
          "[\"41***11\",4111111111111112,-1,true]" },
        { "4111111111111111", "\"41***11\"" },
        { "\"a@b.org\"", "\"***\"" },
        { "{\"a@b.org\":\"a name is left alone\"}",
          "{\"a@b.org\":\"a name is left alone\"}" },
        { "{\"a\":\"\",\"b\":[\"\"]}", "{\"a\":\"\",\"b\":[\"\"]}" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        unit_redact_check("@email=mask @card=mask(2,2)", cases[i].text,
                          cases[i].expected);
    }
}


/* Only that class, and so often. */
static void
counted(const unit_redact_t *out, unsigned class, uint64_t times)
{
    unsigned c;

    for (c = 0; c < LP_REDACT_CLASSES; c++) {
        assert_int_equal(out->counts[c], c == class ? times : 0);
    }
}


/*
 * What may not be searched is masked whole, and counts as a class of its own,
 * unless a rule has its name.
 */
static void
test_too_long(void **state)
{
    size_t               i, len, split;
    int                  long_one;
    static char          text[LP_REDACT_VALUE + 64];
    static unit_redact_t out;
    lp_redact_profile_t *p = unit_redact_profile("@email=mask h=hash");

    (void) state;

    for (i = LP_REDACT_VALUE - 4; i < LP_REDACT_VALUE + 3; i++) {
        memset(text, 'x', sizeof(text));
        memcpy(text, "{\"a\":\"b@c.de", 12);
        len = 5 + i;
        memcpy(text + len - 1, "\"}", 2);
        text[12] = ' ';
        long_one = i > LP_REDACT_VALUE;

        for (split = 0; split <= len + 1; split += 997) {
            assert_int_equal(unit_redact_at(p, text, len + 1, split, &out),
                             LP_OK);
            assert_int_equal(out.len, long_one ? 11 : len + 1 - 3);
            assert_memory_equal(out.text, "{\"a\":\"***", 9);
            counted(&out, long_one ? LP_REDACT_TOO_LONG : LP_DETECT_EMAIL, 1);
        }

        text[2] = 'h';
        assert_int_equal(unit_redact_at(p, text, len + 1, 99, &out), LP_OK);
        assert_int_equal(out.len, long_one ? 11 : 53);
        counted(&out, LP_REDACT_BY_NAME, 1);
    }

    free(p);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
