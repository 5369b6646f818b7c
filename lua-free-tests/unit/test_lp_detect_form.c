/*
 * lp_detect_form: where addresses and identifiers begin and end.
 */

#include "unit.h"
#include "lp_detect_form.h"


static void
test_email(void **state)
{
    size_t i, from, to;

    static const struct {
        const char *text, *found; /* NULL: none */
    } cases[] = {
        { "a@b.org", "a@b.org" },
        { "<first.last+tag@mail.example.com>",
          "first.last+tag@mail.example.com" },
        { "'o'brien@example.ie'", "o'brien@example.ie" },
        { "x \"odd one\"@example.org.", "\"odd one\"@example.org" },
        { "a@b.xn--p1ai, ok", "a@b.xn--p1ai" },
        { "a@b.c1", NULL },
        { "a@-b.org", NULL },
        { "a@b..org", NULL },
        { "a.@b.org", NULL },
        { "@b.org", NULL },
        { "icon@2x.png", NULL },
        { "a@10.0.0.5", NULL },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        from = (size_t) (strchr(cases[i].text, '@') - cases[i].text);
        to = 0;
        assert_int_equal(lp_email_around((const uint8_t *) cases[i].text,
                                         strlen(cases[i].text), 0, &from, &to),
                         cases[i].found != NULL);

        if (cases[i].found != NULL) {
            assert_int_equal(to - from, strlen(cases[i].found));
            assert_memory_equal(cases[i].text + from, cases[i].found,
                                to - from);
        }
    }
}


static void
test_identifiers(void **state)
{
    (void) state;

#define END(find, text) find((const uint8_t *) (text), strlen(text), 0)

    assert_int_equal(END(lp_iban_end, "DE89370400440532013000"), 22);
    assert_int_equal(END(lp_iban_end, "de89 3704 0044 0532 0130 00!"), 27);
    assert_int_equal(END(lp_iban_end, "DE89370400440532013001"), 0);
    assert_int_equal(END(lp_iban_end, "DE8937040044053201300"), 0);
    assert_int_equal(END(lp_iban_end, "DE893704004405320130007"), 0);
    assert_int_equal(END(lp_iban_end, "QQ89370400440532013000"), 0);
    assert_int_equal(END(lp_iban_end, "DE893 70400440532013000"), 0);
    assert_int_equal(END(lp_pan_in_end, "ABCPE1234F"), 10);
    assert_int_equal(END(lp_pan_in_end, "ABCPE1234f"), 0);
    assert_int_equal(END(lp_pan_in_end, "ABCXE1234F"), 0);
    assert_int_equal(END(lp_pan_in_end, "ABCPE1234"), 0);

#undef END
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_email),
        cmocka_unit_test(test_identifiers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
