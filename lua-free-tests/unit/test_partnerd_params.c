/*
 * partnerd's parameters: decoded, typed, and every mistake named.
 */

#include "unit.h"
#include "unit_contract.h"
#include "params.h"


static pd_contract_t contract;


static int
setup(void **state)
{
    lp_error_t err;

    (void) state;

    return unit_contract(&contract, UNIT_COMMON, UNIT_THINGS, &err);
}


static int
teardown(void **state)
{
    (void) state;
    pd_contract_free(&contract);

    return 0;
}


/* Names of mistakes, in order, a space after each. */
static void
named(const pd_problem_t *p, char out[256])
{
    size_t  i, n;
    json_t *one;

    n = 0;
    out[0] = '\0';

    json_array_foreach(p->errors, i, one)
    {
        n += (size_t) snprintf(
            out + n, 256 - n, "%s ",
            json_string_value(json_object_get(one, "parameter")));
    }
}


static void
test_query(void **state)
{
    char                  found[256];
    size_t                i;
    json_t               *params;
    pd_problem_t          p;
    const pd_operation_t *op;

    static const struct {
        const char *query, *wrong, *must;
    } cases[] = {
        { "must=x", "", "x" },
        { "must=", "", "" },
        { "must=a%20b+c%2Bd", "", "a b c+d" },
        { "&&must=x&&limit=9&", "", "x" },
        { "m%75st=x", "", "x" },
        { "must=x&deep=true&limit=1", "", "x" },
        { NULL, "must ", NULL },
        { "", "must ", NULL },
        { "must", "", "" },
        { "must=x&limit=0", "limit ", "x" },
        { "must=x&limit=10", "limit ", "x" },
        { "must=x&limit=", "limit ", "x" },
        { "must=x&limit=+1", "limit ", "x" },
        { "must=x&limit=1x", "limit ", "x" },
        { "must=x&limit=99999999999999999999", "limit ", "x" },
        { "must=x&deep=yes", "deep ", "x" },
        { "must=x&must=y", "must ", "x" },
        { "must=%", "must must ", NULL },
        { "must=%2", "must must ", NULL },
        { "must=%g0", "must must ", NULL },
        { "must=%00", "must must ", NULL },
        { "must=x&colour=red&%zz=1", "colour  ", "x" },
        { "must=x&thingId=1", "thingId ", "x" },
    };

    (void) state;
    op = pd_contract_find(&contract, "things.get");

    for (i = 0; i < UNIT_LEN(cases); i++) {
        p = (pd_problem_t){ 0 };
        params = pd_params_query(op, cases[i].query, &p);
        named(&p, found);

        if (strcmp(found, cases[i].wrong) != 0) {
            fail_msg("%s: \"%s\"", cases[i].query, found);
        }

        assert_int_equal(p.code != NULL, found[0] != '\0');

        if (cases[i].must != NULL) {
            assert_string_equal(
                json_string_value(json_object_get(params, "must")),
                cases[i].must);
        }

        json_decref(params);
        pd_problem_clear(&p);
    }

    params = pd_params_query(op, "must=x&colour=red", &p);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(p.errors, 0), "detail")),
                        "is not known here; allowed: limit, must, deep");
    json_decref(params);
    pd_problem_clear(&p);
    params = pd_params_query(op, "must=x", &p);
    assert_int_equal(json_integer_value(json_object_get(params, "limit")), 5);
    json_decref(params);
    params = pd_params_query(op, "must=x&limit=7&deep=false", &p);
    assert_int_equal(json_integer_value(json_object_get(params, "limit")), 7);
    assert_true(json_is_false(json_object_get(params, "deep")));
    json_decref(params);
}


static void
test_path(void **state)
{
    char                  found[256];
    size_t                i;
    json_t               *params;
    pd_match_t            m;
    pd_problem_t          p;
    const pd_operation_t *op;

    static const struct {
        const char *path, *wrong;
    } cases[] = {
        { "/things/a%2Fb/parts/7", "" },
        { "/things/a+b/parts/0", "" },
        { "/things/123456789/parts/-1", "thingId part " },
        { "/things/%00/parts/x", "thingId part " },
    };

    (void) state;
    op = pd_contract_find(&contract, "things.get");

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(pd_router_match(contract.router, PD_GET,
                                         cases[i].path, strlen(cases[i].path),
                                         &m),
                         PD_ROUTE_FOUND);
        p = (pd_problem_t){ 0 };
        params = pd_params_path(op, &m, &p);
        named(&p, found);
        assert_string_equal(found, cases[i].wrong);
        json_decref(params);
        pd_problem_clear(&p);
    }

    (void) pd_router_match(contract.router, PD_GET, "/things/a%2Fb/parts/7",
                           21, &m);
    params = pd_params_path(op, &m, &p);
    assert_string_equal(json_string_value(json_object_get(params, "thingId")),
                        "a/b");
    assert_int_equal(json_integer_value(json_object_get(params, "part")), 7);
    json_decref(params);
}


static void
test_too_long(void **state)
{
    char         query[PD_PARAMETER_MAX + 16] = "must=";
    json_t      *params;
    pd_problem_t p = { 0 };

    (void) state;
    memset(query + 5, 'x', PD_PARAMETER_MAX);
    params = pd_params_query(pd_contract_find(&contract, "things.get"), query,
                             &p);
    assert_null(p.code);
    json_decref(params);

    query[5 + PD_PARAMETER_MAX] = 'x';
    params = pd_params_query(pd_contract_find(&contract, "things.get"), query,
                             &p);
    assert_string_equal(p.code, "invalid_parameter");
    json_decref(params);
    pd_problem_clear(&p);
}


#define LIST                                                                  \
    "{\"paths\": {\"/list\": {\"get\": {\"operationId\": \"list\","           \
    "  \"security\": [], \"parameters\": ["                                   \
    "   {\"$ref\": \"common.json#/components/parameters/limit\"},"            \
    "   {\"name\": \"cursor\", \"in\": \"query\","                            \
    "    \"schema\": {\"type\": \"string\"}},"                                \
    "   {\"name\": \"after\", \"in\": \"query\","                             \
    "    \"schema\": {\"type\": \"integer\", \"default\": 0}},"               \
    "   {\"name\": \"kind\", \"in\": \"query\","                              \
    "    \"schema\": {\"type\": \"string\"}}],"                               \
    "  \"responses\": {\"200\": {\"description\": \"x\"}}}}}}"


/* A default is what a list has when nobody asks for less of it. */
static void
test_sift(void **state)
{
    size_t                i;
    json_t               *params;
    lp_error_t            err;
    pd_problem_t          p = { 0 };
    pd_contract_t         lists;
    const pd_operation_t *op;

    static const struct {
        const char *query;
        int         sifts;
    } cases[] = {
        { "", 0 },
        { "limit=7&cursor=x", 0 },
        { "limit=7&cursor=x&after=0", 0 },
        { "after=1", 1 },
        { "kind=", 1 },
        { "cursor=x&kind=k", 1 },
    };

    (void) state;
    assert_int_equal(unit_contract(&lists, UNIT_COMMON, LIST, &err), LP_OK);
    op = pd_contract_find(&lists, "list");

    for (i = 0; i < UNIT_LEN(cases); i++) {
        params = pd_params_query(op, cases[i].query, &p);
        assert_null(p.code);

        if (pd_params_sift(op, params) != cases[i].sifts) {
            fail_msg("%s", cases[i].query);
        }

        json_decref(params);
    }

    pd_contract_free(&lists);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_sift),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
