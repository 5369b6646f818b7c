/*
 * lp_json_lane: where it hands over to the table, at every length of what it
 * passes and every split.
 */

#include <stdio.h>

#include "unit_json.h"


static void
check(const char *text, size_t len, int valid)
{
    size_t split;

    for (split = 0; split <= len; split++) {
        if (unit_json_valid(text, len, split) != valid) {
            fail_msg("%s at %zu: %.*s", valid ? "refused" : "accepted", split,
                     (int) len, text);
        }
    }
}


/* Bare, and with so much behind it that the fast lane goes to its end. */
static void
check_both(const char *text, int valid)
{
    char long_text[1024];

    check(text, strlen(text), valid);
    (void) snprintf(long_text, sizeof(long_text), "%s%80s", text, "");
    check(long_text, strlen(long_text), valid);
}


/* Tokens that end before, at and behind what one step of the scanner reads. */
static void
test_lengths(void **state)
{
    int    n;
    size_t i;
    char   run[80], text[512];

    /* clang-format off */
    static const struct {
        const char *format;
        char        fill;
        int         valid;
    } cases[] = {
        { "{\"%s\":{\"b\":[]},\"c\":[{}]}", 'x', 1 },
        { "[\"%s\",[\"\"],{\"a\":null}]", 'x', 1 },
        { "{\"a\":1%s}", '0', 1 },
        { "[0.1%s,-1%s,true]", '0', 1 },
        { "[1%se3,2]", '0', 1 },
        { "[1.%s5E-3,2]", '0', 1 },
        { "[1%s", '0', 0 },
        { "[\"%s", 'x', 0 },
        { "[%s1,%s[%s]%s,%s{%s\"a\"%s:%s1%s}%s]", ' ', 1 },
        { "[\"%s\xc3\xa9\",1]", 'x', 1 },
        { "{\"%s\\n\":false}", 'x', 1 },
        { "[\"%s\x1f\",1]", 'x', 0 },
        { "[\"%s\xff\"]", 'x', 0 },
        { "[00%s]", '0', 0 },
        { "[1%s.]", '0', 0 },
        { "{\"a\":1%s.,\"b\":2}", '0', 0 },
        { "{\"%s\":1]", 'x', 0 },
        { "[\"%s\"}", 'x', 0 },
        { "{\"a\":\"%s\"},1", 'x', 0 },
        { "[tru%s]", 'x', 0 },
        { "true%s]", ' ', 0 },
        { "\"%s\"]]", 'x', 0 },
        { "1%s,2", '2', 0 },
        { "null%s,\"\"", ' ', 0 },
        { "{%s}}", ' ', 0 },
    };
    /* clang-format on */

    (void) state;

    for (n = 0; n < 40; n++) {
        for (i = 0; i < UNIT_LEN(cases); i++) {
            memset(run, cases[i].fill, (size_t) n);
            run[n] = '\0';
            (void) snprintf(text, sizeof(text), cases[i].format, run, run, run,
                            run, run, run, run, run, run, run);
            check_both(text, cases[i].valid);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
