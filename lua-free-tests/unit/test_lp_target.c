/*
 * lp_target: what is plain, and what two servers may read in two ways.
 */

#include <stdio.h>

#include "unit.h"
#include "lp_target.h"


static int
plain(const char *path, int encoded)
{
    return lp_target_plain(path, strlen(path), encoded);
}


static void
test_plain(void **state)
{
    size_t i;

    static const char *const paths[] = {
        "/",        "/a",     "/a/",  "/a/b.c/...",   "/.well-known",
        "/a..b",    "/a/..b", "/a b", "/caf\xc3\xa9", "/a:b@c,d=e+f",
        "/a/.../b",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(paths); i++) {
        assert_true(plain(paths[i], 0));
        assert_true(plain(paths[i], 1));
    }

    assert_true(plain("/a%20b/%41/%2e%2e%2e/%25%32F", 1));
    assert_true(plain("/%252f", 1));
    assert_true(plain("/100%", 0));
}


static void
test_not_plain(void **state)
{
    size_t i;

    static const char *const either[] = {
        "",       "a",     "//",      "/a//b",  "/.",    "/..",
        "/a/./b", "/a/..", "/a/../b", "/a;b/c", "/a\\b", "/a#b",
        "/a\x7f", "/a\n",  "/;",      "//a",
    };

    static const char *const encoded[] = {
        "/a%2Fb", "/a%2fb",  "/a%5Cb", "/a%5cb", "/%2e",  "/%2E%2e",
        "/.%2e",  "/%2e./b", "/a%3Bb", "/a%00",  "/a%0a", "/a%7F",
        "/a%23b", "/%",      "/%2",    "/%zz",   "/%2/",  "/a/%2e%2E",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(either); i++) {
        assert_false(plain(either[i], 0));
        assert_false(plain(either[i], 1));
    }

    for (i = 0; i < UNIT_LEN(encoded); i++) {
        assert_false(plain(encoded[i], 1));
        assert_true(plain(encoded[i], 0));
    }

    assert_false(lp_target_plain("/a\0b", 4, 0));
}


/* A path that is plain when encoded is plain when decoded, and has the same
 * segments. */
static void
test_decoded(void **state)
{
    int      i, found;
    char     path[64], decoded[64], *p, *q;
    unsigned n, c, slashes;
    uint64_t seed = 3;

    static const char *const parts[]
        = { "/", "a",   ".",   "%2e", "%41", "%2f",
            ";", "%3b", "%25", "b",   "%",   "2f" };

    (void) state;

    for (i = 0, found = 0; i < 100000; i++) {
        strcpy(path, "/");

        for (n = (unsigned) unit_below(&seed, 8); n > 0; n--) {
            strcat(path, parts[unit_below(&seed, UNIT_LEN(parts))]);
        }

        if (!plain(path, 1)) {
            continue;
        }

        for (p = path, q = decoded, slashes = 0; *p != '\0'; p++) {
            slashes += *p == '/';
            c = (unsigned char) *p;

            if (c == '%') {
                assert_int_equal(sscanf(p + 1, "%2x", &c), 1);
                p += 2;
            }
            *q++ = (char) c;
        }
        *q = '\0';

        for (q = decoded; *q != '\0'; q++) {
            slashes -= *q == '/';
        }

        assert_true(plain(decoded, 0));
        assert_int_equal(slashes, 0);
        found++;
    }

    assert_in_range(found, 5000, 95000);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_not_plain),
        cmocka_unit_test(test_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
