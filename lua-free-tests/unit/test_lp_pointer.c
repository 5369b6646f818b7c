/*
 * lp_pointer: RFC 6901, and what happens where there is no room.
 */

#include "unit.h"
#include "lp_pointer.h"


static void
test_tokens(void **state)
{
    lp_pointer_t p = { .len = 0 };

    (void) state;

    lp_pointer_name(&p, "paths");
    lp_pointer_name(&p, "/v1/a~b");
    lp_pointer_index(&p, 12);
    lp_pointer_name(&p, "");
    assert_string_equal(p.text, "/paths/~1v1~1a~0b/12/");
    assert_int_equal(p.len, strlen(p.text));
}


static void
test_full(void **state)
{
    int          i;
    char         name[40];
    lp_pointer_t p = { .len = 0 };

    (void) state;

    memset(name, '/', sizeof(name));
    name[sizeof(name) - 1] = '\0';

    for (i = 0; i < 100; i++) {
        lp_pointer_name(&p, name);
        assert_int_equal(p.len, strlen(p.text));
        assert_int_equal(p.len % 79, 0);
    }

    assert_in_range(p.len, sizeof(p.text) - 80, sizeof(p.text) - 1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
