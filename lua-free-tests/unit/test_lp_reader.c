/*
 * lp_reader: what matches is passed, what does not is not.
 */

#include "unit.h"
#include "lp_reader.h"


static lp_reader_t
reader(const char *text)
{
    return (lp_reader_t){ text, text + strlen(text) };
}


static void
test_words(void **state)
{
    size_t      len;
    const char *word;
    lp_reader_t r = reader("one two\nthree four");

    (void) state;

    assert_false(lp_reader_expect(&r, "two"));
    assert_true(lp_reader_word(&r, 3, &word, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(word, "one", 3);

    /* a blank is not passed, and none comes first */
    assert_false(lp_reader_word(&r, 10, &word, &len));
    assert_true(lp_reader_expect(&r, " "));

    /* a word ends in its line, and has an end */
    assert_false(lp_reader_word(&r, 10, &word, &len));
    assert_true(lp_reader_expect(&r, "two\n"));
    assert_false(lp_reader_word(&r, 4, &word, &len));
    assert_true(lp_reader_expect(&r, "three "));
    assert_false(lp_reader_word(&r, 10, &word, &len));
    assert_false(lp_reader_expect(&r, "fourth"));
    assert_true(lp_reader_expect(&r, "four"));
    assert_ptr_equal(r.p, r.end);
}


static void
test_numbers(void **state)
{
    size_t   i;
    uint64_t n;

    static const struct {
        const char *text;
        int         valid;
        uint64_t    value;
        size_t      passed;
    } cases[] = {
        { "0", 1, 0, 1 },
        { "17 ", 1, 17, 2 },
        { "18446744073709551615", 1, UINT64_MAX, 20 },
        { "18446744073709551616", 0, 0, 0 },
        { "99999999999999999999", 0, 0, 0 },
        { "", 0, 0, 0 },
        { "-1", 0, 0, 0 },
        { " 1", 0, 0, 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        lp_reader_t r = reader(cases[i].text);

        assert_int_equal(lp_reader_number(&r, &n), cases[i].valid);
        assert_true(!cases[i].valid || n == cases[i].value);
        assert_int_equal(r.p - cases[i].text, cases[i].passed);
    }
}


static void
test_hexadecimal(void **state)
{
    uint64_t    n;
    lp_reader_t r = reader("00ffA");

    (void) state;

    assert_false(lp_reader_hex(&r, 5, &n));
    assert_true(lp_reader_hex(&r, 4, &n));
    assert_int_equal(n, 255);
    assert_false(lp_reader_hex(&r, 1, &n));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_hexadecimal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
