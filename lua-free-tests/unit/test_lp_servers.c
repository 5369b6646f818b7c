/*
 * lp_servers: where an API begins, and what does not say it.
 */

#include "unit_openapi.h"
#include "lp_servers.h"


/* The bases of a document with these servers, with a comma between them. */
static int
bases(const char *servers, const char *prefix, char *out, lp_error_t *err)
{
    int                 rc;
    char                text[1024];
    size_t              i;
    lp_spot_t           root;
    lp_openapi_t        api;
    lp_servers_t        found;
    lp_openapi_source_t source = { "one.json", text, 0 };

    source.len = (size_t) snprintf(text, sizeof(text),
                                   UNIT_OPENAPI "\"servers\":[%s]}", servers);
    assert_int_equal(lp_openapi_open(&api, &source, 1, err), LP_OK);
    root = lp_spot_root(&api, 0);
    rc = lp_servers_read(&found, &api, &root, prefix, err);
    lp_openapi_close(&api);
    out[0] = '\0';

    for (i = 0; i < found.n; i++) {
        strcat(strcat(out, i > 0 ? "," : ""), found.bases[i]);
    }

    return rc;
}


static void
test_paths(void **state)
{
    size_t     i;
    char       out[4096];
    lp_error_t err;

    static const struct {
        const char *servers, *prefix, *bases;
    } cases[] = {
        { "", NULL, "" },
        { "", "/v1", "/v1" },
        { "{\"url\":\"https://a/v1\"}", NULL, "/v1" },
        { "{\"url\":\"https://a:80/v1/\"},{\"url\":\"/v1\"}", NULL, "/v1" },
        { "{\"url\":\"https://a\"},{\"url\":\"/v2/x\"}", NULL, ",/v2/x" },
        { "{\"url\":\"/\"}", NULL, "" },
        { "{\"url\":\"{x}\"}", "/p", "/p" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(bases(cases[i].servers, cases[i].prefix, out, &err),
                         LP_OK);
        assert_string_equal(out, cases[i].bases);
    }
}


static void
test_refused(void **state)
{
    size_t     i;
    char       out[4096];
    lp_error_t err;

    static const char *const servers[] = {
        "{}",
        "{\"url\":\"v1\"}",
        "{\"url\":\"//a/v1\"}",
        "{\"url\":\"https://a/{version}\"}",
        "{\"url\":\"/a?b\"}",
        "{\"url\":\"/a%20b\"}",
        "{\"url\":\"/a/../b\"}",
        "7",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(servers); i++) {
        assert_int_equal(bases(servers[i], NULL, out, &err), LP_INVALID);
        assert_string_equal(err.pointer, "/servers/0/url");
    }

    assert_int_equal(
        bases("{\"url\":\"/1\"},{\"url\":\"/2\"},{\"url\":\"/3\"},"
              "{\"url\":\"/4\"},{\"url\":\"/5\"},{\"url\":\"/6\"},"
              "{\"url\":\"/7\"},{\"url\":\"/8\"},{\"url\":\"/9\"}",
              NULL, out, &err),
        LP_INVALID);
    assert_string_equal(err.pointer, "/servers/8/url");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
