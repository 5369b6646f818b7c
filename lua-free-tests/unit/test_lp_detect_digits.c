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
        cmocka_unit_test(test_check_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
