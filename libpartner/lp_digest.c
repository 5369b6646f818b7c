/*
 * SHA-256 digests: computed, compared, written and read.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "lp_digest.h"
#include "lp_error.h"
#include "lp_hex.h"


struct lp_digest_s {
    EVP_MD     *md;
    EVP_MD_CTX *ctx;
};


/* OpenSSL 3 looks an EVP_sha256() up anew on each use; a fetched one not. */
lp_digest_t *
lp_digest_create(void)
{
    lp_digest_t *d;

    d = calloc(1, sizeof(lp_digest_t));

    if (d == NULL) {
        return NULL;
    }

    d->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    d->ctx = EVP_MD_CTX_new();

    if (d->md == NULL || d->ctx == NULL
        || EVP_DigestInit_ex2(d->ctx, d->md, NULL) != 1) {
        lp_digest_free(d);
        return NULL;
    }

    return d;
}


void
lp_digest_free(lp_digest_t *d)
{
    if (d == NULL) {
        return;
    }

    EVP_MD_CTX_free(d->ctx);
    EVP_MD_free(d->md);
    free(d);
}


int
lp_digest_sha256(lp_digest_t *d, const void *data, size_t len,
                 uint8_t out[LP_DIGEST_LEN])
{
    /* Without an algorithm the context starts anew with its own. */
    if (EVP_DigestInit_ex2(d->ctx, NULL, NULL) != 1
        || EVP_DigestUpdate(d->ctx, data, len) != 1
        || EVP_DigestFinal_ex(d->ctx, out, NULL) != 1) {
        memset(out, 0, LP_DIGEST_LEN);
        return LP_INVALID;
    }

    return LP_OK;
}


int
lp_digest_once(const void *data, size_t len, uint8_t out[LP_DIGEST_LEN])
{
    int          rc;
    lp_digest_t *d;

    d = lp_digest_create();

    if (d == NULL) {
        memset(out, 0, LP_DIGEST_LEN);
        return LP_INVALID;
    }

    rc = lp_digest_sha256(d, data, len, out);
    lp_digest_free(d);

    return rc;
}


/*
 * libsodium's has one length and no branch on the bytes: how long it takes
 * tells nothing of how many of them agree.
 */
int
lp_digest_equal(const uint8_t a[LP_DIGEST_LEN], const uint8_t b[LP_DIGEST_LEN])
{
    return crypto_verify_32(a, b) == 0;
}


void
lp_digest_to_hex(const uint8_t digest[LP_DIGEST_LEN], char out[LP_DIGEST_HEX])
{
    lp_hex_write(out, digest, LP_DIGEST_LEN);
}


int
lp_digest_from_hex(const char *hex, size_t len, uint8_t out[LP_DIGEST_LEN])
{
    int      high, low;
    unsigned i;

    if (len != LP_DIGEST_HEX) {
        return LP_INVALID;
    }

    for (i = 0; i < LP_DIGEST_LEN; i++) {
        high = lp_hex_digit(hex[2 * i]);
        low = lp_hex_digit(hex[2 * i + 1]);

        if (high < 0 || low < 0) {
            return LP_INVALID;
        }

        out[i] = (uint8_t) (high << 4 | low);
    }

    return LP_OK;
}
