/*
 * Reads a JSON Web Key and binds it to the algorithms it may serve.
 */

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "lp_jwk_material.h"


#define LP_ALG_RSA                                                            \
    (LP_ALG_BIT(LP_ALG_RS256) | LP_ALG_BIT(LP_ALG_RS384)                      \
     | LP_ALG_BIT(LP_ALG_RS512) | LP_ALG_BIT(LP_ALG_PS256)                    \
     | LP_ALG_BIT(LP_ALG_PS384) | LP_ALG_BIT(LP_ALG_PS512))

typedef struct {
    const char *type;
    const char *curve; /* NULL: the type has none */
    uint32_t    algorithms;
} lp_jwk_kind_t;

/*
 * RFC 7518, section 6.1, and RFC 8037, section 2.  A key serves what stands
 * here and never what a token's header would like (RFC 8725, section 3.1).
 */
static const lp_jwk_kind_t lp_jwk_kinds[] = {
    { "RSA", NULL, LP_ALG_RSA },
    { "EC", "P-256", LP_ALG_BIT(LP_ALG_ES256) },
    { "EC", "P-384", LP_ALG_BIT(LP_ALG_ES384) },
    { "EC", "P-521", LP_ALG_BIT(LP_ALG_ES512) },
    { "OKP", "Ed25519", LP_ALG_BIT(LP_ALG_EDDSA) },
    { "oct", NULL, LP_ALG_SYMMETRIC }, /* a secret, which both sides have */
};


/*
 * jansson gives NULL for a member that is missing and for one that is no
 * string, so both say nothing.
 */
static int
lp_jwk_says(const json_t *object, const char *name, const char *text)
{
    const char *value;

    value = json_string_value(json_object_get(object, name));

    return value != NULL && strcmp(value, text) == 0;
}


/* What the key's type and curve allow; 0 for what is none of ours. */
static uint32_t
lp_jwk_kind(const json_t *object)
{
    size_t i;

    for (i = 0; i < sizeof(lp_jwk_kinds) / sizeof(lp_jwk_kinds[0]); i++) {
        if (lp_jwk_says(object, "kty", lp_jwk_kinds[i].type)
            && (lp_jwk_kinds[i].curve == NULL
                || lp_jwk_says(object, "crv", lp_jwk_kinds[i].curve))) {
            return lp_jwk_kinds[i].algorithms;
        }
    }

    return 0;
}


/* `use` and `key_ops` (RFC 7517, sections 4.2 and 4.3). */
static int
lp_jwk_verifies(const json_t *object)
{
    size_t        i;
    const char   *operation;
    const json_t *operations;

    if (json_object_get(object, "use") != NULL
        && !lp_jwk_says(object, "use", "sig")) {
        return 0;
    }

    operations = json_object_get(object, "key_ops");

    if (operations == NULL) {
        return 1;
    }

    for (i = 0; i < json_array_size(operations); i++) {
        operation = json_string_value(json_array_get(operations, i));

        if (operation != NULL && strcmp(operation, "verify") == 0) {
            return 1;
        }
    }

    return 0;
}


/* The one that `alg` names (section 4.4), or whatever the type allows. */
static uint32_t
lp_jwk_algorithms(const json_t *object)
{
    lp_alg_t      alg;
    uint32_t      algorithms;
    const json_t *value;

    algorithms = lp_jwk_kind(object);
    value = json_object_get(object, "alg");

    if (value == NULL) {
        return algorithms;
    }

    if (!json_is_string(value)) {
        return 0;
    }

    alg = lp_alg_parse(json_string_value(value), json_string_length(value));

    return alg == LP_ALGS ? 0 : algorithms & LP_ALG_BIT(alg);
}


/*
 * Zeroed before, so the zero behind the name is there.  A name with a zero in
 * it never gets here: the document that held it was refused.
 */
static int
lp_jwk_read_kid(lp_jwk_t *key, const json_t *object, const char *pointer,
                lp_error_t *err)
{
    char          at[sizeof(err->pointer)];
    const json_t *value;

    value = json_object_get(object, "kid");

    if (value == NULL) {
        return LP_OK;
    }

    key->kid_len = json_string_length(value);

    if (!json_is_string(value) || key->kid_len == 0
        || key->kid_len > LP_JWK_KID_LEN) {
        (void) snprintf(at, sizeof(at), "%s/kid", pointer);
        return lp_error(err, at, "allowed: a string of 1 to %d bytes",
                        LP_JWK_KID_LEN);
    }

    memcpy(key->kid, json_string_value(value), key->kid_len);

    return LP_OK;
}


