/*
 * lp_json: RFC 8259 to the letter, at every split, and the same verdict as
 * jansson on mangled documents.
 */

#include <stdio.h>
#include <jansson.h>

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


static void
test_accepted(void **state)
{
    size_t i;

    static const char *const texts[] = {
        "{}",
        "[]",
        " \t\r\n[ \n] ",
        "\"\"",
        "0",
        "-0",
        "-0.0e-00",
        "10",
        "1e5",
        "1E+05",
        "0.10",
        "123.456e789",
        "true",
        " false",
        "null ",
        "\"abc\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800x\"",
        "\"\x7f\"",
        "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\"",
        "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
        "{\"a\":1}",
        "{ \"a\" : 1 , \"a\" : [ ] }",
        "{\"\":{\"\":{}}}",
        "{\"a\":\",\\n\",\"b\":\"\\u002c\",\":\\n\":\":\\t\"}",
        "{\"a\" : 1 ,\n    \"b\" : \"\" ,\n    \"c\":-0.5e1,\"d\":true }",
        "[1,[2,[3,{\"a\":[]}]],\"x\",null,true,false]",
        "[0,-1,0.5,1e1,[]]",
        "{\"\\u0065\\uD83D\\uDE00\\ud800\":1,\"\xc3\xa9\\n\":2}",
        "                                        {}",
        "[\"0123456789abcdef0123456789abcdef0123456789\\n0123456789abcdef\"]",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        check(texts[i], strlen(texts[i]), 1);
    }
}


static void
test_refused(void **state)
{
    size_t i;

    static const char *const texts[] = {
        "",
        " \n",
        "{",
        "}",
        "[",
        "]",
        "[}",
        "{]",
        "{}}",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1]1",
        "1 2",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1,}",
        "{\"a\":,\"b\":1}",
        "{\"a\":\"\",\"b\":,\"c\":1}",
        "{\"a\":[,\"b\":1}",
        "{\"a\":1,\"b\"}",
        "{\"a\":1,2}",
        "{,\"a\":1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\"::1}",
        "{a:1}",
        "{1:1}",
        "{'a':1}",
        "{null:1}",
        "[:]",
        "[1:2]",
        "{\"a\":1]",
        "[\"a\":1]",
        "[\"a\",1}",
        "tru",
        "truex",
        "True",
        "nul",
        "fals",
        "falsee",
        "nan",
        "Infinity",
        "-Infinity",
        "+1",
        "-",
        "--1",
        "01",
        "-01",
        "00",
        "1.",
        ".5",
        "-.5",
        "1.e5",
        "1e",
        "1e+",
        "1e5.5",
        "1.5.5",
        "0x10",
        "1_000",
        "1,",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x41\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\U0041\"",
        "\"\\'\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"\x1f\"",
        "\"\x80\"",
        "\"\xc0\x80\"",
        "\"\xc1\xbf\"",
        "\"\xc3\"",
        "\"\xc3x\"",
        "\"\xc3\xa9\xa9\"",
        "\"\xe0\x9f\xbf\"",
        "\"\xed\xa0\x80\"",
        "\"\xed\xbf\xbf\"",
        "\"\xe2\x82\"",
        "\"\xe2\x82\\n\"",
        "\"\xf0\x8f\xbf\xbf\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xff\"",
        "{\"\xc3\":1}",
        "{\"a\n\":1}",
        "{\"\\x\":1}",
        "\xef\xbb\xbf{}",
        "\xc2\xa0{}",
        "{}\v",
        "\f{}",
        "// x\n{}",
        "{} /* x */",
        "[1,//x\n2]",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        check(texts[i], strlen(texts[i]), 0);
    }

    check("[\0]", 3, 0);
    check("\"\0\"", 3, 0);
    check("{}\0", 3, 0);
}


static void
test_depth(void **state)
{
    int  n;
    char text[2 * LP_JSON_DEPTH + 16];

    (void) state;

    for (n = LP_JSON_DEPTH - 1; n <= LP_JSON_DEPTH + 1; n++) {
        memset(text, '[', (size_t) n);
        memset(text + n, ']', (size_t) n);
        assert_int_equal(unit_json_valid(text, 2 * (size_t) n, 7),
                         n <= LP_JSON_DEPTH);
    }
}


