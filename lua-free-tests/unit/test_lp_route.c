/*
 * lp_route: fixed segments before parameters, what is ambiguous refused, and
 * the same answers as a naive router's.
 */

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"
#include "lp_route.h"


static const char *
find(const lp_route_t *r, const char *path, lp_route_match_t *match)
{
    const char *found;

    found = lp_route_find(r, path, strlen(path), match);

    return found == NULL ? "" : found;
}


static int
add(lp_route_t *r, const char *template, lp_error_t *err)
{
    return lp_route_add(r, template, strlen(template), (void *) template, err);
}


static void
test_find(void **state)
{
    size_t           i;
    lp_route_t      *r;
    lp_error_t       err;
    lp_route_match_t match;

    static const char *const templates[]
        = { "/",           "/a",
            "/a/",         "/a/{id}",
            "/a/search",   "/a/{id}/b/{other}",
            "/a/search/b", "/deep/{a}/{b}/{c}/x" };

    static const struct {
        const char *path, *template, *value;
    } cases[] = {
        { "/", "/", NULL },
        { "/a", "/a", NULL },
        { "/a/", "/a/", NULL },
        { "/a/1", "/a/{id}", "1" },
        { "/a/search", "/a/search", NULL },
        { "/a/searching", "/a/{id}", "searching" },
        { "/a/search/b", "/a/search/b", NULL },
        { "/a/search/b/2", "/a/{id}/b/{other}", "search" },
        { "/a/1/b/2", "/a/{id}/b/{other}", "1" },
        { "/deep/1/2/3/x", "/deep/{a}/{b}/{c}/x", "1" },
        { "/a/1/", "", NULL },
        { "/A", "", NULL },
        { "/a/1/b", "", NULL },
        { "/a//b/2", "", NULL },
        { "//", "", NULL },
        { "", "", NULL },
        { "a", "", NULL },
        { "/a/..", "", NULL },
        { "/a/.", "", NULL },
        { "/a/1;2", "", NULL },
        { "/a/1\\2", "", NULL },
        { "/deep/1/../3/x", "", NULL },
    };

    (void) state;

    r = lp_route_create();
    assert_non_null(r);

    for (i = 0; i < UNIT_LEN(templates); i++) {
        assert_int_equal(add(r, templates[i], &err), LP_OK);
    }

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_string_equal(find(r, cases[i].path, &match), cases[i].template);

        if (cases[i].value != NULL) {
            assert_int_equal(match.values[0].len, strlen(cases[i].value));
            assert_memory_equal(match.values[0].data, cases[i].value,
                                match.values[0].len);
        }
    }

    /* Still encoded, a value is its reader's to judge. */
    assert_string_equal(lp_route_find_encoded(r, "/a/1;2", 6, &match),
                        "/a/{id}");
    assert_int_equal(match.values[0].len, 3);
    assert_null(lp_route_find_encoded(r, "a", 1, &match));

    lp_route_free(r);
    lp_route_free(NULL);
}


static void
test_refused(void **state)
{
    size_t      i;
    char        deep[LP_ROUTE_LEN + 2];
    lp_route_t *r;
    lp_error_t  err;

    static const struct {
        const char *template, *error;
    } cases[] = {
        { "", "slash" },
        { "a", "slash" },
        { "//a", "empty" },
        { "/a/../b", "." },
        { "/a;b", ";" },
        { "/{a", "{parameter}" },
        { "/a}", "{parameter}" },
        { "/{}", "{parameter}" },
        { "/x{a}", "parameter" },
        { "/{a}.json", "parameter" },
        { "/{a}{b}", "param" },
        { "/caf%C3%A9", "%" },
        { "/a?b", "?" },
        { "/x/{y}", "same paths as /x/{z}" },
        { "/x/{y}/s", "/x/{q}/s" },
    };

    (void) state;

    r = lp_route_create();
    assert_int_equal(add(r, "/x/{z}", &err), LP_OK);
    assert_int_equal(add(r, "/x/{q}/s", &err), LP_OK);

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(add(r, cases[i].template, &err), LP_INVALID);
        assert_non_null(strstr(err.text, cases[i].error));
    }

    memset(deep, 'a', sizeof(deep));
    deep[0] = '/';
    assert_int_equal(lp_route_add(r, deep, LP_ROUTE_LEN, deep, &err), LP_OK);
    assert_int_equal(lp_route_add(r, deep, LP_ROUTE_LEN + 1, deep, &err),
                     LP_INVALID);

    for (i = 0; i < LP_ROUTE_SEGMENTS + 1; i++) {
        memcpy(deep + 2 * i, "/b", 2);
    }

    assert_int_equal(lp_route_add(r, deep, 2 * LP_ROUTE_SEGMENTS, deep, &err),
                     LP_OK);
    assert_int_equal(
        lp_route_add(r, deep, 2 * LP_ROUTE_SEGMENTS + 2, deep, &err),
        LP_INVALID);

    for (i = 0; i < LP_ROUTE_PARAMETERS + 1; i++) {
        memcpy(deep + 4 * i, "/{c}", 4);
    }

    assert_int_equal(
        lp_route_add(r, deep, 4 * LP_ROUTE_PARAMETERS, deep, &err), LP_OK);
    assert_int_equal(
        lp_route_add(r, deep, 4 * LP_ROUTE_PARAMETERS + 4, deep, &err),
        LP_INVALID);

    lp_route_free(r);
}


