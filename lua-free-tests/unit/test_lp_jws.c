/*
 * Compact tokens taken apart, and the names of algorithms.
 */

#include "unit.h"

#include "lp_error.h"
#include "lp_jws.h"


static void
test_algorithms(void **state)
{
    size_t   i;
    unsigned alg;

    static const char *const others[]
        = { "none",  "None", "NONE",   "nOnE",  "",      "hs256", "HS256 ",
            "HS128", "RS1",  "ES256K", "EDDSA", "Ed448", "dir",   "RSA-OAEP" };

    (void) state;

    for (alg = 0; alg < LP_ALGS; alg++) {
        assert_int_equal(lp_alg_parse(lp_alg_name((lp_alg_t) alg), 5), alg);
    }

    for (i = 0; i < UNIT_LEN(others); i++) {
        assert_int_equal(lp_alg_parse(others[i], strlen(others[i])), LP_ALGS);
    }

    assert_string_equal(lp_alg_name(LP_ALGS), "none of ours");
}


static void
test_split(void **state)
{
    lp_jws_t jws;

    (void) state;

    assert_int_equal(lp_jws_split(&jws, "ab.cde.f", 8), LP_OK);
    assert_memory_equal(jws.header.text, "ab", jws.header.len);
    assert_memory_equal(jws.payload.text, "cde", jws.payload.len);
    assert_memory_equal(jws.signature.text, "f", jws.signature.len);
    assert_int_equal(jws.input.len, 6);
    assert_int_equal(jws.header.len + jws.payload.len + jws.signature.len, 6);

    assert_int_equal(lp_jws_split(&jws, "ab.cde.", 7), LP_OK);
    assert_int_equal(jws.signature.len, 0);
}


static void
test_refused(void **state)
{
    char     text[LP_JWS_LEN + 2];
    size_t   i;
    lp_jws_t jws;

    static const char *const texts[]
        = { "",     ".",      "..",      "a.b",       ".b.c",
            "a..c", "a.b.c.", "a.b.c.d", "a.b.c.d.e", "abc" };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        assert_int_equal(lp_jws_split(&jws, texts[i], strlen(texts[i])),
                         LP_INVALID);
    }

    memset(text, 'a', sizeof(text));
    text[3] = text[6] = '.';
    assert_int_equal(lp_jws_split(&jws, text, LP_JWS_LEN), LP_OK);
    assert_int_equal(lp_jws_split(&jws, text, LP_JWS_LEN + 1), LP_INVALID);
}


static void
test_looks_like(void **state)
{
    (void) state;

    assert_true(lp_jws_looks_like("..", 2));
    assert_true(lp_jws_looks_like("sk_a.b.c", 8));
    assert_false(lp_jws_looks_like("", 0));
    assert_false(lp_jws_looks_like("a.b", 3));
    assert_false(lp_jws_looks_like("a.b.c.d", 7));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_looks_like),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
