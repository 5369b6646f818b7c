/*
 * lp_detect_digits: groups, check digits, and what each class asks of them.
 */

#include "unit.h"
#include "lp_detect_form.h"


typedef int (*form_pt)(const lp_groups_t *g, unsigned n);


static int
is(form_pt form, const char *text)
{
    lp_groups_t g;

    assert_true(lp_groups_read(&g, (const uint8_t *) text, strlen(text), 0));
    assert_int_equal(g.ends[g.n - 1], strlen(text));

    return form(&g, g.n);
}


static void
test_groups(void **state)
{
    lp_groups_t g;

    (void) state;

    assert_true(lp_groups_read(&g, (const uint8_t *) "+49 (30) 12-3x", 14, 0));
    assert_int_equal(g.n, 4);
    assert_int_equal(g.digits[3], 7);
    assert_int_equal(g.ends[3], 13);
    assert_int_equal(g.paren, 1);
    assert_false(lp_groups_read(&g, (const uint8_t *) "+x", 2, 0));
    assert_false(lp_groups_read(&g, (const uint8_t *) "(12 34", 6, 0));
}


static void
test_forms(void **state)
{
    size_t i;

    static const struct {
        form_pt     form;
        const char *text;
        int         is;
    } cases[] = {
        { lp_is_card, "4111 1111 1111 1111", 1 },
        { lp_is_card, "3782-822463-10005", 1 },
        { lp_is_card, "378282246310005", 1 },
        { lp_is_card, "30569309025904", 1 },
        { lp_is_card, "4111 1111-1111 1111", 0 },
        { lp_is_card, "41 11 1111 1111 1111", 0 },
        { lp_is_card, "9111111111111111", 0 },
        { lp_is_aadhaar, "234123412346", 1 },
        { lp_is_aadhaar, "2341 2341 2346", 1 },
        { lp_is_aadhaar, "234 1234 12346", 0 },
        { lp_is_aadhaar, "234123412340", 0 },
        { lp_is_ssn, "219-09-9999", 1 },
        { lp_is_ssn, "900-09-9999", 0 },
        { lp_is_ssn, "219 09 9999", 0 },
        { lp_is_vague_ssn, "219 09 9999", 1 },
        { lp_is_vague_ssn, "219099999", 1 },
        { lp_is_phone, "+14155550123", 1 },
        { lp_is_phone, "+1.415.555.0123", 1 },
        { lp_is_phone, "+1234567", 0 },
        { lp_is_phone, "+0123456789", 0 },
        { lp_is_phone, "+47.7917-077.2725", 0 },
        { lp_is_phone, "415-555-0123", 1 },
        { lp_is_phone, "(020) 7946 0958", 1 },
        { lp_is_phone, "07700 900123", 1 },
        { lp_is_phone, "06 12 34 56 78", 1 },
        { lp_is_phone, "0435-6393-1932", 0 },
        { lp_is_phone, "4155550123", 0 },
        { lp_is_vague_phone, "4155550123", 1 },
        { lp_is_vague_phone, "98765 43210", 1 },
        { lp_is_vague_phone, "12345", 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        if (is(cases[i].form, cases[i].text) != cases[i].is) {
            fail_msg("%s: not %d", cases[i].text, cases[i].is);
        }
    }
}


/* The bounds of each network's range, with a check digit that is right. */
static void
test_issuers(void **state)
{
    size_t i;

    static const struct {
        const char *number;
        int         is;
    } cases[] = {
        { "4000000123456784", 1 },    { "4999990123456789016", 1 },
        { "4000000123451", 0 },       { "40000001234567893", 0 },
        { "5100000123456780", 1 },    { "5599990123456780", 1 },
        { "2221000123456781", 1 },    { "2220990123456784", 0 },
        { "2720990123456789", 1 },    { "2721000123456786", 0 },
        { "340000012345673", 1 },     { "379999012345670", 1 },
        { "350000012345670", 0 },     { "30599901234562", 1 },
        { "30600001234567", 0 },      { "3095000123456782", 1 },
        { "36111101234568", 1 },      { "3611110123456789013", 1 },
        { "3899990123456782", 1 },    { "3527990123456782", 0 },
        { "3528000123456789", 1 },    { "3589990123456789016", 1 },
        { "3590000123456782", 0 },    { "6011990123456788", 1 },
        { "6440000123456787", 1 },    { "6439990123456782", 0 },
        { "6599990123456789012", 1 }, { "62123401234567891", 1 },
        { "8100000123456784", 1 },    { "8171990123456789018", 1 },
        { "6062820123456785", 1 },    { "6062830123456784", 0 },
        { "6070000123456784", 1 },    { "8172000123456787", 1 },
        { "8201990123456784", 1 },    { "8202000123456781", 0 },
        { "5000000123456781", 1 },    { "5099990123456789014", 1 },
        { "560000012345678906", 1 },  { "5900000123456782", 0 },
        { "6362970123456785", 1 },    { "6767700123456789016", 1 },
        { "67677001234561", 0 },      { "2200000123456786", 1 },
        { "2204990123456789013", 1 }, { "2205000123456781", 1 },
        { "2206000123456780", 0 },    { "8600120123456785", 1 },
        { "8601120123456784", 0 },    { "9704000123456782", 1 },
        { "9704360123456789017", 1 }, { "9792000123456785", 1 },
        { "9860120123456788", 1 },    { "9861120123456787", 0 },
        { "100000012345673", 0 },     { "1946000123456787", 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        if (is(lp_is_card, cases[i].number) != cases[i].is) {
            fail_msg("%s: not %d", cases[i].number, cases[i].is);
        }
    }
}


/* No digit of a number with a check digit can be another. */
static void
test_check_digits(void **state)
{
    size_t i;
    char   text[17], digit;

    (void) state;

    for (i = 1; i < 12; i++) {
        memcpy(text, "234123412346", 13);

        for (digit = '0'; digit <= '9'; digit++) {
            text[i] = digit;
            assert_int_equal(is(lp_is_aadhaar, text),
                             digit == "234123412346"[i]);
        }
    }

    for (i = 2; i < 16; i++) {
        memcpy(text, "4111111111111111", 17);

        for (digit = '0'; digit <= '9'; digit++) {
            text[i] = digit;
            assert_int_equal(is(lp_is_card, text), digit == '1');
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_issuers),
        cmocka_unit_test(test_check_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