/* Whether the template matches, and its segments: 'f' for a fixed one, 'p'
 * for a parameter.  Of two that match, the greater in ASCII order loses. */
static int
naive_match(const char *template, const char *path, char *kinds)
{
    size_t t, p;

    while (*template == '/' && *path == '/') {
        template ++;
        path++;
        t = strcspn(template, "/");
        p = strcspn(path, "/");

        if (template[0] == '{') {
            if (p == 0) {
                return 0;
            }
            *kinds++ = 'p';

        } else if (t == p && memcmp(template, path, t) == 0) {
            *kinds++ = 'f';

        } else {
            return 0;
        }

        template += t;
        path += p;
    }

    *kinds = '\0';

    return *template == '\0' && *path == '\0';
}


static const char *
naive_find(char templates[][64], size_t n, const char *path)
{
    char        kinds[40], best[40] = "q";
    size_t      i;
    const char *found;

    for (i = 0, found = ""; i < n; i++) {
        if (naive_match(templates[i], path, kinds)
            && strcmp(kinds, best) < 0) {
            strcpy(best, kinds);
            found = templates[i];
        }
    }

    return found;
}


static void
random_path(uint64_t *seed, char *out, int template)
{
    unsigned n;

    static const char *const parts[]
        = { "a", "b", "ab", "c", "{x}", "{y}", "{x}" };

    out[0] = '\0';

    for (n = 1 + (unsigned) unit_below(seed, 5); n > 0; n--) {
        strcat(out, "/");
        strcat(out, parts[unit_below(seed, template ? UNIT_LEN(parts) : 4)]);
    }

    if (unit_below(seed, 8) == 0) {
        strcat(out, "/");
    }
}


/* 1,000 routers, 20,000 paths. */
static void
test_agrees_with_naive(void **state)
{
    int              i, k, found;
    char             templates[60][64], path[64];
    size_t           n;
    uint64_t         seed = 20261121;
    lp_route_t      *r;
    lp_error_t       err;
    lp_route_match_t match;

    (void) state;

    for (i = 0, found = 0; i < 1000; i++) {
        r = lp_route_create();
        assert_non_null(r);

        for (n = 0, k = 0; k < 60; k++) {
            random_path(&seed, templates[n], 1);
            n += add(r, templates[n], &err) == LP_OK;
        }

        for (k = 0; k < 20; k++) {
            random_path(&seed, path, 0);
            assert_string_equal(find(r, path, &match),
                                naive_find(templates, n, path));
            found += find(r, path, &match)[0] != '\0';
        }

        lp_route_free(r);
    }

    assert_in_range(found, 2000, 18000);
}


static void
test_many(void **state)
{
    int              i, n = 20000;
    char            *texts, path[64];
    lp_route_t      *r;
    lp_error_t       err;
    lp_route_match_t match;

    (void) state;

    r = lp_route_create();
    texts = calloc((size_t) n, 32);
    assert_non_null(texts);

    for (i = 0; i < n; i++) {
        (void) snprintf(texts + 32 * i, 32, "/v%d/r%d/{id}", i % 7, i);
        assert_int_equal(add(r, texts + 32 * i, &err), LP_OK);
    }

    for (i = 0; i < n; i++) {
        (void) snprintf(path, sizeof(path), "/v%d/r%d/x%d", i % 7, i, i);
        assert_string_equal(find(r, path, &match), texts + 32 * i);
    }

    lp_route_free(r);
    free(texts);
}


static void
test_reaches(void **state)
{
    size_t      i;
    lp_route_t *r;
    lp_error_t  err;

    const struct {
        const char *begin;
        int         reaches;
    } cases[] = {
        { "", 1 },
        { "/", 1 },
        { "/v1", 1 },
        { "/v", 1 },
        { "/v1/", 1 },
        { "/v1/ri", 1 },
        { "/v1/rides", 1 },
        { "/v1/rides/", 1 },
        { "/v1/rides/7/rec", 1 },
        { "/v1/rides/7/receipt", 1 },
        { "/v1/rides/7/receipt/", 0 },
        { "/v1/rides//", 0 },
        { "/v1/rides/7/x", 0 },
        { "/v1/x", 0 },
        { "/v2", 0 },
        { "/v1x", 0 },
        { "v1", 0 },
        { "/any/x", 1 },
        { "/any/x/", 0 },
    };

    (void) state;

    r = lp_route_create();
    assert_int_equal(add(r, "/v1/rides/{id}/receipt", &err), LP_OK);
    assert_int_equal(add(r, "/v1/rides", &err), LP_OK);
    assert_int_equal(add(r, "/any/{thing}", &err), LP_OK);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            lp_route_reaches(r, cases[i].begin, strlen(cases[i].begin)),
            cases[i].reaches);
    }

    lp_route_free(r);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_agrees_with_naive),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_reaches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