/* A secret serves only digests that are no longer (RFC 7518, section 3.2). */
static int
lp_jwk_read_secret(lp_jwk_t *key, const json_t *object, const char *pointer,
                   lp_error_t *err)
{
    int      rc;
    size_t   len;
    uint8_t  secret[LP_JWK_BYTES + 2];
    unsigned alg;

    rc = lp_jwk_member(object, "k", 32, LP_JWK_SECRET_MAX, secret, &len,
                       pointer, err);

    for (alg = LP_ALG_HS256; rc == LP_OK && alg <= LP_ALG_HS512; alg++) {

        if (len < 32 + 16 * (size_t) (alg - LP_ALG_HS256)) {
            key->algorithms &= ~LP_ALG_BIT(alg);
        }

        if (key->algorithms & LP_ALG_BIT(alg)) {
            key->verifiers[alg]
                = lp_verifier_create_hmac((lp_alg_t) alg, secret, len);
            rc = key->verifiers[alg] != NULL
                     ? LP_OK
                     : lp_error(err, pointer, "OpenSSL cannot verify %s",
                                lp_alg_name((lp_alg_t) alg));
        }
    }

    OPENSSL_cleanse(secret, sizeof(secret));

    return rc == LP_OK && key->algorithms == 0
               ? lp_error(err, pointer,
                          "allowed: a secret no shorter than the digest "
                          "of its alg, from 32, 48 or 64 bytes to %d",
                          LP_JWK_SECRET_MAX)
               : rc;
}


/* The table of kinds gives an EC key one algorithm, which names its curve. */
static EVP_PKEY *
lp_jwk_public(const lp_jwk_t *key, const json_t *object, const char *pointer,
              lp_error_t *err)
{
    unsigned alg;

    if (key->algorithms & LP_ALG_RSA) {
        return lp_jwk_rsa(object, pointer, err);
    }

    if (key->algorithms & LP_ALG_BIT(LP_ALG_EDDSA)) {
        return lp_jwk_ed25519(object, pointer, err);
    }

    for (alg = 0; (key->algorithms & LP_ALG_BIT(alg)) == 0; alg++) {
        /* void */
    }

    return lp_jwk_ec(object, (lp_alg_t) alg, pointer, err);
}


/*
 * Who publishes a private key is told so rather than believed: it must be
 * taken for stolen, and any token that it signed for forged.
 */
static int
lp_jwk_read_public(lp_jwk_t *key, const json_t *object, const char *pointer,
                   lp_error_t *err)
{
    int       rc;
    unsigned  alg;
    EVP_PKEY *pkey;

    if (json_object_get(object, "d") != NULL) {
        return lp_error(err, pointer,
                        "allowed: a public key, without \"d\" and what "
                        "else is private");
    }

    pkey = lp_jwk_public(key, object, pointer, err);

    if (pkey == NULL) {
        return LP_INVALID;
    }

    /* each verifier has a reference of its own to the key */
    for (rc = LP_OK, alg = 0; alg < LP_ALGS; alg++) {

        if ((key->algorithms & LP_ALG_BIT(alg)) == 0) {
            continue;
        }

        key->verifiers[alg] = lp_verifier_create((lp_alg_t) alg, pkey);

        if (key->verifiers[alg] == NULL) {
            rc = lp_error(err, pointer, "OpenSSL cannot verify %s",
                          lp_alg_name((lp_alg_t) alg));
        }
    }

    EVP_PKEY_free(pkey);

    return rc;
}


/*
 * What is not meant for us is looked at no further: a set may hold keys for
 * encryption in forms that we do not know.
 */
int
lp_jwk_read(lp_jwk_t *key, const json_t *object, uint32_t algorithms,
            const char *pointer, lp_error_t *err)
{
    int rc;

    memset(key, 0, sizeof(lp_jwk_t));

    if (!json_is_object(object)) {
        return lp_error(err, pointer, "allowed: an object");
    }

    key->algorithms = lp_jwk_algorithms(object) & algorithms;

    if (key->algorithms == 0 || !lp_jwk_verifies(object)) {
        return LP_JWK_UNUSED;
    }

    rc = lp_jwk_read_kid(key, object, pointer, err);

    if (rc == LP_OK) {
        rc = key->algorithms & LP_ALG_SYMMETRIC
                 ? lp_jwk_read_secret(key, object, pointer, err)
                 : lp_jwk_read_public(key, object, pointer, err);
    }

    if (rc != LP_OK) {
        lp_jwk_free(key);
    }

    return rc;
}


void
lp_jwk_free(lp_jwk_t *key)
{
    unsigned alg;

    for (alg = 0; alg < LP_ALGS; alg++) {
        lp_verifier_free(key->verifiers[alg]);
        key->verifiers[alg] = NULL;
    }
}
