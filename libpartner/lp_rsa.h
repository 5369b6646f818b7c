/*
 * RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2) for keys of the usual exponent,
 * with OpenSSL's numbers: seven tenths of what EVP takes for the same.
 */

#ifndef LP_RSA_H
#define LP_RSA_H


#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "lp_jws.h"


/* A public key with one of RS256 to RS512; holds no reference to the former. */
typedef struct lp_rsa_s lp_rsa_t;


/*
 * NULL: another algorithm or exponent, a modulus that is not odd, or a machine
 * on which only a FIPS module may verify; then EVP has to do it.
 */
lp_rsa_t *lp_rsa_create(lp_alg_t alg, EVP_PKEY *key);
void      lp_rsa_free(lp_rsa_t *rsa);

/*
 * 1 when the signature is that of the digest, which has the length of the
 * algorithm's, else 0.  Nothing here is secret, so its time may differ.  For
 * one thread at a time.
 */
int lp_rsa_check(lp_rsa_t *rsa, const uint8_t *digest,
                 const uint8_t *signature, size_t signature_len);


#endif
