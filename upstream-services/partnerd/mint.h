/*
 * Makes API keys.
 */

#ifndef PD_MINT_H
#define PD_MINT_H


#include "lp_digest.h"
#include "lp_key.h"
#include "lp_pepper.h"


/* Wiped by pd_minted_wipe() once it was shown. */
typedef struct {
    char key[LP_KEY_LEN + 1];
    char digest[LP_DIGEST_HEX + 1];
    char prefix[LP_KEY_PREFIX_LEN + 1];
    char pepper[LP_PEPPER_NAME + 1]; /* name of that of the digest */
} pd_minted_t;


/*
 * Digested under the first of `peppers`.  -1 when OpenSSL has no randomness or
 * no digest to give.
 */
int pd_mint(pd_minted_t *m, lp_peppers_t *peppers);

/* For a verb: under the peppers of the file `path`, as pd_pepper_load() takes
 * it.  -1: it was logged why. */
int  pd_mint_for(const char *verb, const char *path, pd_minted_t *m);
void pd_minted_wipe(pd_minted_t *m);


#endif
