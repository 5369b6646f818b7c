/*
 * partnerd's log: a line is one JSON object whatever it tells, and personal
 * data that has a form of its own is not in it.
 */

#include <unistd.h>
#include <jansson.h>

#include "log.h"
#include "unit.h"


static int out = -1; /* stderr, while it is read */


/* From here on what is written to stderr is ours. */
static FILE *
caught(void)
{
    FILE *f;

    f = tmpfile();
    assert_non_null(f);
    out = dup(STDERR_FILENO);
    assert_true(dup2(fileno(f), STDERR_FILENO) >= 0);

    return f;
}


/* The line that was logged, which the caller owns. */
static json_t *
released(FILE *f)
{
    char    text[4096];
    size_t  n;
    json_t *line;

    assert_true(dup2(out, STDERR_FILENO) >= 0);
    (void) close(out);
    rewind(f);
    n = fread(text, 1, sizeof(text), f);
    (void) fclose(f);

    assert_true(n > 0 && n <= 2048 && text[n - 1] == '\n');
    assert_ptr_equal(memchr(text, '\n', n), text + n - 1);
    line = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(line);

    return line;
}


static void
assert_detail(const char *said, const char *logged)
{
    FILE   *f;
    json_t *line;

    f = caught();
    pd_log(PD_WARN, "event", "detail", said, NULL);
    line = released(f);
    assert_string_equal(json_string_value(json_object_get(line, "detail")),
                        logged);
    assert_string_equal(json_string_value(json_object_get(line, "level")),
                        "warn");
    json_decref(line);
}


static void
test_text(void **state)
{
    (void) state;
    assert_detail("", "");
    assert_detail(NULL, "");
    assert_detail("a \"b\" \\ \n\t\x01", "a \"b\" \\ \n\t\x01");
    assert_detail("no such file: /etc/partner/a.pem",
                  "no such file: /etc/partner/a.pem");
}


static void
test_personal(void **state)
{
    (void) state;
    assert_detail("invalid input syntax: \"+49 170 1234567\"",
                  "invalid input syntax: \"***\"");
    assert_detail("Key (email)=(ada@lovelace.example) already exists",
                  "Key (email)=(***) already exists");
    assert_detail("4111 1111 1111 1111", "***");
    assert_detail("DE89370400440532013000 to ada@lovelace.example.",
                  "*** to ***.");
}


/* One that a detector takes for an account, as few are. */
static void
test_ids(void **state)
{
    (void) state;
    assert_detail("d4952e79-03ca-4af7-be56-e79def085e26",
                  "d4952e79-03ca-4af7-be56-e79def085e26");
}


/* What is cut off is found before: no half of it stays. */
static void
test_long(void **state)
{
    size_t      i;
    FILE       *f;
    char        text[4096];
    json_t     *line;
    const char *detail;

    static const char email[] = " ada.lovelace@example.com";

    (void) state;

    for (i = 400; i < 500; i++) {
        memset(text, '\n', 300); /* each has six bytes in the line */
        memset(text + 300, 'x', i - 300);
        memcpy(text + i, email, sizeof(email));

        f = caught();
        pd_log(PD_ERROR, "event", "detail", text, NULL);
        line = released(f);
        detail = json_string_value(json_object_get(line, "detail"));
        assert_int_equal(strspn(detail, "\n"), 300);
        assert_int_equal(strcspn(detail, "ad@"), strlen(detail));
        json_decref(line);
    }
}


static void
test_said(void **state)
{
    (void) state;
    assert_string_equal(pd_log_said("22P02", "invalid: \"Ada\""), "");
    assert_string_equal(pd_log_said("23505", "duplicate"), "duplicate");
    assert_string_equal(pd_log_said(NULL, "no connection"), "no connection");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text), cmocka_unit_test(test_personal),
        cmocka_unit_test(test_ids),  cmocka_unit_test(test_long),
        cmocka_unit_test(test_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
