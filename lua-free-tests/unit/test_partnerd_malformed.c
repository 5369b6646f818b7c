/*
 * Where partnerd says that a body is not JSON, and why: in its own words, with
 * nothing of the body but the name of a member.
 */

#include "unit.h"
#include "malformed.h"


#define NUL   "\\u0000 is allowed in no string"
#define AGAIN "there is another "
#define HALF  "the string that ends here has half of a pair of \\u"


static void
said(const char *text, size_t len, pd_problem_t *p)
{
    json_error_t where;

    *p = (pd_problem_t){ 0 };
    assert_null(json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                           &where));
    pd_malformed(text, len, &where, p);
}


static void
test_places(void **state)
{
    size_t       i;
    pd_problem_t p;

    static const struct {
        const char *text, *detail;
    } cases[] = {
        { "{\n  x}", "line 2, column 3: it is not JSON" },
        { "{\"a\": tru}", "line 1, column 10: it is not JSON" },
        { "{\"\xc3\xb6\": \"x\ty\"}", "line 1, column 9: it is not JSON" },
        { "{} x", "line 1, column 4: it is not JSON" },
        { "{\"a\": \"x",
          "line 1, column 9: it is not JSON, it ends too early" },
        { "{\"a\": \"\xff\"}", "line 1, column 8: it is not UTF-8" },
        { "{\"a\": \"b\\u0000\"}", "line 1, column 9: " NUL },
        { "[\"\\\\u0000\",\n\"\\\\\\u0000\"]", "line 2, column 4: " NUL },
        { "{\"\\u0000\": 1}", "line 1, column 3: " NUL },
        { "{\"a\": \"\\ud800\"}", "line 1, column 14: " HALF },
        { "[1e999]", "line 1, column 6: the number that ends here is too "
                     "large; allowed: what fits into 64 bits" },
        { "[99999999999999999999]",
          "line 1, column 21: the number that ends here is too large; "
          "allowed: what fits into 64 bits" },
        { "{\"a\": 1, \"a\": 2}", "line 1, column 10: " AGAIN "\"a\" before" },
        { "{\"a\\\"\\\\\": 1,\n \"a\\\"\\\\\": 2}",
          "line 2, column 2: " AGAIN "\"a\\\"\\\\\" before" },
        { "{\"\": {},\"\":0}", "line 1, column 9: " AGAIN "\"\" before" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        said(cases[i].text, strlen(cases[i].text), &p);
        assert_string_equal(p.detail, cases[i].detail);
        assert_string_equal(p.code, strstr(cases[i].detail, AGAIN) == NULL
                                        ? "malformed_json"
                                        : "duplicate_member");
    }
}


/* A name as long as it pleases is cut where it stays text. */
static void
test_long(void **state)
{
    char         text[20000];
    int          n;
    json_t      *json;
    pd_problem_t p;

    (void) state;
    memset(text, '[', sizeof(text));
    said(text, sizeof(text), &p);
    assert_non_null(strstr(p.detail, "arrays and objects are open"));

    for (n = 76; n < 82; n++) {
        (void) snprintf(text, sizeof(text),
                        "{\"%0*d\xf0\x9f\x9a\x80\":1,"
                        "\"%0*d\xf0\x9f\x9a\x80\":1}",
                        n, 0, n, 0);
        said(text, strlen(text), &p);
        json = json_string(p.detail);
        assert_non_null(json);
        assert_non_null(strstr(p.detail, "\"0000"));
        json_decref(json);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
