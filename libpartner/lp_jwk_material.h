/*
 * From the members of a JWK to OpenSSL's form of the key (RFC 7518, section 6;
 * RFC 8037, section 2).
 */

#ifndef LP_JWK_MATERIAL_H
#define LP_JWK_MATERIAL_H


#include "lp_jwk.h"


#define LP_JWK_BYTES      (LP_JWK_RSA_MAX / 8) /* of the longest member */
#define LP_JWK_CHARACTERS ((LP_JWK_BYTES * 4 + 2) / 3) /* in base64url */


/*
 * The bytes of a member in base64url.  LP_INVALID and `err` when it is not
 * there, not of base64url, or not of min to max bytes.
 */
int lp_jwk_member(const json_t *object, const char *name, size_t min,
                  size_t max, uint8_t out[LP_JWK_BYTES + 2], size_t *len,
                  const char *pointer, lp_error_t *err);

/* Each gives a key that the caller frees, or NULL with `err`. */
EVP_PKEY *lp_jwk_rsa(const json_t *object, const char *pointer,
                     lp_error_t *err);
EVP_PKEY *lp_jwk_ec(const json_t *object, lp_alg_t alg, const char *pointer,
                    lp_error_t *err);
EVP_PKEY *lp_jwk_ed25519(const json_t *object, const char *pointer,
                         lp_error_t *err);


#endif
