/*
 * Seals a short secret under a phrase that only the caller has: AES-256-GCM
 * with a key that HKDF (RFC 5869) makes of it.
 */

#ifndef PD_SEAL_H
#define PD_SEAL_H


#define PD_SEAL_SECRET 127 /* characters of a secret at most */
#define PD_SEAL_TEXT   (2 * (12 + 16 + PD_SEAL_SECRET)) /* in hexadecimal */


/* `salt` keeps equal phrases of different callers apart.  -1: OpenSSL refuses,
 * or the secret is too long. */
int pd_seal(const char *phrase, const char *salt, const char *secret,
            char out[PD_SEAL_TEXT + 1]);

/* -1 when it was not sealed under this phrase and salt, or was changed. */
int pd_unseal(const char *phrase, const char *salt, const char *text,
              char secret[PD_SEAL_SECRET + 1]);


#endif
