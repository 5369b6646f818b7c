/*
 * lp_json_text: escapes read and written, and where each byte comes from.
 */

#include "unit.h"
#include "lp_json_text.h"


static void
test_unescape(void **state)
{
    size_t   i, n;
    uint8_t  out[64];
    uint16_t map[65];

    static const struct {
        const char *raw, *text;
    } cases[] = {
        { "", "" },
        { "plain", "plain" },
        { "a\\\"\\\\\\/\\n", "a\"\\/\n" },
        { "\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac" },
        { "\\ud83d\\ude00!", "\xf0\x9f\x98\x80!" },
        { "\\ud836\\udc00\\ud837\\udc00", "\xf0\x9d\xa0\x80\xf0\x9d\xb0\x80" },
        { "\\b\\f\\r\\t", "\b\f\r\t" },
        { "\\ud83d\\n", "\xef\xbf\xbd\n" },
        { "\\ud83dx", "\xef\xbf\xbdx" },
        { "\\ude00\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        n = lp_text_unescape((const uint8_t *) cases[i].raw,
                             strlen(cases[i].raw), out, map);
        assert_int_equal(n, strlen(cases[i].text));
        assert_memory_equal(out, cases[i].text, n);
        assert_int_equal(map[n], strlen(cases[i].raw));
    }

    n = lp_text_unescape((const uint8_t *) "x\\u0041y", 8, out, map);
    assert_int_equal(n, 3);
    assert_int_equal(map[1], 1);
    assert_int_equal(map[2], 7);
}


static void
test_escape_is_read_back(void **state)
{
    unsigned c;
    uint8_t  text[256], raw[6 * 256], back[6 * 256];
    size_t   n;

    (void) state;

    for (c = 0; c < 256; c++) {
        text[c] = (uint8_t) c;
    }

    n = lp_text_escape(text, sizeof(text), raw);
    n = lp_text_unescape(raw, n, back, NULL);
    assert_int_equal(n, sizeof(text));
    assert_memory_equal(back, text, n);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unescape),
        cmocka_unit_test(test_escape_is_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
