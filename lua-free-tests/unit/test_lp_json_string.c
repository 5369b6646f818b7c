/*
 * lp_json_string: UTF-8 against a naive decoder, and member names as they read
 * once unescaped.
 */

#include "unit_json.h"


/* All sequences of one to three bytes, and four-byte ones near the bounds. */
static int
naive_utf8(const uint8_t *s, size_t len)
{
    size_t   i, n;
    uint32_t code, least;

    for (i = 0; i < len; i += n) {
        n = s[i] < 0x80           ? 1
            : (s[i] >> 5) == 0x06 ? 2
            : (s[i] >> 4) == 0x0e ? 3
            : (s[i] >> 3) == 0x1e ? 4
                                  : 0;

        if (n == 0 || n > len - i) {
            return 0;
        }

        code = n == 1 ? s[i] : s[i] & (0x7fu >> n);
        least = n == 1 ? 0x20 : n == 2 ? 0x80 : n == 3 ? 0x800 : 0x10000;

        for (size_t k = 1; k < n; k++) {
            if ((s[i + k] & 0xc0) != 0x80) {
                return 0;
            }

            code = code << 6 | (s[i + k] & 0x3f);
        }

        if (code < least || code > 0x10ffff
            || (code >= 0xd800 && code < 0xe000) || code == '"'
            || code == '\\') {
            return 0;
        }
    }

    return 1;
}


static void
check_utf8(const uint8_t *s, size_t len)
{
    char   text[16];
    size_t split;

    if (memchr(s, '\\', len) != NULL) {
        return; /* an escape, not UTF-8 */
    }

    text[0] = '"';
    memcpy(text + 1, s, len);
    text[len + 1] = '"';
    split = s[len - 1] % (len + 3);

    assert_int_equal(unit_json_valid(text, len + 2, split),
                     naive_utf8(s, len));
}


static void
test_utf8(void **state)
{
    uint8_t  s[4];
    uint32_t i;
    uint64_t seed = 8;

    static const uint8_t edges[] = { 0x00, 0x22, 0x5c, 0x7f, 0x80, 0x8f,
                                     0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xf4 };

    (void) state;

    for (i = 0; i < 1u << 16; i++) {
        s[0] = (uint8_t) (i >> 8);
        s[1] = (uint8_t) i;
        check_utf8(s, 2);
    }

    for (i = 0; i < 256 * 144; i++) {
        s[0] = (uint8_t) (i / 144);
        s[1] = edges[i / 12 % 12];
        s[2] = edges[i % 12];
        check_utf8(s, 3);
    }

    for (i = 0; i < 200000; i++) {
        s[0] = (uint8_t) (0xe0 + unit_below(&seed, 32));
        s[1] = edges[unit_below(&seed, 12)];
        s[2] = edges[unit_below(&seed, 12)];
        s[3] = edges[unit_below(&seed, 12)];
        check_utf8(s, 4);
    }
}


/* Joins the parts of every name, with a '|' behind each. */
static void
names_of(const char *text, size_t piece, char *out)
{
    size_t          len = strlen(text), n;
    lp_json_t       j;
    const uint8_t  *p = (const uint8_t *) text, *end;
    lp_json_event_t event;

    lp_json_init(&j, NULL);

    for (; len > 0; len -= n) {
        n = piece < len ? piece : len;
        end = p + n;

        while ((event = lp_json_next(&j, &p, end)) == LP_JSON_NAME) {
            memcpy(out, j.text, j.text_len);
            out += j.text_len;

            if (j.text_ends) {
                *out++ = '|';
            }
        }

        assert_int_equal(event, LP_JSON_MORE);
    }

    *out = '\0';
    assert_true(lp_json_finish(&j));
}


static void
test_names(void **state)
{
    char   out[256];
    size_t i, piece;

    static const struct {
        const char *text;
        const char *names;
    } cases[] = {
        { "{\"a\":{\"b\":[{\"c\":\"d\"}]},\"\":1}", "a|b|c||" },
        { "{\"e\\u006dail\":1}", "email|" },
        { "{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\":1}", "\"\\/\b\f\n\r\t|" },
        { "{\"\\u00e9\\u20AC\":1}", "\xc3\xa9\xe2\x82\xac|" },
        { "{\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 plain\":1}",
          "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 plain|" },
        { "{\"\\uD83D\\uDE00x\":1}", "\xf0\x9f\x98\x80x|" },
        { "{\"\\uDBFF\\uDFFF\":1}", "\xf4\x8f\xbf\xbf|" },
        { "{\"\\uD836\\uDC00\\uD837\\uDC00\":1}",
          "\xf0\x9d\xa0\x80\xf0\x9d\xb0\x80|" },
        { "{\"\\uD800\":1}", "\xef\xbf\xbd|" },
        { "{\"\\uD800x\":1}", "\xef\xbf\xbdx|" },
        { "{\"\\uD800\\n\":1}", "\xef\xbf\xbd\n|" },
        { "{\"\\uD800\\u0041\":1}", "\xef\xbf\xbd"
                                    "A|" },
        { "{\"\\uD800\\uD83D\\uDE00\":1}", "\xef\xbf\xbd\xf0\x9f\x98\x80|" },
        { "{\"\\uDC00\\uD800\xc3\xa9\":1}",
          "\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9|" },
        { "{\"\\u0000\\u007f\\u0080\\u07ff\\u0800\\uffff\":\"\\ud800\"}", "" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases) - 1; i++) {
        for (piece = 1; piece <= strlen(cases[i].text); piece++) {
            names_of(cases[i].text, piece, out);
            assert_string_equal(out, cases[i].names);
        }
    }

    names_of(cases[i].text, 1, out);
    assert_memory_equal(out, "\0\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf|",
                        13);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
