/*
 * A key is bound to what its type, use and alg say, or is none of ours.
 */

#include "unit.h"
#include "unit_jwt.h"

#include "lp_jwk.h"


#define RSA_ALGORITHMS                                                        \
    (LP_ALG_BIT(LP_ALG_RS256) | LP_ALG_BIT(LP_ALG_RS384)                      \
     | LP_ALG_BIT(LP_ALG_RS512) | LP_ALG_BIT(LP_ALG_PS256)                    \
     | LP_ALG_BIT(LP_ALG_PS384) | LP_ALG_BIT(LP_ALG_PS512))


/* The result for the key with one member more, or another. */
static int
read_with(const char *text, const char *name, const char *value,
          uint32_t *algorithms)
{
    int        rc;
    json_t    *root;
    lp_jwk_t   key;
    lp_error_t err;

    root = json_loads(text, 0, NULL);
    assert_non_null(root);

    if (name != NULL) {
        json_object_set_new(root, name,
                            json_loads(value, JSON_DECODE_ANY, NULL));
    }

    rc = lp_jwk_read(&key, root, UNIT_ALL_ALGORITHMS, "/keys/0", &err);

    if (rc == LP_OK) {
        *algorithms = key.algorithms;
        lp_jwk_free(&key);
    }

    json_decref(root);

    return rc;
}


static void
test_algorithms(void **state)
{
    size_t   i;
    uint32_t algorithms;

    static const struct {
        const char *text, *name, *value;
        int         rc;
        uint32_t    algorithms;
    } cases[] = {
        { UNIT_RSA_JWK, NULL, NULL, LP_OK, RSA_ALGORITHMS },
        { UNIT_RSA_JWK, "alg", "\"PS384\"", LP_OK, LP_ALG_BIT(LP_ALG_PS384) },
        { UNIT_RSA_JWK, "alg", "\"ES256\"", LP_JWK_UNUSED, 0 },
        { UNIT_RSA_JWK, "alg", "\"HS256\"", LP_JWK_UNUSED, 0 },
        { UNIT_RSA_JWK, "alg", "\"RSA-OAEP\"", LP_JWK_UNUSED, 0 },
        { UNIT_RSA_JWK, "alg", "7", LP_JWK_UNUSED, 0 },
        { UNIT_RSA_JWK, "use", "\"sig\"", LP_OK, RSA_ALGORITHMS },
        { UNIT_RSA_JWK, "use", "\"enc\"", LP_JWK_UNUSED, 0 },
        { UNIT_RSA_JWK, "key_ops", "[\"verify\"]", LP_OK, RSA_ALGORITHMS },
        { UNIT_RSA_JWK, "key_ops", "[\"sign\"]", LP_JWK_UNUSED, 0 },
        { UNIT_RSA_JWK, "key_ops", "\"verify\"", LP_JWK_UNUSED, 0 },
        { UNIT_RSA_JWK, "kid", "\"\"", LP_INVALID, 0 },
        { UNIT_RSA_JWK, "kid", "3", LP_INVALID, 0 },
        { UNIT_RSA_JWK, "d", "\"AQAB\"", LP_INVALID, 0 },
        { UNIT_RSA_JWK, "unknown", "{}", LP_OK, RSA_ALGORITHMS },
        { UNIT_RSA_JWK, "kty", "\"rsa\"", LP_JWK_UNUSED, 0 },
        { UNIT_EC_JWK, NULL, NULL, LP_OK, LP_ALG_BIT(LP_ALG_ES256) },
        { UNIT_EC_JWK, "crv", "\"P-192\"", LP_JWK_UNUSED, 0 },
        { UNIT_EC_JWK, "crv", "\"secp256k1\"", LP_JWK_UNUSED, 0 },
        { UNIT_EC_JWK, "crv", "\"P-384\"", LP_INVALID, 0 },
        { UNIT_OKP_JWK, NULL, NULL, LP_OK, LP_ALG_BIT(LP_ALG_EDDSA) },
        { UNIT_OKP_JWK, "crv", "\"X25519\"", LP_JWK_UNUSED, 0 },
        { UNIT_HS256_JWK, NULL, NULL, LP_OK, LP_ALG_SYMMETRIC },
        { UNIT_HS256_JWK, "k", "\"Zm9v\"", LP_INVALID, 0 },
        { UNIT_HS256_JWK, "k",
          "\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_\"", LP_INVALID, 0 },
        { UNIT_HS256_JWK, "k",
          "\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8\"", LP_OK,
          LP_ALG_BIT(LP_ALG_HS256) },
        { "{\"kty\":\"AKP\"}", NULL, NULL, LP_JWK_UNUSED, 0 },
        { "{}", NULL, NULL, LP_JWK_UNUSED, 0 },
        { "[]", NULL, NULL, LP_INVALID, 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        algorithms = 0;
        assert_int_equal(read_with(cases[i].text, cases[i].name,
                                   cases[i].value, &algorithms),
                         cases[i].rc);
        assert_int_equal(algorithms, cases[i].algorithms);
    }
}


static void
test_not_allowed(void **state)
{
    json_t    *root;
    lp_jwk_t   key;
    lp_error_t err;

    (void) state;
    root = json_loads(UNIT_RSA_JWK, 0, NULL);

    assert_int_equal(
        lp_jwk_read(&key, root, LP_ALG_BIT(LP_ALG_ES256), "", &err),
        LP_JWK_UNUSED);
    assert_int_equal(
        lp_jwk_read(&key, root, LP_ALG_BIT(LP_ALG_RS256), "", &err), LP_OK);
    assert_non_null(key.verifiers[LP_ALG_RS256]);
    assert_null(key.verifiers[LP_ALG_PS256]);
    assert_string_equal(key.kid, "rs");

    lp_jwk_free(&key);
    json_decref(root);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_not_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
