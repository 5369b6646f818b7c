/*
 * partnerd's formats: what each one takes and leaves.
 */

#include "unit.h"
#include "format.h"


static const struct {
    const char *format;
    const char *text;
    int         matches;
} cases[] = {
    { "uuid", "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11", 1 },
    { "uuid", "0B0E7A52-5A0C-4A53-9A3E-3F8A1D1F2C11", 1 },
    { "uuid", "0b0e7a525a0c4a539a3e3f8a1d1f2c11", 0 },
    { "uuid", "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c1g", 0 },
    { "uuid", "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c1", 0 },
    { "uuid", "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c111", 0 },
    { "uuid", "", 0 },
    { "date-time", "2026-11-21T08:00:00Z", 1 },
    { "date-time", "2026-11-21T08:00:00.000000+00:00", 1 },
    { "date-time", "2026-11-21t08:00:00.123456789z", 1 },
    { "date-time", "2026-11-21T08:00:00.1234567890Z", 0 },
    { "date-time", "2026-11-21T08:00:00+15:59", 1 },
    { "date-time", "2026-11-21T08:00:00.5-15:59", 1 },
    { "date-time", "2026-11-21T08:00:00+16:00", 0 },
    { "date-time", "2026-11-21T08:00:00.5-23:59", 0 },
    { "date-time", "0001-01-01T00:00:00Z", 1 },
    { "date-time", "0000-12-31T23:59:59Z", 0 },
    { "date-time", "2026-11-21", 0 },
    { "date-time", "now", 0 },
    { "tier", "gold", 1 },
    { "tier", "Enterprise", 1 },
    { "tier", "platinum", 0 },
    { "tier", "", 0 },
    { "date", "2028-02-29", 1 },
    { "date", "0001-01-01", 1 },
    { "date", "0000-01-01", 0 },
    { "date", "2027-02-29", 0 },
    { "date", "2027-13-01", 0 },
    { "date", "2027-1-1", 0 },
    { "date", "2027-01-01T", 0 },
    { "date", "", 0 },
    { "cidr", "192.0.2.0/24", 1 },
    { "cidr", "192.0.2.1", 1 },
    { "cidr", "2001:db8::/32", 1 },
    { "cidr", "192.0.2.1/24", 0 },
    { "cidr", "192.0.2.0/33", 0 },
    { "cidr", "everywhere", 0 },
    { "cidr", "", 0 },
    { "text", " a", 1 },
    { "text", "\xc3\xa9", 1 },
    { "text", "", 1 },
    { "text", "  ", 0 },
    { "text", "\t\r\n", 0 },
    { "email", "a@b.example", 1 },
    { "email", "first.last+tag@mail.example.org", 1 },
    { "email", "\xc3\xa9@\xc3\xa9.example", 1 },
    { "email", "a@b", 0 },
    { "email", "@b.example", 0 },
    { "email", "a@", 0 },
    { "email", "a", 0 },
    { "email", "", 0 },
    { "email", ".a@b.example", 0 },
    { "email", "a.@b.example", 0 },
    { "email", "a..b@b.example", 0 },
    { "email", "a b@b.example", 0 },
    { "email", "a@b..example", 0 },
    { "email", "a@-b.example", 0 },
    { "email", "a@b-.example", 0 },
    { "email", "a@b.example-", 0 },
    { "email", "a@b_c.example", 0 },
    { "email", "a@b@c.example", 0 },
};


static void
test_cases(void **state)
{
    size_t             i;
    const pd_format_t *f;

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        f = pd_format_find(cases[i].format);
        assert_non_null(f);

        if (f->matches(cases[i].text, strlen(cases[i].text))
            != cases[i].matches) {
            fail_msg("%s: \"%s\"", cases[i].format, cases[i].text);
        }
    }
}


static void
test_lengths(void **state)
{
    char               long_name[400];
    const pd_format_t *f;

    (void) state;
    f = pd_format_find("email");

    memset(long_name, 'a', sizeof(long_name));
    memcpy(long_name + 64, "@b.example", 11);
    assert_true(f->matches(long_name, strlen(long_name)));

    memset(long_name, 'a', sizeof(long_name));
    memcpy(long_name + 65, "@b.example", 11);
    assert_false(f->matches(long_name, strlen(long_name)));

    memset(long_name, 'a', sizeof(long_name));
    memcpy(long_name, "a@", 2);
    memcpy(long_name + 65, ".example", 9);
    assert_true(f->matches(long_name, strlen(long_name)));
    memcpy(long_name + 66, ".example", 9);
    long_name[65] = 'a';
    assert_false(f->matches(long_name, strlen(long_name)));
}


static void
test_unknown(void **state)
{
    (void) state;
    assert_null(pd_format_find("colour"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
