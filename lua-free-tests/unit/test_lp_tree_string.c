/*
 * Strings in place: escapes, surrogates, and bytes that are no UTF-8.
 */

#include "unit.h"

#include "lp_error.h"
#include "lp_tree_string.h"


static int
read_string(const char *text, char *copy, lp_text_t *out, char **behind)
{
    strcpy(copy, text);
    *behind = copy;

    return lp_tree_string_read(behind, copy + strlen(copy), out);
}


static void
test_read(void **state)
{
    char     *behind, copy[64];
    size_t    i;
    lp_text_t out;

    static const struct {
        const char *text, *read;
    } cases[] = {
        { "\"", "" },
        { "abc\"", "abc" },
        { "\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
        { "\\u0041\\u00e4\\u20ac\"", "A\xc3\xa4\xe2\x82\xac" },
        { "\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
        { "\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
          "\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
        { "\xed\x9f\xbf\xee\x80\x80\"", "\xed\x9f\xbf\xee\x80\x80" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(read_string(cases[i].text, copy, &out, &behind),
                         LP_OK);
        assert_int_equal(out.len, strlen(cases[i].read));
        assert_memory_equal(out.text, cases[i].read, out.len);
        assert_ptr_equal(behind, copy + strlen(cases[i].text));
    }
}


static void
test_refused(void **state)
{
    char     *behind, copy[64];
    size_t    i;
    lp_text_t out;

    static const char *const texts[] = {
        "",
        "abc",
        "\\",
        "\\\"",
        "\\x\"",
        "\\u12\"",
        "\\u12g4\"",
        "\\u0000\"",
        "\\ud83d\"",
        "\\ude00\"",
        "\\ud83d\\u0041\"",
        "\\ud83d\\n\"",
        "a\nb\"",
        "\x1f\"",
        "\x80\"",
        "\xc0\xaf\"",
        "\xc1\xbf\"",
        "\xe0\x9f\xbf\"",
        "\xed\xa0\x80\"",
        "\xf0\x8f\xbf\xbf\"",
        "\xf4\x90\x80\x80\"",
        "\xf5\x80\x80\x80\"",
        "\xc3\"",
        "\xe2\x82\"",
        "\xf0\x9f\x98\"",
        "\xff\"",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        assert_int_equal(read_string(texts[i], copy, &out, &behind),
                         LP_INVALID);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
