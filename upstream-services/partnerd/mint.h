/*
 * Makes API keys.
 */

#ifndef PD_MINT_H
#define PD_MINT_H


#include "lp_digest.h"
#include "lp_key.h"


/* Wiped by pd_minted_wipe() once it was shown. */
typedef struct {
    char key[LP_KEY_LEN + 1];
    char digest[LP_DIGEST_HEX + 1];
    char prefix[LP_KEY_PREFIX_LEN + 1];
} pd_minted_t;


/* -1 when OpenSSL has no randomness or no SHA-256 to give. */
int  pd_mint(pd_minted_t *m);
void pd_minted_wipe(pd_minted_t *m);


#endif