/* Arrays and objects in every order close as they were opened. */
static void
test_nesting(void **state)
{
    int      round;
    char     open[4096], *p, *q;
    uint64_t seed = 9, kinds;
    unsigned n, i;

    (void) state;

    for (round = 0; round < 300; round++) {
        n = 1 + (unsigned) unit_below(&seed, 64);
        kinds = unit_random(&seed);

        for (p = open, i = 0; i < n; i++) {
            p += sprintf(p, "%s", kinds >> i & 1 ? "{\"a\":" : "[");
        }

        *p++ = '1';

        for (q = p, i = n; i > 0; i--) {
            *p++ = kinds >> (i - 1) & 1 ? '}' : ']';
        }

        assert_true(unit_json_valid(open, (size_t) (p - open), 3));

        /* One of the closing brackets is of the other kind. */
        q += unit_below(&seed, n);
        *q = *q == ']' ? '}' : ']';
        assert_false(unit_json_valid(open, (size_t) (p - open), 3));
    }
}


/* Watches each value named "w" and brackets it: <...>. */
static void
watch(const char *text, size_t piece, char *out)
{
    int             last = 0;
    size_t          len = strlen(text), n;
    lp_json_t       j;
    const uint8_t  *p = (const uint8_t *) text, *end, *from;
    lp_json_event_t event;

    lp_json_init(&j, NULL);

    for (; len > 0; len -= n) {
        n = piece < len ? piece : len;
        end = p + n;

        do {
            from = p;
            event = lp_json_next(&j, &p, end);
            memcpy(out, from, (size_t) (p - from));
            out += p - from;

            if (event == LP_JSON_NAME && j.text_len > 0) {
                last = j.text[j.text_len - 1] == 'w';
            }

            if (event == LP_JSON_NAME && j.text_ends && last) {
                lp_json_watch(&j);

            } else if (event == LP_JSON_VALUE) {
                *out++ = '<';

            } else if (event == LP_JSON_END) {
                *out++ = '>';
            }
        } while (event != LP_JSON_MORE);
    }

    *out = '\0';
    assert_true(lp_json_finish(&j));
}


