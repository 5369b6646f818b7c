/*
 * One key together with the one algorithm it is used with, ready to verify:
 * what OpenSSL can prepare was prepared when it was made.
 */

#ifndef LP_VERIFIER_H
#define LP_VERIFIER_H


#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "lp_jws.h"


typedef struct lp_verifier_s lp_verifier_t;


/*
 * Takes a reference of its own to the key, which must be of the algorithm's
 * kind.  NULL: OpenSSL has not what it takes.
 */
lp_verifier_t *lp_verifier_create(lp_alg_t alg, EVP_PKEY *key);

/* The same for HS256 to HS512, with a copy of the secret. */
lp_verifier_t *lp_verifier_create_hmac(lp_alg_t alg, const uint8_t *secret,
                                       size_t len);

void lp_verifier_free(lp_verifier_t *v);

/*
 * 1 when the signature is that of the data, else 0.  The time it takes tells
 * nothing of a right HMAC.  For one thread at a time.
 */
int lp_verifier_check(lp_verifier_t *v, const void *data, size_t len,
                      const uint8_t *signature, size_t signature_len);


#endif
