/*
 * lp_document: the errors name the line, never the text.
 */

#include "unit.h"
#include "lp_document.h"


static void
test_loads(void **state)
{
    json_t    *root;
    lp_error_t err;

    (void) state;

    root = lp_document_load("{\"a\": [1]}", 10, 10, &err);
    assert_non_null(root);
    json_decref(root);
}


static void
test_refusals(void **state)
{
    size_t     i;
    lp_error_t err;

    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        { "", "it is empty, required: a JSON object" },
        { " \r\n\t", "it is empty" },
        { "\"secret\"\n", "required: a JSON object" },
        { "{\n", "line 2, column 0: the text ends too early" },
        { "{\"a\":\n1,}", "line 2, column 3: this is not JSON" },
        { "{\"secret\":1,\n\"secret\":2}",
          "line 2, column 8: a member occurs twice in its object" },
        { "{} {}", "there is more after the end of the document" },
        { "[\"\xff\"]", "the text is not UTF-8" },
        { "[\"a\\u0000\"]", "a string holds U+0000" },
        { "[123456789012345678901]", "a number is too large" },
        { "[1e999]", "a number is too large" },
        { "[sk_secret]", "this is not JSON" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_null(
            lp_document_load(cases[i].text, strlen(cases[i].text), 99, &err));
        assert_string_equal(err.pointer, "");
        assert_non_null(strstr(err.text, cases[i].error));
        assert_null(strstr(err.text, "secret"));
    }
}


static void
test_ceilings(void **state)
{
    static char text[8192];

    lp_error_t err;

    (void) state;

    assert_null(lp_document_load("[1234]", 6, 5, &err));
    assert_string_equal(err.text, "6 bytes, at most 5 are allowed");

    assert_null(lp_document_load("[7\0]", 4, 99, &err));
    assert_string_equal(err.text, "the text holds a zero byte");
    assert_null(lp_document_load("7\0", 2, 99, &err));

    memset(text, '[', sizeof(text));
    assert_null(lp_document_load(text, sizeof(text), sizeof(text), &err));
    assert_non_null(strstr(err.text, "the nesting is too deep"));
}


static void
test_unknown_member(void **state)
{
    lp_error_t err;

    (void) state;

    assert_int_equal(lp_document_unknown(&err, "teir", "tier"), LP_INVALID);
    assert_string_equal(err.pointer, "/teir");
    assert_string_equal(err.text, "unknown member, allowed: tier");

    (void) lp_document_unknown(&err, "abcdefghijklmnopqrstuvwxyz0123456", "x");
    assert_string_equal(err.pointer, "");
    (void) lp_document_unknown(&err, "line\nbreak", "x");
    assert_string_equal(err.pointer, "");
    (void) lp_document_unknown(&err, "", "x");
    assert_string_equal(err.pointer, "");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_ceilings),
        cmocka_unit_test(test_unknown_member),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
