/*
 * lp_redact_text: the whole text, or nothing when it is none or does not fit.
 */

#include "unit_redact.h"


static void
test_text(void **state)
{
    size_t               n, size;
    uint8_t              out[64];
    static lp_redact_t   r;
    lp_redact_profile_t *p = unit_redact_profile("email=mask");

    static const uint8_t text[] = "{\"email\":\"a\",\"n\":1}";

    (void) state;

    for (size = 0; size < sizeof(out); size++) {
        lp_redact_init(&r, p);

        if (size >= 21) {
            assert_int_equal(
                lp_redact_text(&r, text, sizeof(text) - 1, out, size, &n),
                LP_OK);
            assert_int_equal(n, 21);
            assert_memory_equal(out, "{\"email\":\"***\",\"n\":1}", n);
            assert_int_equal(r.redactions, 1);
            assert_int_equal(r.counts[LP_REDACT_BY_NAME], 1);

        } else {
            assert_int_equal(
                lp_redact_text(&r, text, sizeof(text) - 1, out, size, &n),
                LP_INVALID);
            assert_int_equal(n, 0);
        }
    }

    lp_redact_init(&r, p);
    assert_int_equal(lp_redact_text(&r, text, 12, out, sizeof(out), &n),
                     LP_INVALID);
    free(p);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