static void
test_watch(void **state)
{
    char   out[256];
    size_t i, piece;

    static const struct {
        const char *text;
        const char *marked;
    } cases[] = {
        { "{\"w\":1}", "{\"w\":<1>}" },
        { "{\"w\":-1.5e3 ,\"a\":2}", "{\"w\":<-1.5e3> ,\"a\":2}" },
        { "{\"w\" \n:  \"x\\\"\" }", "{\"w\" \n:  <\"x\\\"\"> }" },
        { "{\"w\":true,\"w\":null}", "{\"w\":<true>,\"w\":<null>}" },
        { "{\"w\":{\"w\":[1,{\"w\":2}]},\"w\":[]}",
          "{\"w\":<{\"w\":[1,{\"w\":2}]}>,\"w\":<[]>}" },
        { "[[{\"a\":{\"w\":{}}}],{\"w\":[[]]}]",
          "[[{\"a\":{\"w\":<{}>}}],{\"w\":<[[]]>}]" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        for (piece = 1; piece <= strlen(cases[i].text); piece++) {
            watch(cases[i].text, piece, out);
            assert_string_equal(out, cases[i].marked);
        }
    }
}


static void
test_error_stays(void **state)
{
    lp_json_t      j;
    const uint8_t *p;

    static const uint8_t text[] = "[x]";

    (void) state;

    lp_json_init(&j, NULL);
    p = text;
    assert_int_equal(lp_json_next(&j, &p, text + 3), LP_JSON_ERROR);
    p = text;
    assert_int_equal(lp_json_next(&j, &p, text + 1), LP_JSON_ERROR);
    assert_int_equal(lp_json_next(&j, &p, p), LP_JSON_ERROR);
    assert_false(lp_json_finish(&j));
}


/* Which byte is refused, and why, hangs on no split. */
static void
check_reason(const char *text, size_t len, lp_json_reason_t reason, size_t at)
{
    size_t          i, piece;
    lp_json_t       j;
    const uint8_t  *p, *end, *from = (const uint8_t *) text;
    lp_json_event_t event;

    for (piece = 1; piece <= len; piece += 1 + piece / 4) {
        lp_json_init(&j, NULL);
        event = LP_JSON_MORE;
        p = from;

        for (i = 0; i < len && event != LP_JSON_ERROR; i += piece) {
            end = from + (len - i < piece ? len : i + piece);

            do {
                event = lp_json_next(&j, &p, end);
            } while (event == LP_JSON_NAME);
        }

        assert_false(lp_json_finish(&j));
        assert_int_equal(j.reason, reason);
        assert_int_equal(p - from, at);
    }
}


static void
test_reasons(void **state)
{
    size_t i;
    char   text[2048];

    static const struct {
        const char      *text;
        lp_json_reason_t reason;
        size_t           at;
    } cases[] = {
        { "[1,x]", LP_JSON_REFUSED_GRAMMAR, 3 },
        { "[1 2]", LP_JSON_REFUSED_GRAMMAR, 3 },
        { "{\"a\":trux}", LP_JSON_REFUSED_GRAMMAR, 8 },
        { "{\"a\":01}", LP_JSON_REFUSED_GRAMMAR, 6 },
        { "{\"a\":1.}", LP_JSON_REFUSED_GRAMMAR, 7 },
        { "[\"a\tb\"]", LP_JSON_REFUSED_GRAMMAR, 3 },
        { "[\"\\x\"]", LP_JSON_REFUSED_GRAMMAR, 3 },
        { "[\"\\u12g4\"]", LP_JSON_REFUSED_GRAMMAR, 6 },
        { "{\"a\":1}}", LP_JSON_REFUSED_GRAMMAR, 7 },
        { "[\"caf\xe9\"]", LP_JSON_REFUSED_UTF8, 6 },
        { "[\"\xc3\xa9\xff\"]", LP_JSON_REFUSED_UTF8, 4 },
        { "{\"\xed\xa0\x80\":1}", LP_JSON_REFUSED_UTF8, 3 },
        { "[1,", LP_JSON_REFUSED_UNENDED, 3 },
        { "{\"a\":\"b", LP_JSON_REFUSED_UNENDED, 7 },
        { "-", LP_JSON_REFUSED_UNENDED, 1 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        check_reason(cases[i].text, strlen(cases[i].text), cases[i].reason,
                     cases[i].at);
    }

    memset(text, '[', sizeof(text));
    check_reason(text, 1200, LP_JSON_REFUSED_DEPTH, LP_JSON_DEPTH);

    memset(text, '7', sizeof(text));
    text[0] = '[';
    check_reason(text, sizeof(text), LP_JSON_REFUSED_NUMBER,
                 1 + LP_JSON_NUMBER);

    for (i = 0; i < LP_JSON_REFUSED_REASONS; i++) {
        assert_non_null(lp_json_reason((lp_json_reason_t) i));
    }

    assert_string_equal(lp_json_reason(LP_JSON_REFUSED_DEPTH),
                        "more than 512 arrays and objects are open");
}


/* jansson also refuses what it cannot store: such refusals do not count. */
static void
compare_with_jansson(const char *text, size_t len, size_t split, int *agreed)
{
    json_t      *root;
    json_error_t error;

    root = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

    if (root != NULL) {
        json_decref(root);
        assert_true(unit_json_valid(text, len, split));
        ++*agreed;

    } else if (json_error_code(&error) != json_error_numeric_overflow
               && json_error_code(&error) != json_error_null_byte_in_key
               && memchr(text, '\\', len) == NULL) {
        assert_false(unit_json_valid(text, len, split));
    }
}


static void
test_agrees_with_jansson(void **state)
{
    int      i, agreed = 0;
    char     text[256];
    size_t   len, at, n;
    uint64_t seed = 10;

    static const char base[]
        = "{\"id\": 17, \"list\": [1, -2.50, 3e2, {\"a\": null}], "
          "\"t\": true, \"name\": \"J\xc3\xb6rg \xe2\x82\xac\\n\", \"e\": {}}";
    static const char bytes[] = "{}[]:,\"\\ \n0123456789-+.eEtfnul\x80\xc3";

    (void) state;

    for (i = 0; i < 300000; i++) {
        len = sizeof(base) - 1;
        memcpy(text, base, len);

        for (n = unit_below(&seed, 3); n > 0; n--) {
            at = unit_below(&seed, len);

            switch (unit_below(&seed, 3)) {

            case 0:
                text[at] = bytes[unit_below(&seed, sizeof(bytes) - 1)];
                break;

            case 1:
                memmove(text + at, text + at + 1, len - at - 1);
                len--;
                break;

            default:
                memmove(text + at + 1, text + at, len - at);
                text[at] = bytes[unit_below(&seed, sizeof(bytes) - 1)];
                len++;
            }
        }

        compare_with_jansson(text, len, unit_below(&seed, len + 1), &agreed);
    }

    assert_in_range(agreed, 100000, 290000);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_error_stays),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_agrees_with_jansson),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
