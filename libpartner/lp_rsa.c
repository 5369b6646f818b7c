/*
 * Raises a signature to the power of 65537 and compares it with the one
 * encoding that the digest has.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "lp_rsa.h"


#define LP_RSA_EXPONENT 65537 /* 2^16 + 1 */
#define LP_RSA_SQUARES  16
#define LP_RSA_MAX      1024 /* bytes of a modulus */
#define LP_RSA_PADDING  8    /* bytes of it that there are at least */

#define LP_RSA_INFO_LEN 19 /* bytes before the digest */


struct lp_rsa_s {
    size_t       size;   /* bytes of the modulus, and of each signature */
    int          digest; /* bytes */
    BN_CTX      *ctx;
    BN_MONT_CTX *mont;
    BIGNUM      *n;
    BIGNUM      *frame; /* the encoding of a digest of zeros */
    BIGNUM      *s;
    BIGNUM      *power;
    BIGNUM      *encoded;
};

typedef struct {
    int     digest;
    uint8_t info[LP_RSA_INFO_LEN];
} lp_rsa_scheme_t;

/* DigestInfo up to the digest (RFC 8017, section 9.2, note 1). */
/* clang-format off */
static const lp_rsa_scheme_t lp_rsa_schemes[LP_ALGS] = {
    [LP_ALG_RS256] = { 32, { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
                             0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
                             0x00, 0x04, 0x20 } },
    [LP_ALG_RS384] = { 48, { 0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
                             0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05,
                             0x00, 0x04, 0x30 } },
    [LP_ALG_RS512] = { 64, { 0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
                             0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05,
                             0x00, 0x04, 0x40 } },
};
/* clang-format on */


/* 00 01 ff ... ff 00, what names the hash, and room for the digest. */
static BIGNUM *
lp_rsa_frame(const lp_rsa_scheme_t *scheme, size_t size)
{
    size_t  info;
    uint8_t em[LP_RSA_MAX];

    info = size - (size_t) scheme->digest - LP_RSA_INFO_LEN;

    memset(em, 0xff, info);
    em[0] = 0x00;
    em[1] = 0x01;
    em[info - 1] = 0x00;
    memcpy(em + info, scheme->info, LP_RSA_INFO_LEN);
    memset(em + info + LP_RSA_INFO_LEN, 0, (size_t) scheme->digest);

    return BN_bin2bn(em, (int) size, NULL);
}


/* 1 when this key can be served here. */
static int
lp_rsa_prepare(lp_rsa_t *rsa, const lp_rsa_scheme_t *scheme, EVP_PKEY *key)
{
    int     usual;
    BIGNUM *e;

    e = NULL;
    usual = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &rsa->n) == 1
            && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1
            && BN_is_word(e, LP_RSA_EXPONENT) && BN_is_odd(rsa->n);
    BN_free(e);

    if (!usual) {
        return 0;
    }

    rsa->size = (size_t) BN_num_bytes(rsa->n);

    if (rsa->size > LP_RSA_MAX
        || rsa->size < (size_t) scheme->digest + LP_RSA_INFO_LEN
                           + LP_RSA_PADDING + 3) {
        return 0;
    }

    rsa->digest = scheme->digest;
    rsa->ctx = BN_CTX_new();
    rsa->mont = BN_MONT_CTX_new();
    rsa->frame = lp_rsa_frame(scheme, rsa->size);
    rsa->s = BN_new();
    rsa->power = BN_new();
    rsa->encoded = BN_new();

    return rsa->ctx != NULL && rsa->mont != NULL && rsa->frame != NULL
           && rsa->s != NULL && rsa->power != NULL && rsa->encoded != NULL
           && BN_MONT_CTX_set(rsa->mont, rsa->n, rsa->ctx) == 1;
}


lp_rsa_t *
lp_rsa_create(lp_alg_t alg, EVP_PKEY *key)
{
    lp_rsa_t *rsa;

    if (lp_rsa_schemes[alg].digest == 0
        || EVP_default_properties_is_fips_enabled(NULL)) {
        return NULL;
    }

    rsa = calloc(1, sizeof(lp_rsa_t));

    if (rsa == NULL || !lp_rsa_prepare(rsa, &lp_rsa_schemes[alg], key)) {
        lp_rsa_free(rsa);
        ERR_clear_error();
        return NULL;
    }

    return rsa;
}


void
lp_rsa_free(lp_rsa_t *rsa)
{
    if (rsa == NULL) {
        return;
    }

    BN_free(rsa->n);
    BN_free(rsa->frame);
    BN_free(rsa->s);
    BN_free(rsa->power);
    BN_free(rsa->encoded);
    BN_MONT_CTX_free(rsa->mont);
    BN_CTX_free(rsa->ctx);
    free(rsa);
}


/*
 * s to the power of 65537.  In Montgomery's form a number stands multiplied by
 * R, and each product is divided by it: one factor in plain form, the last,
 * leaves the result plain.
 */
static int
lp_rsa_raise(lp_rsa_t *rsa)
{
    int     i;
    BIGNUM *power;

    power = rsa->power;

    if (BN_to_montgomery(power, rsa->s, rsa->mont, rsa->ctx) != 1) {
        return 0;
    }

    for (i = 0; i < LP_RSA_SQUARES; i++) {
        if (BN_mod_mul_montgomery(power, power, power, rsa->mont, rsa->ctx)
            != 1) {
            return 0;
        }
    }

    return BN_mod_mul_montgomery(power, power, rsa->s, rsa->mont, rsa->ctx);
}


/*
 * The digest is encoded and compared, never taken out of what the signature
 * gives: there is no padding to be read in two ways.
 */
int
lp_rsa_check(lp_rsa_t *rsa, const uint8_t *digest, const uint8_t *signature,
             size_t signature_len)
{
    return signature_len == rsa->size
           && BN_bin2bn(signature, (int) signature_len, rsa->s) != NULL
           && BN_ucmp(rsa->s, rsa->n) < 0 && lp_rsa_raise(rsa)
           && BN_bin2bn(digest, rsa->digest, rsa->encoded) != NULL
           && BN_uadd(rsa->encoded, rsa->encoded, rsa->frame) == 1
           && BN_ucmp(rsa->power, rsa->encoded) == 0;
}
