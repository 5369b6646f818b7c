/*
 * partnerd's options: defaults, environment, command line, and bounds.
 */

#include <stdlib.h>

#include "unit.h"
#include "options.h"


static int
parse(pd_options_t *o, lp_error_t *err, const char *verb, int argc,
      const char *const *argv)
{
    memset(err, 0, sizeof(*err));

    return pd_options_parse(o, verb, argc, (char *const *) argv, err);
}


static void
test_precedence(void **state)
{
    lp_error_t   err;
    pd_options_t o;

    static const char *const argv[] = { "--redis", "h:1", "--readers=3" };

    (void) state;
    (void) unsetenv("PARTNERD_REDIS");
    (void) unsetenv("PARTNERD_READERS");
    assert_int_equal(parse(&o, &err, "serve", 0, NULL), LP_OK);
    assert_string_equal(o.redis, "");
    assert_int_equal(o.readers, 2);

    (void) setenv("PARTNERD_REDIS", "unix:/r", 1);
    (void) setenv("PARTNERD_READERS", "5", 1);
    assert_int_equal(parse(&o, &err, "serve", 0, NULL), LP_OK);
    assert_string_equal(o.redis, "unix:/r");
    assert_int_equal(o.readers, 5);

    assert_int_equal(parse(&o, &err, "serve", 3, argv), LP_OK);
    assert_string_equal(o.redis, "h:1");
    assert_int_equal(o.readers, 3);

    (void) setenv("PARTNERD_READERS", "none", 1);
    assert_int_equal(parse(&o, &err, "serve", 0, NULL), LP_INVALID);
    assert_non_null(strstr(err.text, "PARTNERD_READERS"));

    /* What a verb does not take is not looked at. */
    assert_int_equal(parse(&o, &err, "work", 0, NULL), LP_OK);
    assert_int_equal(o.readers, 2);
    (void) unsetenv("PARTNERD_READERS");
    (void) unsetenv("PARTNERD_REDIS");
}


static void
test_verbs(void **state)
{
    lp_error_t   err;
    pd_options_t o;

    static const char *const plan[] = { "--plan" }, *const to[] = { "--to=3" };
    static const char *const role[] = { "--role", "auditor" };
    static const char *const root[] = { "--role", "admin|finance" };

    (void) state;
    assert_int_equal(parse(&o, &err, "migrate", 1, plan), LP_OK);
    assert_true(o.plan);
    assert_string_equal(o.to, PD_TO_LAST);
    assert_int_equal(parse(&o, &err, "migrate", 1, to), LP_OK);
    assert_string_equal(o.to, "3");

    assert_int_equal(parse(&o, &err, "operator-key", 1, plan), LP_INVALID);
    assert_string_equal(err.text, "operator-key takes no --plan");
    assert_int_equal(parse(&o, &err, "check", 1, plan), LP_INVALID);

    /* A part of a verb is none. */
    assert_int_equal(parse(&o, &err, "migrat", 1, plan), LP_INVALID);
    assert_int_equal(parse(&o, &err, "migrate, report", 1, plan), LP_INVALID);
    assert_int_equal(parse(&o, &err, "", 1, plan), LP_INVALID);

    assert_int_equal(parse(&o, &err, "operator-key", 2, role), LP_OK);
    assert_string_equal(o.role, "auditor");
    assert_int_equal(parse(&o, &err, "operator-key", 2, root), LP_INVALID);
    assert_non_null(
        strstr(err.text, "allowed: admin|finance|support|auditor"));
}


static void
test_number(void **state)
{
    long       n;
    lp_error_t err;

    (void) state;
    assert_int_equal(pd_option_number("to", "49", 0, 49, &n, &err), LP_OK);
    assert_int_equal(n, 49);
    assert_int_equal(pd_option_number("to", "50", 0, 49, &n, &err),
                     LP_INVALID);
    assert_string_equal(err.text, "to is \"50\"; allowed: 0 to 49");
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
        { { "--plan", NULL }, 1, "serve takes no --plan" },
        { { "--readers", "0" }, 2, "1 to 64" },
        { { "--readers", "65" }, 2, "1 to 64" },
        { { "--readers", "" }, 2, "1 to 64" },
        { { "--readers", "2x" }, 2, "1 to 64" },
        { { "--readers", "99999999999999999999" }, 2, "1 to 64" },
        { { "--readers=", NULL }, 1, "1 to 64" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(
            parse(&o, &err, "serve", cases[i].argc, cases[i].argv),
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
    pd_options_help(out, NULL);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "--deadline MS"));
    assert_non_null(strstr(text, "PARTNERD_SQL"));
    assert_non_null(strstr(text, "of serve, check subjects\n"));
    assert_non_null(strstr(text, "default \"60\""));
    free(text);

    out = open_memstream(&text, &size);
    pd_options_help(out, "key");
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "--key-pepper PATH"));
    assert_null(strstr(text, "--database"));
    free(text);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precedence), cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_number),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
