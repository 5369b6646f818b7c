/*
 * lp_trace: what the recommendation takes is taken, and nothing else.
 */

#include "unit.h"
#include "lp_error.h"
#include "lp_trace.h"


#define ID   "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"


static void
test_parse(void **state)
{
    size_t     i;
    lp_trace_t trace;

    static const struct {
        const char *text;
        int         rc;
        unsigned    sampled;
    } cases[] = {
        { "00-" ID "-" SPAN "-01", LP_OK, 1 },
        { "00-" ID "-" SPAN "-00", LP_OK, 0 },
        { "00-" ID "-" SPAN "-fe", LP_OK, 0 },

        /* later versions, with what they may add */
        { "01-" ID "-" SPAN "-01", LP_OK, 1 },
        { "cc-" ID "-" SPAN "-01-what-the-future-will-be-like", LP_OK, 1 },
        { "cc-" ID "-" SPAN "-01.what", LP_INVALID, 0 },
        { "00-" ID "-" SPAN "-01-x", LP_INVALID, 0 },
        { "ff-" ID "-" SPAN "-01", LP_INVALID, 0 },

        { "", LP_INVALID, 0 },
        { "00-" ID "-" SPAN "-0", LP_INVALID, 0 },
        { "00-" ID "-" SPAN, LP_INVALID, 0 },
        { "0x-" ID "-" SPAN "-01", LP_INVALID, 0 },
        { "00_" ID "-" SPAN "-01", LP_INVALID, 0 },
        { "00-" ID "_" SPAN "-01", LP_INVALID, 0 },
        { "00-" ID "-" SPAN "_01", LP_INVALID, 0 },
        { "00-" ID "-" SPAN "-0g", LP_INVALID, 0 },
        { "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01", LP_INVALID, 0 },
        { "00-" ID "-00F067AA0BA902B7-01", LP_INVALID, 0 },
        { "00-00000000000000000000000000000000-" SPAN "-01", LP_INVALID, 0 },
        { "00-" ID "-0000000000000000-01", LP_INVALID, 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(
            lp_trace_parse(cases[i].text, strlen(cases[i].text), &trace),
            cases[i].rc);

        if (cases[i].rc == LP_OK) {
            assert_memory_equal(trace.id, ID, LP_TRACE_ID);
            assert_memory_equal(trace.span, SPAN, LP_TRACE_SPAN);
            assert_int_equal(trace.sampled, cases[i].sampled);
        }
    }
}


static void
test_what_is_written_is_read(void **state)
{
    char       text[LP_TRACE_LEN];
    uint8_t    random[LP_TRACE_RANDOM] = { 0xab, 0xcd };
    lp_trace_t trace, again;

    (void) state;

    random[LP_TRACE_RANDOM - 1] = 7;
    lp_trace_start(&trace, random);
    lp_trace_format(&trace, text);
    assert_memory_equal(
        text, "00-abcd0000000000000000000000000000-0000000000000007-00",
        LP_TRACE_LEN);
    assert_int_equal(lp_trace_parse(text, sizeof(text), &again), LP_OK);

    /* zeros are no id */
    memset(random, 0, sizeof(random));
    lp_trace_next(&again, random);
    again.sampled = 1;
    lp_trace_format(&again, text);
    assert_memory_equal(
        text, "00-abcd0000000000000000000000000000-0000000000000001-01",
        LP_TRACE_LEN);

    lp_trace_start(&trace, random);
    lp_trace_format(&trace, text);
    assert_int_equal(lp_trace_parse(text, sizeof(text), &again), LP_OK);
}


static void
test_shares(void **state)
{
    int        i, within = 0;
    size_t     k;
    uint8_t    random[LP_TRACE_RANDOM];
    uint64_t   seed = 9;
    lp_trace_t trace;

    (void) state;

    for (i = 0; i < 10000; i++) {
        for (k = 0; k < sizeof(random); k++) {
            random[k] = (uint8_t) unit_below(&seed, 256);
        }

        lp_trace_start(&trace, random);
        assert_false(lp_trace_within(&trace, 0));
        assert_true(lp_trace_within(&trace, 100000));
        within += lp_trace_within(&trace, 10000);
    }

    /* a tenth of them, within four standard deviations */
    assert_in_range(within, 880, 1120);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_shares),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
