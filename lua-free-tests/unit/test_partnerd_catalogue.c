/*
 * partnerd's catalogue of errors: what an error of PostgreSQL means, and how
 * a problem reads.
 */

#include <stdlib.h>

#include "unit.h"
#include "unit_contract.h"
#include "catalogue.h"


static const char text[]
    = "{\"problems\": {"
      "  \"internal_error\": {\"status\": 500, \"title\": \"I\"},"
      "  \"gone\": {\"status\": 404, \"title\": \"G\"},"
      "  \"wrong\": {\"status\": 422, \"title\": \"W\"}},"
      " \"sqlstates\": {\"PD001\": {\"code\": \"gone\", \"tell\": true},"
      "  \"23\": {\"code\": \"wrong\"}, \"23505\": {\"code\": \"gone\"}},"
      " \"constraints\": {\"c1\": {\"pointer\": \"/a\","
      "  \"detail\": \"no such a\"}}}";


static int
load(pd_catalogue_t *c, const char *json)
{
    int        rc;
    char       path[128];
    lp_error_t err;
    unit_dir_t d;

    assert_int_equal(unit_dir_open(&d), 0);
    assert_int_equal(unit_dir_file(&d, "errors.json", json), 0);
    (void) snprintf(path, sizeof(path), "%s/errors.json", d.dir);
    rc = pd_catalogue_load(c, path, &err);
    unit_dir_close(&d);

    return rc;
}


static void
test_sqlstates(void **state)
{
    size_t         i;
    pd_problem_t   p;
    pd_catalogue_t c;

    static const struct {
        const char *sqlstate, *constraint, *code, *detail;
        size_t      errors;
    } cases[] = {
        { "PD001", NULL, "gone", "told", 0 },
        { "23503", "c1", "wrong", "", 1 },
        { "23503", "c2", "wrong", "", 0 },
        { "23505", NULL, "gone", "", 0 },
        { "42P01", NULL, "internal_error", "", 0 },
        { "", NULL, "internal_error", "", 0 },
    };

    (void) state;
    assert_int_equal(load(&c, text), LP_OK);

    for (i = 0; i < UNIT_LEN(cases); i++) {
        p = (pd_problem_t){ 0 };
        pd_catalogue_from_sqlstate(&c, cases[i].sqlstate, cases[i].constraint,
                                   "told", &p);
        assert_string_equal(p.code, cases[i].code);
        assert_string_equal(p.detail, cases[i].detail);
        assert_int_equal(json_array_size(p.errors), cases[i].errors);
        pd_problem_clear(&p);
    }

    pd_catalogue_free(&c);
}


static void
test_render(void **state)
{
    int            status;
    char          *body;
    pd_problem_t   p = { 0 };
    pd_catalogue_t c;

    (void) state;
    assert_int_equal(load(&c, text), LP_OK);

    (void) pd_problem(&p, "wrong", "%s", "why \"so\"");
    (void) pd_problem(&p, "gone", "%s", "the first one counts");
    pd_problem_add(&p, "pointer", "/x", "is %d", 1);

    body = pd_catalogue_render(&c, &p, "r1", &status);
    assert_int_equal(status, 422);
    assert_string_equal(
        body, "{\"type\":\"urn:partner:problem:wrong\",\"title\":\"W\","
              "\"status\":422,\"code\":\"wrong\","
              "\"detail\":\"why \\\"so\\\"\",\"requestId\":\"r1\","
              "\"errors\":[{\"pointer\":\"/x\",\"detail\":\"is 1\"}]}");
    free(body);
    pd_problem_clear(&p);

    (void) pd_problem(&p, "unheard_of", "%s", "");
    body = pd_catalogue_render(&c, &p, "", &status);
    assert_int_equal(status, 500);
    assert_string_equal(
        body, "{\"type\":\"urn:partner:problem:internal_error\","
              "\"title\":\"I\",\"status\":500,\"code\":\"internal_error\"}");
    free(body);
    pd_problem_clear(&p);
    pd_catalogue_free(&c);
}


static void
test_refused(void **state)
{
    size_t         i;
    pd_catalogue_t c;

    static const char *const texts[] = {
        "",
        "{}",
        "{\"problems\": {}}",
        "{\"problems\": {\"internal_error\": {\"status\": 400,"
        " \"title\": \"x\"}}}",
        "{\"problems\": {\"internal_error\": {\"status\": 500}}}",
        "{\"problems\": {\"internal_error\": {\"title\": \"x\"}}}",
        "{\"problems\": {\"internal_error\": {\"status\": 500,"
        " \"title\": \"x\"}}, \"sqlstates\": {\"22\": {\"code\": \"y\"}}}",
        "{\"problems\": {}, \"problems\": {}}",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        if (load(&c, texts[i]) == LP_OK) {
            fail_msg("%s", texts[i]);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlstates),
        cmocka_unit_test(test_render),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
