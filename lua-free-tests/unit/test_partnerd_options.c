/*
 * partnerd's options: defaults, environment, command line, and bounds.
 */

#include <stdlib.h>

#include "unit.h"
#include "options.h"


static int
parse(pd_options_t *o, lp_error_t *err, int argc, const char *const *argv)
{
    memset(err, 0, sizeof(*err));

    return pd_options_parse(o, argc, (char *const *) argv, err);
}


static void
test_precedence(void **state)
{
    lp_error_t   err;
    pd_options_t o;

    static const char *const argv[]
        = { "--redis", "h:1", "--readers=3", "--plan" };

    (void) state;
    (void) unsetenv("PARTNERD_REDIS");
    (void) unsetenv("PARTNERD_READERS");
    assert_int_equal(parse(&o, &err, 0, NULL), LP_OK);
    assert_string_equal(o.redis, "");
    assert_int_equal(o.readers, 2);
    assert_false(o.plan);

    (void) setenv("PARTNERD_REDIS", "unix:/r", 1);
    (void) setenv("PARTNERD_READERS", "5", 1);
    assert_int_equal(parse(&o, &err, 0, NULL), LP_OK);
    assert_string_equal(o.redis, "unix:/r");
    assert_int_equal(o.readers, 5);

    assert_int_equal(parse(&o, &err, 4, argv), LP_OK);
    assert_string_equal(o.redis, "h:1");
    assert_int_equal(o.readers, 3);
    assert_true(o.plan);

    (void) setenv("PARTNERD_READERS", "none", 1);
    assert_int_equal(parse(&o, &err, 0, NULL), LP_INVALID);
    assert_non_null(strstr(err.text, "PARTNERD_READERS"));
    (void) unsetenv("PARTNERD_READERS");
    (void) unsetenv("PARTNERD_REDIS");
}


static void
test_refused(void **state)
{
    size_t       i;
    lp_error_t   err;
    pd_options_t o;

    static const struct {
        const char *argv[2];
        int         argc;
        const char *why;
    } cases[] = {
        { { "--colour", "red" }, 2, "--colour" },
        { { "redis", "x" }, 2, "redis" },
        { { "-redis", "x" }, 2, "-redis" },
        { { "--redi", "x" }, 2, "--redi" },
        { { "--", NULL }, 1, "--" },
        { { "", NULL }, 1, "there is no option" },
        { { "--databse=password=secret", NULL }, 1, "\"--databse\"" },
        { { "--redis", NULL }, 1, "needs a value" },
        { { "--plan=1", NULL }, 1, "takes no value" },
        { { "--readers", "0" }, 2, "1 to 64" },
        { { "--readers", "65" }, 2, "1 to 64" },
        { { "--readers", "" }, 2, "1 to 64" },
        { { "--readers", "2x" }, 2, "1 to 64" },
        { { "--readers", "99999999999999999999" }, 2, "1 to 64" },
        { { "--readers=", NULL }, 1, "1 to 64" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(parse(&o, &err, cases[i].argc, cases[i].argv),
                         LP_INVALID);

        if (strstr(err.text, cases[i].why) == NULL) {
            fail_msg("%s: %s", cases[i].argv[0], err.text);
        }
    }
}


static void
test_help(void **state)
{
    char  *text;
    FILE  *out;
    size_t size;

    (void) state;
    out = open_memstream(&text, &size);
    pd_options_help(out);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "--deadline MS"));
    assert_non_null(strstr(text, "PARTNERD_SQL"));
    free(text);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
