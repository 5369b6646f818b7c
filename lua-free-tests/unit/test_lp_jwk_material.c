/*
 * Numbers of a JWK: their lengths and values are held to before OpenSSL.
 */

#include <stdio.h>

#include "unit.h"
#include "unit_jwt.h"

#include "lp_jwk_material.h"


static json_t *
object(const char *text)
{
    json_t *root;

    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);

    return root;
}


static void
test_member(void **state)
{
    json_t    *root;
    size_t     len;
    uint8_t    out[LP_JWK_BYTES + 2];
    lp_error_t err;

    (void) state;
    root = object("{\"a\":\"Zm9v\",\"b\":7,\"c\":\"Zg==\"}");

    assert_int_equal(
        lp_jwk_member(root, "a", 3, 3, out, &len, "/keys/0", &err), LP_OK);
    assert_memory_equal(out, "foo", 3);
    assert_int_equal(lp_jwk_member(root, "a", 4, 9, out, &len, "", &err),
                     LP_INVALID);
    assert_int_equal(lp_jwk_member(root, "a", 1, 2, out, &len, "", &err),
                     LP_INVALID);
    assert_int_equal(lp_jwk_member(root, "b", 1, 9, out, &len, "", &err),
                     LP_INVALID);
    assert_int_equal(lp_jwk_member(root, "c", 1, 9, out, &len, "", &err),
                     LP_INVALID);
    assert_int_equal(
        lp_jwk_member(root, "d", 1, 9, out, &len, "/keys/0", &err),
        LP_INVALID);
    assert_string_equal(err.pointer, "/keys/0/d");

    json_decref(root);
}


/* The longest there is, and one byte more. */
static void
test_longest_member(void **state)
{
    char       text[LP_JWK_CHARACTERS + 3];
    json_t    *root;
    size_t     len;
    uint8_t    out[LP_JWK_BYTES + 2];
    lp_error_t err;

    (void) state;

    memset(text, 'A', sizeof(text));
    root = json_pack("{s:s%}", "a", text, (size_t) LP_JWK_CHARACTERS);
    assert_non_null(root);
    assert_int_equal(
        lp_jwk_member(root, "a", 1, LP_JWK_BYTES, out, &len, "", &err), LP_OK);
    assert_int_equal(len, LP_JWK_BYTES);
    json_decref(root);

    root = json_pack("{s:s%}", "a", text, (size_t) LP_JWK_CHARACTERS + 1);
    assert_non_null(root);
    assert_int_equal(
        lp_jwk_member(root, "a", 1, LP_JWK_BYTES, out, &len, "", &err),
        LP_INVALID);
    assert_string_equal(err.text, "required: 1 to 1024 bytes in base64url");
    json_decref(root);
}


static void
test_rsa(void **state)
{
    size_t     i;
    json_t    *root;
    EVP_PKEY  *key;
    lp_error_t err;

    static const struct {
        const char *text, *pointer; /* NULL: good */
    } cases[] = {
        { UNIT_RSA_JWK, NULL },
        { "{\"n\":\"" UNIT_RSA_N "\",\"e\":\"Aw\"}", NULL },
        { "{\"n\":\"" UNIT_RSA_N "\",\"e\":\"AQ\"}", "/e" },
        { "{\"n\":\"" UNIT_RSA_N "\",\"e\":\"BA\"}", "/e" },
        { "{\"n\":\"" UNIT_RSA_N "\",\"e\":\"AAAAAAAAAAAD\"}", "/e" },
        { "{\"n\":\"" UNIT_RSA_N "\"}", "/e" },
        { "{\"e\":\"AQAB\"}", "/n" },
        { "{\"n\":\"AQAB\",\"e\":\"AQAB\"}", "/n" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        root = object(cases[i].text);
        key = lp_jwk_rsa(root, "", &err);

        if (cases[i].pointer == NULL) {
            assert_non_null(key);
            assert_int_equal(EVP_PKEY_get_bits(key), 2048);

        } else {
            assert_null(key);
            assert_string_equal(err.pointer, cases[i].pointer);
        }

        EVP_PKEY_free(key);
        json_decref(root);
    }
}


/* Leading zeros make a short number of many bytes. */
static void
test_rsa_short(void **state)
{
    char       text[512];
    json_t    *root;
    lp_error_t err;

    (void) state;

    memset(text, 0, sizeof(text));
    strcpy(text, "{\"e\":\"AQAB\",\"n\":\"AAAA");
    memcpy(text + strlen(text), UNIT_RSA_N, 338);
    strcat(text, "\"}");
    root = object(text);

    assert_null(lp_jwk_rsa(root, "", &err));
    assert_string_equal(err.pointer, "/n");
    json_decref(root);
}


static void
test_curves(void **state)
{
    json_t    *root;
    EVP_PKEY  *key;
    lp_error_t err;

    (void) state;

    root = object(UNIT_EC_JWK);
    key = lp_jwk_ec(root, LP_ALG_ES256, "", &err);
    assert_non_null(key);
    EVP_PKEY_free(key);

    assert_null(lp_jwk_ec(root, LP_ALG_ES384, "", &err));

    /* a point that is on no curve of ours */
    json_object_set(root, "y", json_object_get(root, "x"));
    assert_null(lp_jwk_ec(root, LP_ALG_ES256, "", &err));
    assert_string_equal(err.text, "allowed: a point of the curve");
    json_decref(root);

    root = object(UNIT_OKP_JWK);
    key = lp_jwk_ed25519(root, "", &err);
    assert_non_null(key);
    EVP_PKEY_free(key);
    json_object_set_new(root, "x", json_string("Zm9v"));
    assert_null(lp_jwk_ed25519(root, "", &err));
    json_decref(root);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_member), cmocka_unit_test(test_longest_member),
        cmocka_unit_test(test_rsa),    cmocka_unit_test(test_rsa_short),
        cmocka_unit_test(test_curves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
