/*
 * Makes API keys from OpenSSL's generator.
 */

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "lp_error.h"
#include "mint.h"


int
pd_mint(pd_minted_t *m, lp_peppers_t *peppers)
{
    uint8_t entropy[LP_KEY_ENTROPY], digest[LP_DIGEST_LEN];

    memset(m, 0, sizeof(*m));

    if (RAND_priv_bytes(entropy, sizeof(entropy)) != 1) {
        return -1;
    }

    lp_key_encode(entropy, m->key);
    OPENSSL_cleanse(entropy, sizeof(entropy));

    if (lp_peppers_digest(peppers, 0, m->key, LP_KEY_LEN, digest) != LP_OK) {
        pd_minted_wipe(m);
        return -1;
    }

    lp_digest_to_hex(digest, m->digest);
    memcpy(m->prefix, m->key, LP_KEY_PREFIX_LEN);
    (void) stpcpy(m->pepper, lp_peppers_name(peppers, 0));

    return 0;
}


void
pd_minted_wipe(pd_minted_t *m)
{
    OPENSSL_cleanse(m, sizeof(*m));
}
