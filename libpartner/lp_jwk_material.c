/*
 * Builds OpenSSL's keys from the numbers of a JWK.
 */

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "lp_base64url.h"
#include "lp_ecdsa.h"
#include "lp_jwk_material.h"


#define LP_JWK_ED25519 32 /* bytes; RFC 8032, section 5.1.5 */
#define LP_JWK_E_MAX   8  /* bytes of e: a longer one makes checks dear */


static int
lp_jwk_error(lp_error_t *err, const char *pointer, const char *name,
             const char *text)
{
    char at[sizeof(err->pointer)];

    (void) snprintf(at, sizeof(at), "%s/%s", pointer, name);

    return lp_error(err, at, "%s", text);
}


/*
 * The length is looked at before anything is decoded, so that no text overruns
 * `out`; the message holds the bounds and none of the bytes, which may be a
 * secret's.
 */
int
lp_jwk_member(const json_t *object, const char *name, size_t min, size_t max,
              uint8_t out[LP_JWK_BYTES + 2], size_t *len, const char *pointer,
              lp_error_t *err)
{
    char          text[64];
    size_t        n;
    const json_t *value;

    value = json_object_get(object, name);
    n = json_string_length(value);

    if (!json_is_string(value) || n > LP_JWK_CHARACTERS
        || lp_base64url_decode(json_string_value(value), n, out, len) != LP_OK
        || *len < min || *len > max) {
        (void) snprintf(text, sizeof(text),
                        "required: %zu to %zu bytes in base64url", min, max);
        return lp_jwk_error(err, pointer, name, text);
    }

    return LP_OK;
}


/* Takes the parameters, whatever comes of it. */
static EVP_PKEY *
lp_jwk_build(const char *type, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY     *key;
    OSSL_PARAM   *params;
    EVP_PKEY_CTX *ctx;

    key = NULL;
    ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    params = OSSL_PARAM_BLD_to_param(builder);

    if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
        ERR_clear_error();
    }

    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(ctx);

    return key;
}


/* Both numbers stay the caller's: they are copied before it returns. */
static EVP_PKEY *
lp_jwk_rsa_build(const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *builder;

    builder = OSSL_PARAM_BLD_new();

    if (builder == NULL
        || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1
        || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1) {
        OSSL_PARAM_BLD_free(builder);
        return NULL;
    }

    return lp_jwk_build("RSA", builder);
}


/*
 * The bytes say at most how long the modulus is, since they may begin with
 * zeros.  An even one is no product of two primes that are secret, and with an
 * exponent of 1 a signature is the message itself.
 */
EVP_PKEY *
lp_jwk_rsa(const json_t *object, const char *pointer, lp_error_t *err)
{
    size_t    len;
    BIGNUM   *n, *e;
    uint8_t   bytes[LP_JWK_BYTES + 2];
    EVP_PKEY *key;

    n = e = NULL;
    key = NULL;

    if (lp_jwk_member(object, "n", LP_JWK_RSA_MIN / 8, LP_JWK_RSA_MAX / 8,
                      bytes, &len, pointer, err)
        != LP_OK) {
        return NULL;
    }

    n = BN_bin2bn(bytes, (int) len, NULL);

    if (lp_jwk_member(object, "e", 1, LP_JWK_E_MAX, bytes, &len, pointer, err)
        != LP_OK) {
        BN_free(n);
        return NULL;
    }

    e = BN_bin2bn(bytes, (int) len, NULL);

    if (n == NULL || e == NULL || BN_num_bits(n) < LP_JWK_RSA_MIN
        || !BN_is_odd(n)) {
        (void) lp_jwk_error(err, pointer, "n",
                            "allowed: an odd number of 2048 to 8192 bits");

    } else if (!BN_is_odd(e) || BN_is_one(e)) {
        (void) lp_jwk_error(err, pointer, "e",
                            "allowed: an odd number from 3");

    } else {
        key = lp_jwk_rsa_build(n, e);

        if (key == NULL) {
            (void) lp_jwk_error(err, pointer, "n", "OpenSSL refuses the key");
        }
    }

    BN_free(n);
    BN_free(e);

    return key;
}


/* An uncompressed point (SEC 1, section 2.3.3); OpenSSL looks at the curve. */
static EVP_PKEY *
lp_jwk_ec_build(const char *group, const uint8_t *point, size_t len)
{
    OSSL_PARAM_BLD *builder;

    builder = OSSL_PARAM_BLD_new();

    if (builder == NULL
        || OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME,
                                           group, 0)
               != 1
        || OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY,
                                            point, len)
               != 1) {
        OSSL_PARAM_BLD_free(builder);
        return NULL;
    }

    return lp_jwk_build("EC", builder);
}


EVP_PKEY *
lp_jwk_ec(const json_t *object, lp_alg_t alg, const char *pointer,
          lp_error_t *err)
{
    size_t            i, len, size;
    uint8_t           point[1 + 2 * LP_ECDSA_NUMBER], bytes[LP_JWK_BYTES + 2];
    EVP_PKEY         *key;
    const lp_curve_t *curve;

    static const char *const names[] = { "x", "y" };

    curve = lp_curve(alg);

    if (curve == NULL) {
        (void) lp_jwk_error(err, pointer, "crv", "allowed: a curve of ECDSA");
        return NULL;
    }

    size = curve->size;
    point[0] = 0x04;

    /* leading zeros included (RFC 7518, section 6.2.1.2) */
    for (i = 0; i < 2; i++) {
        if (lp_jwk_member(object, names[i], size, size, bytes, &len, pointer,
                          err)
            != LP_OK) {
            return NULL;
        }

        memcpy(point + 1 + i * size, bytes, size);
    }

    key = lp_jwk_ec_build(curve->group, point, 1 + 2 * size);

    if (key == NULL) {
        (void) lp_jwk_error(err, pointer, "x",
                            "allowed: a point of the curve");
    }

    return key;
}


/* Whether the bytes are a point is seen when OpenSSL verifies with it. */
EVP_PKEY *
lp_jwk_ed25519(const json_t *object, const char *pointer, lp_error_t *err)
{
    size_t    len;
    uint8_t   bytes[LP_JWK_BYTES + 2];
    EVP_PKEY *key;

    if (lp_jwk_member(object, "x", LP_JWK_ED25519, LP_JWK_ED25519, bytes, &len,
                      pointer, err)
        != LP_OK) {
        return NULL;
    }

    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, len);

    if (key == NULL) {
        ERR_clear_error();
        (void) lp_jwk_error(err, pointer, "x", "OpenSSL refuses the key");
    }

    return key;
}
