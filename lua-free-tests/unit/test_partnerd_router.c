/*
 * partnerd's router: statics before parameters, 404 told from 405, and no
 * path that makes it work long.
 */

#include <stdlib.h>

#include "unit.h"
#include "router.h"


static const struct {
    pd_method_t method;
    const char *path;
} routes[] = {
    { PD_GET, "/a" },          { PD_POST, "/a" },
    { PD_GET, "/a/{id}" },     { PD_DELETE, "/a/{id}" },
    { PD_GET, "/a/search" },   { PD_GET, "/a/{id}/b/{other}" },
    { PD_GET, "/a/search/b" }, { PD_PUT, "/deep/{a}/{b}/{c}/{d}" },
};


static int
setup(void **state)
{
    size_t       i;
    lp_error_t   err;
    pd_router_t *r;

    r = pd_router_create();

    for (i = 0; i < UNIT_LEN(routes); i++) {
        if (pd_router_add(r, routes[i].method, routes[i].path, routes[i].path,
                          &err)
            != LP_OK) {
            return -1;
        }
    }

    *state = r;

    return 0;
}


static int
teardown(void **state)
{
    pd_router_free(*state);
    pd_router_free(NULL);

    return 0;
}


static void
test_match(void **state)
{
    size_t     i;
    pd_match_t m;

    static const struct {
        pd_method_t method;
        const char *path;
        pd_route_t  route;
        const char *target; /* or Allow */
    } cases[] = {
        { PD_GET, "/a", PD_ROUTE_FOUND, "/a" },
        { PD_GET, "/a/1", PD_ROUTE_FOUND, "/a/{id}" },
        { PD_GET, "/a/search", PD_ROUTE_FOUND, "/a/search" },
        { PD_GET, "/a/searching", PD_ROUTE_FOUND, "/a/{id}" },
        { PD_GET, "/a/search/b", PD_ROUTE_FOUND, "/a/search/b" },
        { PD_GET, "/a/search/b/2", PD_ROUTE_FOUND, "/a/{id}/b/{other}" },
        { PD_PUT, "/deep/1/2/3/4", PD_ROUTE_FOUND, "/deep/{a}/{b}/{c}/{d}" },
        { PD_GET, "", PD_ROUTE_NO_PATH, "" },
        { PD_GET, "/", PD_ROUTE_NO_PATH, "" },
        { PD_GET, "a", PD_ROUTE_NO_PATH, "" },
        { PD_GET, "/a/", PD_ROUTE_NO_PATH, "" },
        { PD_GET, "//a", PD_ROUTE_NO_PATH, "" },
        { PD_GET, "/A", PD_ROUTE_NO_PATH, "" },
        { PD_GET, "/a/1/b", PD_ROUTE_NO_PATH, "" },
        { PD_GET, "/a/1//2", PD_ROUTE_NO_PATH, "" },
        { PD_GET, "/deep", PD_ROUTE_NO_PATH, "" },
        { PD_GET, "/deep/1/2/3/4/5", PD_ROUTE_NO_PATH, "" },
        { PD_PATCH, "/a", PD_ROUTE_NO_METHOD, "GET, HEAD, POST, OPTIONS" },
        { PD_METHODS, "/a", PD_ROUTE_NO_METHOD, "GET, HEAD, POST, OPTIONS" },
        { PD_POST, "/a/1", PD_ROUTE_NO_METHOD, "GET, HEAD, DELETE, OPTIONS" },
        { PD_DELETE, "/a/search", PD_ROUTE_NO_METHOD, "GET, HEAD, OPTIONS" },
        { PD_GET, "/deep/1/2/3/4", PD_ROUTE_NO_METHOD, "PUT, OPTIONS" },
    };

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(pd_router_match(*state, cases[i].method,
                                         cases[i].path, strlen(cases[i].path),
                                         &m),
                         cases[i].route);
        assert_string_equal(m.target == NULL ? m.allow : m.target,
                            cases[i].target);
    }
}


static void
test_values(void **state)
{
    pd_match_t m;

    static const char path[] = "/a/one%20/b/two";

    assert_int_equal(pd_router_match(*state, PD_GET, path, strlen(path), &m),
                     PD_ROUTE_FOUND);
    assert_int_equal(m.path.n, 2);
    assert_int_equal(m.path.values[0].len, 6);
    assert_memory_equal(m.path.values[0].data, "one%20", 6);
    assert_int_equal(m.path.values[1].len, 3);
    assert_memory_equal(m.path.values[1].data, "two", 3);

    /* What was tried and given up leaves no value behind. */
    assert_int_equal(pd_router_match(*state, PD_GET, "/a/x/y", 6, &m),
                     PD_ROUTE_NO_PATH);
    assert_int_equal(m.path.n, 0);
}


static void
test_long(void **state)
{
    char      *path;
    size_t     i, len = 1 << 20;
    pd_match_t m;

    path = malloc(len);
    assert_non_null(path);

    for (i = 0; i < len; i++) {
        path[i] = i % 2 == 0 ? '/' : 'a';
    }

    assert_int_equal(pd_router_match(*state, PD_GET, path, len, &m),
                     PD_ROUTE_NO_PATH);
    memset(path, '/', len);
    assert_int_equal(pd_router_match(*state, PD_GET, path, len, &m),
                     PD_ROUTE_NO_PATH);
    free(path);
}


static void
test_refused(void **state)
{
    size_t       i;
    lp_error_t   err;
    pd_router_t *r;

    static const char *const paths[] = { "", "a", "//", "/{a", "/b}", "/{}" };

    (void) state;
    r = pd_router_create();

    for (i = 0; i < UNIT_LEN(paths); i++) {
        assert_int_equal(pd_router_add(r, PD_GET, paths[i], r, &err),
                         LP_INVALID);
    }

    assert_int_equal(pd_router_add(r, PD_GET, "/a/{x}", r, &err), LP_OK);
    assert_int_equal(pd_router_add(r, PD_GET, "/a/{x}", r, &err), LP_INVALID);
    assert_string_equal(err.text, "GET /a/{x} is there twice");
    assert_int_equal(pd_router_add(r, PD_PUT, "/a/{x}", r, &err), LP_OK);
    assert_int_equal(pd_router_add(r, PD_PUT, "/a/{y}", r, &err), LP_INVALID);
    assert_string_equal(err.text,
                        "path /a/{y}: it matches the same paths as /a/{x}");
    pd_router_free(r);
}


static void
test_methods(void **state)
{
    (void) state;
    assert_int_equal(pd_method_parse("get"), PD_GET);
    assert_int_equal(pd_method_parse("HEAD"), PD_GET);
    assert_int_equal(pd_method_parse("PATCH"), PD_PATCH);
    assert_int_equal(pd_method_parse("parameters"), PD_METHODS);
    assert_string_equal(pd_method_name(PD_DELETE), "DELETE");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),   cmocka_unit_test(test_values),
        cmocka_unit_test(test_long),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_methods),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
