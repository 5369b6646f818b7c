/*
 * Makes API keys from OpenSSL's generator.
 */

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "lp_error.h"
#include "log.h"
#include "mint.h"
#include "pepper.h"


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


int
pd_mint_for(const char *verb, const char *path, pd_minted_t *m)
{
    int           rc;
    lp_error_t    err;
    lp_peppers_t *peppers;

    if (pd_pepper_load(&peppers, path, &err) != LP_OK) {
        pd_log(PD_ERROR, verb, "detail", err.text, NULL);
        return -1;
    }

    rc = pd_mint(m, peppers);
    lp_peppers_free(peppers);

    if (rc != 0) {
        pd_log(PD_ERROR, verb, "detail",
               "OpenSSL gives no randomness or no digest", NULL);
    }

    return rc;
}


void
pd_minted_wipe(pd_minted_t *m)
{
    OPENSSL_cleanse(m, sizeof(*m));
}
