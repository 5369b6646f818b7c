/*
 * lp_id: which bytes, and how many.
 */

#include "unit.h"
#include "lp_id.h"


static void
test_bytes(void **state)
{
    int  c;
    char text[3] = "a_b";

    static const char plain[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz-_.";

    (void) state;

    for (c = 0; c < 256; c++) {
        text[1] = (char) c;
        assert_int_equal(lp_id_plain(text, 3),
                         c != 0 && strchr(plain, c) != NULL);
    }
}


static void
test_lengths(void **state)
{
    char text[LP_ID_LEN + 1];

    (void) state;

    memset(text, 'x', sizeof(text));
    assert_int_equal(lp_id_plain(text, 0), 0);
    assert_int_equal(lp_id_plain(text, 1), 1);
    assert_int_equal(lp_id_plain(text, LP_ID_LEN), 1);
    assert_int_equal(lp_id_plain(text, LP_ID_LEN + 1), 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
