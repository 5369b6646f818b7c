/*
 * Verifies signatures with contexts that are made once for each key: OpenSSL 3
 * takes microseconds to look an algorithm up by name.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "lp_ecdsa.h"
#include "lp_error.h"
#include "lp_rsa.h"
#include "lp_verifier.h"


struct lp_verifier_s {
    lp_alg_t      alg;
    EVP_PKEY     *key;
    lp_rsa_t     *rsa; /* verifies a digest; NULL: ctx does */
    EVP_PKEY_CTX *ctx;
    EVP_MD       *md;   /* of that digest */
    EVP_MD_CTX   *hash; /* makes it; for EdDSA it is all there is */
    EVP_MAC_CTX  *mac;  /* HMAC, its key set */
};

static const char *const lp_verifier_digests[LP_ALGS]
    = { [LP_ALG_HS256] = "SHA256", [LP_ALG_HS384] = "SHA384",
        [LP_ALG_HS512] = "SHA512", [LP_ALG_RS256] = "SHA256",
        [LP_ALG_RS384] = "SHA384", [LP_ALG_RS512] = "SHA512",
        [LP_ALG_PS256] = "SHA256", [LP_ALG_PS384] = "SHA384",
        [LP_ALG_PS512] = "SHA512", [LP_ALG_ES256] = "SHA256",
        [LP_ALG_ES384] = "SHA384", [LP_ALG_ES512] = "SHA512" };


/* PKCS #1 v1.5 and PSS, in the order of lp_alg_t. */
static int
lp_verifier_is_rsa(const lp_verifier_t *v)
{
    return v->alg >= LP_ALG_RS256 && v->alg <= LP_ALG_PS512;
}


static int
lp_verifier_is_ecdsa(const lp_verifier_t *v)
{
    return v->alg >= LP_ALG_ES256 && v->alg <= LP_ALG_ES512;
}


/* PS* has a salt as long as its digest (RFC 7518, section 3.5). */
static int
lp_verifier_set_padding(lp_verifier_t *v)
{
    if (v->alg < LP_ALG_PS256) {
        return EVP_PKEY_CTX_set_rsa_padding(v->ctx, RSA_PKCS1_PADDING) == 1;
    }

    return EVP_PKEY_CTX_set_rsa_padding(v->ctx, RSA_PKCS1_PSS_PADDING) == 1
           && EVP_PKEY_CTX_set_rsa_mgf1_md(v->ctx, v->md) == 1
           && EVP_PKEY_CTX_set_rsa_pss_saltlen(v->ctx, RSA_PSS_SALTLEN_DIGEST)
                  == 1;
}


/*
 * Our own RSA, where the key is fit for it, or else OpenSSL's: then the
 * padding and the digest are set once, and the context verifies again and
 * again.
 */
static int
lp_verifier_prepare_digest(lp_verifier_t *v)
{
    v->md = EVP_MD_fetch(NULL, lp_verifier_digests[v->alg], NULL);

    if (v->md == NULL || EVP_DigestInit_ex2(v->hash, v->md, NULL) != 1) {
        return 0;
    }

    v->rsa = lp_rsa_create(v->alg, v->key);

    if (v->rsa != NULL) {
        return 1;
    }

    v->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, v->key, NULL);

    return v->ctx != NULL && EVP_PKEY_verify_init(v->ctx) == 1
           && (!lp_verifier_is_rsa(v) || lp_verifier_set_padding(v))
           && EVP_PKEY_CTX_set_signature_md(v->ctx, v->md) == 1;
}


/* Ed25519 hashes for itself (RFC 8032), so there is no digest to prepare. */
static int
lp_verifier_prepare_eddsa(lp_verifier_t *v)
{
    return EVP_DigestVerifyInit_ex(v->hash, NULL, NULL, NULL, NULL, v->key,
                                   NULL)
           == 1;
}


/*
 * A context that fails leaves errors in OpenSSL's queue, where the next caller
 * would take them for its own.
 */
lp_verifier_t *
lp_verifier_create(lp_alg_t alg, EVP_PKEY *key)
{
    int            ok;
    lp_verifier_t *v;

    v = calloc(1, sizeof(lp_verifier_t));

    if (v == NULL || EVP_PKEY_up_ref(key) != 1) {
        free(v);
        return NULL;
    }

    v->alg = alg;
    v->key = key;
    v->hash = EVP_MD_CTX_new();

    ok = v->hash != NULL
         && (alg == LP_ALG_EDDSA ? lp_verifier_prepare_eddsa(v)
                                 : lp_verifier_prepare_digest(v));

    if (!ok) {
        lp_verifier_free(v);
        ERR_clear_error();
        return NULL;
    }

    return v;
}


