/*
 * lp_json_number: every short text over the alphabet of numbers, against a
 * naive reading of the grammar.
 */

#include "unit_json.h"


/* Alone and within an array, whole and at one split. */
static void
check(const char *text, size_t len)
{
    int  valid = unit_json_number(text) == text + len;
    char array[16];

    array[0] = '[';
    memcpy(array + 1, text, len);
    array[len + 1] = ']';

    assert_int_equal(unit_json_valid(text, len, 0), valid);
    assert_int_equal(unit_json_valid(text, len, len / 2), valid);
    assert_int_equal(unit_json_valid(array, len + 2, 0), valid);
    assert_int_equal(unit_json_valid(array, len + 2, 1 + len / 2), valid);
}


static void
test_every_short_text(void **state)
{
    char     text[8];
    size_t   len, i;
    unsigned n, rest, count;

    static const char alphabet[] = "019.eE+-";

    (void) state;

    for (len = 1, count = 8; len <= 6; len++, count *= 8) {
        for (n = 0; n < count; n++) {
            for (i = 0, rest = n; i < len; i++, rest /= 8) {
                text[i] = alphabet[rest % 8];
            }

            text[len] = '\0';
            check(text, len);
        }
    }
}


static void
test_number_ceiling(void **state)
{
    int    n;
    char   text[LP_JSON_NUMBER + 2];
    size_t split;

    (void) state;

    memset(text, '1', sizeof(text));

    for (n = LP_JSON_NUMBER; n <= LP_JSON_NUMBER + 1; n++) {
        for (split = 0; split <= (size_t) n; split += 100) {
            assert_int_equal(unit_json_valid(text, (size_t) n, split),
                             n == LP_JSON_NUMBER);
        }
    }
}


/* Also where the short way could be taken. */
static void
test_number_ceiling_in_array(void **state)
{
    int  n;
    char text[LP_JSON_NUMBER + 3];

    (void) state;

    for (n = LP_JSON_NUMBER; n <= LP_JSON_NUMBER + 1; n++) {
        memset(text, '1', sizeof(text));
        text[0] = '[';
        text[n + 1] = ']';
        assert_int_equal(unit_json_valid(text, (size_t) n + 2, 0),
                         n == LP_JSON_NUMBER);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_short_text),
        cmocka_unit_test(test_number_ceiling),
        cmocka_unit_test(test_number_ceiling_in_array),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
