/*
 * Verifiers: the signatures that the RFCs print, and each bit of them changed.
 */

#include "unit.h"
#include "unit_jwt.h"

#include "lp_base64url.h"
#include "lp_error.h"
#include "lp_jwks.h"


typedef struct {
    lp_alg_t    alg;
    const char *kid;
    const char *token; /* input, a dot, signature */
} vector_t;

static const vector_t vectors[] = {
    { LP_ALG_HS256, "hs", UNIT_HS256 },
    { LP_ALG_RS256, "rs", UNIT_RS256 },
    { LP_ALG_ES256, "es", UNIT_ES256 },
    { LP_ALG_EDDSA, "ed", UNIT_EDDSA_INPUT "." UNIT_EDDSA_SIGNATURE },
};

static lp_jwks_t *keys;


static int
setup(void **state)
{
    lp_error_t err;

    (void) state;
    keys = lp_jwks_parse(UNIT_JWKS, sizeof(UNIT_JWKS) - 1, UNIT_ALL_ALGORITHMS,
                         LP_STRICT, &err);

    return keys == NULL ? -1 : 0;
}


static int
teardown(void **state)
{
    (void) state;
    lp_jwks_free(keys);

    return 0;
}


static size_t
decode(const char *token, size_t *input_len, uint8_t *signature)
{
    size_t      len;
    const char *dot;

    dot = strrchr(token, '.');
    *input_len = (size_t) (dot - token);
    assert_int_equal(
        lp_base64url_decode(dot + 1, strlen(dot + 1), signature, &len), LP_OK);

    return len;
}


/* Twice, for contexts are used again. */
static void
test_vectors(void **state)
{
    size_t         i, n, len, input_len;
    uint8_t        signature[512];
    lp_verifier_t *v;

    (void) state;

    for (n = 0; n < 2; n++) {
        for (i = 0; i < UNIT_LEN(vectors); i++) {
            v = lp_jwks_find(keys, vectors[i].alg, vectors[i].kid, 2)
                    ->verifiers[vectors[i].alg];
            assert_non_null(v);
            len = decode(vectors[i].token, &input_len, signature);
            assert_true(lp_verifier_check(v, vectors[i].token, input_len,
                                          signature, len));
        }
    }
}


/* A wrong one is refused, and the right one behind it is not. */
static void
test_changed(void **state)
{
    size_t         i, bit, len, input_len;
    uint8_t        signature[512];
    lp_verifier_t *v;

    (void) state;

    for (i = 0; i < UNIT_LEN(vectors); i++) {
        v = lp_jwks_find(keys, vectors[i].alg, vectors[i].kid, 2)
                ->verifiers[vectors[i].alg];
        len = decode(vectors[i].token, &input_len, signature);

        for (bit = 0; bit < 8 * len; bit += 7) {
            signature[bit / 8] ^= (uint8_t) (1 << bit % 8);
            assert_false(lp_verifier_check(v, vectors[i].token, input_len,
                                           signature, len));
            signature[bit / 8] ^= (uint8_t) (1 << bit % 8);
        }

        assert_false(lp_verifier_check(v, vectors[i].token, input_len - 1,
                                       signature, len));
        assert_false(lp_verifier_check(v, vectors[i].token, input_len,
                                       signature, len - 1));
        assert_false(
            lp_verifier_check(v, vectors[i].token, input_len, signature, 0));
        assert_true(
            lp_verifier_check(v, vectors[i].token, input_len, signature, len));
    }
}


/* A key serves no algorithm but its own. */
static void
test_bound(void **state)
{
    size_t   i;
    unsigned alg;

    (void) state;

    for (i = 0; i < UNIT_LEN(vectors); i++) {
        for (alg = 0; alg < LP_ALGS; alg++) {
            if (lp_jwks_find(keys, (lp_alg_t) alg, vectors[i].kid, 2)
                == NULL) {
                continue;
            }

            assert_int_equal(lp_alg_name((lp_alg_t) alg)[0] == 'P'
                                 ? 'R'
                                 : lp_alg_name((lp_alg_t) alg)[0],
                             lp_alg_name(vectors[i].alg)[0]);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_bound),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
