/*
 * partnerd's cursors: what a list gave comes back, and nothing else.
 */

#include <string.h>

#include "unit.h"
#include "cursor.h"


static void
test_round_trip(void **state)
{
    char    text[PD_CURSOR_MAX + 1], keys[256];
    size_t  len, n;
    json_t *back;

    (void) state;

    for (n = 0; n < 100; n++) {
        memcpy(keys, "[\"", 2);
        memset(keys + 2, 'x', n);
        memcpy(keys + 2 + n, "\", \"\xc3\xbf\"]", 9);

        len = pd_cursor_encode("a.list", keys, text);
        assert_int_equal(len, strlen(text));
        assert_true(len > 0);
        assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz"
                                      "0123456789-_"),
                         len);

        back = pd_cursor_decode("a.list", text);
        assert_int_equal(json_array_size(back), 2);
        assert_int_equal(json_string_length(json_array_get(back, 0)), n);
        assert_string_equal(json_string_value(json_array_get(back, 1)),
                            "\xc3\xbf");
        json_decref(back);

        assert_null(pd_cursor_decode("b.list", text));
    }
}


static void
test_not_encoded(void **state)
{
    char text[PD_CURSOR_MAX + 1], keys[PD_CURSOR_MAX];

    (void) state;
    assert_int_equal(pd_cursor_encode("a", "{}", text), 0);
    assert_int_equal(pd_cursor_encode("a", "", text), 0);
    assert_int_equal(pd_cursor_encode("a", "[1", text), 0);

    memset(keys, 'x', sizeof(keys));
    memcpy(keys, "[\"", 2);
    memcpy(keys + sizeof(keys) - 3, "\"]", 3);
    assert_int_equal(pd_cursor_encode("a", keys, text), 0);
}


static void
test_not_decoded(void **state)
{
    char   text[PD_CURSOR_MAX + 2];
    size_t i;

    static const char *const texts[] = {
        "",
        "!",
        "a",
        "AAAA",
        "eyJhIjoxfQ",     /* {"a":1} */
        "WzFd",           /* [1] */
        "W10",            /* [] */
        "WyJhIiwxXQ",     /* ["a",1] */
        "WyJhIixudWxsXQ", /* ["a",null] */
        "WyJhIl0=",
        "WyJh\nIl0",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        assert_null(pd_cursor_decode("a", texts[i]));
    }

    memset(text, 'A', sizeof(text));
    text[PD_CURSOR_MAX + 1] = '\0';
    assert_null(pd_cursor_decode("a", text));
    text[PD_CURSOR_MAX] = '\0';
    assert_null(pd_cursor_decode("a", text));
}


static void
test_random(void **state)
{
    char     text[65];
    size_t   i, n;
    uint64_t seed = 7;

    (void) state;

    for (i = 0; i < 20000; i++) {
        for (n = 0; n < 64; n++) {
            text[n] = (char) (unit_below(&seed, 95) + 32);
        }
        text[unit_below(&seed, 64)] = '\0';
        text[64] = '\0';
        json_decref(pd_cursor_decode("a", text));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_not_encoded),
        cmocka_unit_test(test_not_decoded),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
