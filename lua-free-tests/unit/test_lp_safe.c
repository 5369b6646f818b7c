/*
 * lp_safe: what stays in a logged address and what does not, and that nothing
 * is written beyond the room.
 */

#include <string.h>

#include "unit.h"
#include "lp_safe.h"


typedef size_t (*safe_pt)(const char *text, size_t len, char *out,
                          size_t room);

typedef struct {
    const char *text;
    const char *expected;
} case_t;


static void
check(safe_pt safe, const case_t *c)
{
    char   out[256];
    size_t len, room, n;

    len = strlen(c->text);

    for (room = 0; room <= len; room++) {
        memset(out, '!', sizeof(out));
        n = safe(c->text, len, out, room);

        assert_true(n <= room);
        assert_memory_equal(out, c->expected, n);
        assert_int_equal(out[n], '!');
    }

    assert_int_equal(n, strlen(c->expected));
}


static void
test_paths(void **state)
{
    size_t i;

    static const case_t cases[] = {
        { "/", "/" },
        { "", "" },
        { "/v1/rides", "/v1/rides" },
        { "/v1/rides/", "/v1/rides/" },
        { "//a", "//a" },
        { "/oauth2/token", "/oauth2/token" },
        { "/users/ada.lovelace/x", "/users/*/x" },
        { "/users/ada@example.com/x", "/users/*/x" },
        { "/users/ada%40example.com", "/users/*" },
        { "/users/%61da", "/users/*" },
        { "/users/4111111111111111", "/users/*" },
        { "/users/+1-202-555-0143", "/users/*" },
        { "/users/123", "/users/*" },
        { "/users/12", "/users/12" },
        { "/a;b=c/d", "/*/d" },
        { "/caf\xc3\xa9", "/*" },
        { "/a\nb", "/*" },
        { "/abcdefghijabcdefghijabcdefghijab", "/abcdefghijabcdefghij"
                                               "abcdefghijab" },
        { "/abcdefghijabcdefghijabcdefghijabc", "/*" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(lp_safe_path, &cases[i]);
    }
}


static void
test_queries(void **state)
{
    size_t i;

    static const case_t cases[] = {
        { "", "" },
        { "email=ada@example.com", "email=*" },
        { "limit=5&page=2", "limit=*&page=*" },
        { "a=&b", "a=&*" },
        { "ada", "*" },
        { "ada@example.com=1&x=y=z", "*=*&x=*" },
        { "&&a=b&", "&&a=*&" },
        { "=x", "=*" },
        { "ada.lovelace=1", "*=*" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(lp_safe_query, &cases[i]);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_queries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
