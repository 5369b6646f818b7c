/*
 * lp_time: RFC 3339 with its own examples, and every day against the C
 * library's gmtime_r().
 */

#include <stdio.h>
#include <time.h>

#include "unit.h"
#include "lp_time.h"


static void
test_examples(void **state)
{
    size_t  i;
    int64_t t;

    static const struct {
        const char *text;
        int64_t     seconds;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1969-12-31T23:59:59Z", -1 },
        { "2026-11-21T01:02:03Z", 1795222923 },
        { "2026-11-21t01:02:03z", 1795222923 },
        { "2026-11-21T01:02:03.999999Z", 1795222923 },
        { "2026-11-21T01:02:03.1+00:00", 1795222923 },
        { "2026-11-21T02:32:03+01:30", 1795222923 },
        { "2026-11-20T21:02:03-04:00", 1795222923 },
        { "2026-11-21T01:02:03-00:00", 1795222923 },
        { "1985-04-12T23:20:50.52Z", 482196050 },
        { "1996-12-19T16:39:57-08:00", 851042397 },
        { "1990-12-31T23:59:60Z", 662688000 },
        { "1990-12-31T15:59:60-08:00", 662688000 },
        { "1937-01-01T12:00:27.87+00:20", -1041337173 },
        { "2000-02-29T00:00:00Z", 951782400 },
        { "0000-01-01T00:00:00Z", -62167219200 },
        { "9999-12-31T23:59:59Z", 253402300799 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        t = -7;
        assert_int_equal(
            lp_time_parse(cases[i].text, strlen(cases[i].text), &t), LP_OK);
        assert_int_equal(t, cases[i].seconds);
    }
}


static void
test_refused(void **state)
{
    size_t  i;
    int64_t t = 42;

    static const char *const cases[] = {
        "",
        "2026",
        "2026-11-21",
        "2026-11-21T01:02:03",
        "2026-11-21 01:02:03Z",
        "2026-11-21T01:02:03Z ",
        " 2026-11-21T01:02:03Z",
        "2026-13-21T01:02:03Z",
        "2026-00-21T01:02:03Z",
        "2026-11-31T01:02:03Z",
        "2026-11-00T01:02:03Z",
        "2026-02-29T01:02:03Z",
        "2100-02-29T01:02:03Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T01:60:03Z",
        "2026-11-21T01:02:61Z",
        "2026-11-21T01:02:60Z",
        "2026-11-21T01:02:03.Z",
        "2026-11-21T01:02:03,5Z",
        "2026-11-21T01:02:03+0100",
        "2026-11-21T01:02:03+01",
        "2026-11-21T01:02:03+24:00",
        "2026-11-21T01:02:03+01:60",
        "2026-11-21T01:02:03 01:00",
        "26-11-21T01:02:03Z",
        "+026-11-21T01:02:03Z",
        "2026-1-21T01:02:03Z",
        "2026:11:21T01-02-03Z",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(lp_time_parse(cases[i], strlen(cases[i]), &t),
                         LP_INVALID);
        assert_int_equal(t, 42);
    }
}


static void
test_every_prefix_is_refused(void **state)
{
    size_t  len;
    int64_t t;

    static const char text[] = "2026-11-21T01:02:03.5+01:00";

    (void) state;

    for (len = 0; len < sizeof(text) - 1; len++) {
        assert_int_equal(lp_time_parse(text, len, &t), LP_INVALID);
    }
}


/* The middle of every day from 0000 to 9999, and the seconds around it. */
static void
test_agrees_with_gmtime(void **state)
{
    char      out[LP_TIME_LEN + 1], expected[64];
    time_t    t;
    int64_t   back;
    struct tm tm;

    (void) state;

    for (t = -62167219200; t < 253402300800; t += 86400 - 37) {
        assert_non_null(gmtime_r(&t, &tm));
        (void) snprintf(expected, sizeof(expected),
                        "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                        tm.tm_sec);

        assert_int_equal(lp_time_format(t, out), LP_OK);
        assert_string_equal(out, expected);
        assert_int_equal(lp_time_parse(out, LP_TIME_LEN, &back), LP_OK);
        assert_int_equal(back, t);
    }
}


static void
test_format_range(void **state)
{
    size_t i;
    char   out[LP_TIME_LEN + 1];

    static const int64_t cases[]
        = { -62167219201, 253402300800, INT64_MIN, INT64_MAX };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(lp_time_format(cases[i], out), LP_INVALID);
        assert_string_equal(out, "");
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_every_prefix_is_refused),
        cmocka_unit_test(test_agrees_with_gmtime),
        cmocka_unit_test(test_format_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
