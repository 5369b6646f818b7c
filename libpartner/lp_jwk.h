/*
 * A key that verifies tokens (RFC 7517): what kind it is, which algorithms it
 * may serve, and OpenSSL's form of it.  Parsed once.
 */

#ifndef LP_JWK_H
#define LP_JWK_H


#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include <openssl/evp.h>

#include "lp_error.h"
#include "lp_jws.h"
#include "lp_verifier.h"


#define LP_JWK_KID_LEN    255  /* bytes */
#define LP_JWK_RSA_MIN    2048 /* bits (RFC 7518, section 3.3) */
#define LP_JWK_RSA_MAX    8192 /* bits: beyond it a check costs too much */
#define LP_JWK_SECRET_MAX 1024 /* bytes */

#define LP_JWK_UNUSED                                                         \
    1 /* a key, but none that verifies with what is allowed */


typedef struct {
    char           kid[LP_JWK_KID_LEN + 1]; /* "" when it has none */
    size_t         kid_len;
    uint32_t       algorithms; /* LP_ALG_BIT of each it may serve */
    lp_verifier_t *verifiers[LP_ALGS];
} lp_jwk_t;


/*
 * Reads a key for any of `algorithms`.  LP_OK, LP_JWK_UNUSED (its type, curve,
 * `use`, `key_ops` or `alg` is for something else), or LP_INVALID with `err`
 * relative to `pointer`.  After LP_OK the caller frees it.
 */
int lp_jwk_read(lp_jwk_t *key, const json_t *object, uint32_t algorithms,
                const char *pointer, lp_error_t *err);

void lp_jwk_free(lp_jwk_t *key);


#endif
