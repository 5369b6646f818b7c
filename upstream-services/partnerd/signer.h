/*
 * Signs reports: JSON Web Signatures (RFC 7515) by keys of a file, the first of
 * which signs.  The public halves of all are told, so that what an earlier key
 * has signed can be verified.
 */

#ifndef PD_SIGNER_H
#define PD_SIGNER_H


#include <openssl/evp.h>

#include "lp_error.h"


typedef struct {
    EVP_PKEY *key;  /* NULL: nothing can be signed */
    char     *head; /* of every signature, in base64url */
    char     *jwks; /* JSON, never NULL once loaded */
} pd_signer_t;


/*
 * PEM: private keys of P-256 or Ed25519, one behind the other, in a file that
 * is closed to others.  An empty path: no key.  LP_INVALID: the error names the
 * file and what is allowed.
 */
int  pd_signer_load(pd_signer_t *s, const char *path, lp_error_t *err);
void pd_signer_free(pd_signer_t *s);

/* The compact form, which the caller frees; NULL: OpenSSL refuses. */
char *pd_signer_sign(const pd_signer_t *s, const char *payload);


#endif