/* The context copies the secret, and holds the algorithm by a reference. */
lp_verifier_t *
lp_verifier_create_hmac(lp_alg_t alg, const uint8_t *secret, size_t len)
{
    EVP_MAC       *mac;
    OSSL_PARAM     params[2];
    lp_verifier_t *v;

    v = calloc(1, sizeof(lp_verifier_t));
    mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    if (v == NULL || mac == NULL) {
        free(v);
        EVP_MAC_free(mac);
        return NULL;
    }

    v->alg = alg;
    v->mac = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);

    params[0] = OSSL_PARAM_construct_utf8_string(
        OSSL_MAC_PARAM_DIGEST, (char *) (uintptr_t) lp_verifier_digests[alg],
        0);
    params[1] = OSSL_PARAM_construct_end();

    if (v->mac == NULL || EVP_MAC_init(v->mac, secret, len, params) != 1) {
        lp_verifier_free(v);
        ERR_clear_error();
        return NULL;
    }

    return v;
}


void
lp_verifier_free(lp_verifier_t *v)
{
    if (v == NULL) {
        return;
    }

    EVP_MAC_CTX_free(v->mac);
    EVP_MD_CTX_free(v->hash);
    EVP_MD_free(v->md);
    lp_rsa_free(v->rsa);
    EVP_PKEY_CTX_free(v->ctx);
    EVP_PKEY_free(v->key);
    free(v);
}


/* Without a key the context begins anew with its own. */
static int
lp_verifier_hmac(lp_verifier_t *v, const void *data, size_t len,
                 const uint8_t *signature, size_t signature_len)
{
    size_t  n;
    uint8_t expected[EVP_MAX_MD_SIZE];

    return EVP_MAC_init(v->mac, NULL, 0, NULL) == 1
           && EVP_MAC_update(v->mac, data, len) == 1
           && EVP_MAC_final(v->mac, expected, &n, sizeof(expected)) == 1
           && n == signature_len && CRYPTO_memcmp(expected, signature, n) == 0;
}


static int
lp_verifier_eddsa(lp_verifier_t *v, const void *data, size_t len,
                  const uint8_t *signature, size_t signature_len)
{
    int ok;

    ok = EVP_DigestVerify(v->hash, signature, signature_len, data, len) == 1;

    /* a context verifies once, then it has to be told of its key again */
    EVP_MD_CTX_reset(v->hash);

    return lp_verifier_prepare_eddsa(v) && ok;
}


static int
lp_verifier_digest(lp_verifier_t *v, const void *data, size_t len,
                   const uint8_t *signature, size_t signature_len)
{
    size_t   der_len;
    uint8_t  der[LP_ECDSA_DER_LEN], digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;

    /*
     * a JWS has r and s side by side (RFC 7518, section 3.4), OpenSSL wants
     * them in DER
     */
    if (lp_verifier_is_ecdsa(v)) {

        if (lp_ecdsa_to_der(v->alg, signature, signature_len, der, &der_len)
            != LP_OK) {
            return 0;
        }

        signature = der;
        signature_len = der_len;
    }

    if (EVP_DigestInit_ex2(v->hash, NULL, NULL) != 1
        || EVP_DigestUpdate(v->hash, data, len) != 1
        || EVP_DigestFinal_ex(v->hash, digest, &digest_len) != 1) {
        return 0;
    }

    if (v->rsa != NULL) {
        return lp_rsa_check(v->rsa, digest, signature, signature_len);
    }

    return EVP_PKEY_verify(v->ctx, signature, signature_len, digest,
                           digest_len)
           == 1;
}


/*
 * A signature of the wrong length is a wrong one and no error: the token
 * decides about it, and its sender may write what he likes.
 */
int
lp_verifier_check(lp_verifier_t *v, const void *data, size_t len,
                  const uint8_t *signature, size_t signature_len)
{
    int ok;

    if (v->mac != NULL) {
        ok = lp_verifier_hmac(v, data, len, signature, signature_len);

    } else if (v->alg == LP_ALG_EDDSA) {
        ok = lp_verifier_eddsa(v, data, len, signature, signature_len);

    } else {
        ok = lp_verifier_digest(v, data, len, signature, signature_len);
    }

    if (!ok) {

        /* what OpenSSL noted is nobody else's error */
        ERR_clear_error();
    }

    return ok;
}
