/*
 * Why a text is refused and at which byte of the stream, in pieces of any size.
 */

#include "unit_redact.h"


static void
check(const char *rules, const char *text, size_t len, unsigned reason,
      size_t offset)
{
    int                  rc;
    size_t               at, n, piece;
    static lp_redact_t   r;
    static unit_redact_t out;
    lp_redact_profile_t *profile = unit_redact_profile(rules);

    for (piece = 1; piece <= len; piece += 1 + piece / 4) {
        out.len = 0;
        lp_redact_init(&r, profile);

        for (at = 0, rc = LP_OK; at < len && rc == LP_OK; at += n) {
            n = len - at < piece ? len - at : piece;
            rc = lp_redact_feed(&r, (const uint8_t *) text + at, n,
                                unit_redact_emit, &out);
        }

        /* once refused, always refused, and for the first reason */
        assert_int_equal(lp_redact_finish(&r, unit_redact_emit, &out),
                         LP_INVALID);
        assert_int_equal(lp_redact_feed(&r, (const uint8_t *) " ", 1,
                                        unit_redact_emit, &out),
                         LP_INVALID);
        assert_int_equal(r.reason, reason);
        assert_int_equal(r.offset, offset);
    }

    free(profile);
}


static void
test_reasons(void **state)
{
    size_t i;
    char   text[4096];

    static const char *const rules[]
        = { "email=mask", "email=drop", "@email=mask", "$.a=hash" };

    (void) state;

    for (i = 0; i < UNIT_LEN(rules); i++) {
        check(rules[i], "{\"a\":[1,]}", 10, LP_JSON_REFUSED_GRAMMAR, 8);
        check(rules[i], "{\"a\":\"\xff\"}", 9, LP_JSON_REFUSED_UTF8, 6);
        check(rules[i], "{\"a\":[1,", 8, LP_JSON_REFUSED_UNENDED, 8);

        memset(text, '[', sizeof(text));
        check(rules[i], text, 600, LP_JSON_REFUSED_DEPTH, LP_JSON_DEPTH);

        memset(text + 1, '3', sizeof(text) - 1);
        check(rules[i], text, 1200, LP_JSON_REFUSED_NUMBER,
              1 + LP_JSON_NUMBER);
    }
}


/* Blanks before a value that may be dropped, even before one that is wrong. */
static void
test_held(void **state)
{
    char text[4096];

    (void) state;

    memset(text, ' ', sizeof(text));
    text[0] = '[';
    text[LP_REDACT_HELD + 2] = ']';
    check("a=drop", text, LP_REDACT_HELD + 3, LP_REDACT_REFUSED_HELD,
          LP_REDACT_HELD + 1);

    text[LP_REDACT_HELD + 2] = '1';
    check("a=drop", text, LP_REDACT_HELD + 3, LP_REDACT_REFUSED_HELD,
          LP_REDACT_HELD + 1);

    text[LP_REDACT_HELD + 2] = 'x';
    check("a=drop", text, LP_REDACT_HELD + 3, LP_REDACT_REFUSED_HELD,
          LP_REDACT_HELD + 1);

    text[LP_REDACT_HELD + 1] = 'x';
    check("a=drop", text, LP_REDACT_HELD + 3, LP_JSON_REFUSED_GRAMMAR,
          LP_REDACT_HELD + 1);

    unit_redact_check("a=drop", "[ {\"a\": 1 ,\"b\" :2} ]", "[ { \"b\" :2} ]");
}


static void
test_texts(void **state)
{
    unsigned i;

    (void) state;

    for (i = 0; i < LP_REDACT_REFUSED_REASONS; i++) {
        assert_non_null(lp_redact_reason(i));
    }

    assert_string_equal(lp_redact_reason(LP_JSON_REFUSED_GRAMMAR),
                        "it is not JSON");
    assert_string_equal(lp_redact_reason(LP_REDACT_REFUSED_HELD),
                        "more than 1024 bytes stand between values, of which "
                        "a rule may drop one");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
