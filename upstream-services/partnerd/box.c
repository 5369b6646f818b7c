/*
 * AES-256-GCM over short data: libsodium's, which needs no context, where the
 * processor has instructions for it, and OpenSSL's elsewhere.  Both wipe what
 * they made of the key.
 */

#include <string.h>
#include <sodium.h>
#include <openssl/evp.h>

#include "box.h"
#include "draw.h"


/* ---- with libsodium ---- */

static int
pd_box_quick(void)
{
    static int ready;

    if (!ready) {
        ready = sodium_init() >= 0;
    }

    return ready && crypto_aead_aes256gcm_is_available();
}


static int
pd_box_quick_seal(const uint8_t *key, const char *context, const void *data,
                  size_t len, uint8_t *box)
{
    return crypto_aead_aes256gcm_encrypt_detached(
        box + PD_BOX_HEAD, box + PD_BOX_NONCE, NULL, data, len,
        (const uint8_t *) context, strlen(context), NULL, box, key);
}


static int
pd_box_quick_open(const uint8_t *key, const char *context, const uint8_t *box,
                  size_t len, uint8_t *data)
{
    return crypto_aead_aes256gcm_decrypt_detached(
        data, NULL, box + PD_BOX_HEAD, len - PD_BOX_HEAD, box + PD_BOX_NONCE,
        (const uint8_t *) context, strlen(context), box, key);
}


/* ---- with OpenSSL ---- */

/* Fetched once, for the process: EVP_aes_256_gcm() would have it looked for
 * again at each box (crypto(7), "Performance"). */
static const EVP_CIPHER *
pd_box_cipher(void)
{
    static EVP_CIPHER *cipher;

    if (cipher == NULL) {
        cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    }

    return cipher;
}


/* The context is authenticated and not encrypted (NIST SP 800-38D); the nonce
 * stands in the box already. */
static int
pd_box_encrypt(EVP_CIPHER_CTX *ctx, const uint8_t *key, const char *context,
               const void *data, size_t len, uint8_t *box)
{
    int n;

    return EVP_EncryptInit_ex(ctx, pd_box_cipher(), NULL, key, box) == 1
                   && EVP_EncryptUpdate(ctx, NULL, &n,
                                        (const uint8_t *) context,
                                        (int) strlen(context))
                          == 1
                   && EVP_EncryptUpdate(ctx, box + PD_BOX_HEAD, &n, data,
                                        (int) len)
                          == 1
                   && EVP_EncryptFinal_ex(ctx, box + PD_BOX_HEAD + n, &n) == 1
                   && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG,
                                          PD_BOX_TAG, box + PD_BOX_NONCE)
                          == 1
               ? 0
               : -1;
}


/* The tag is known before the first byte is opened, and checked behind the
 * last. */
static int
pd_box_decrypt(EVP_CIPHER_CTX *ctx, const uint8_t *key, const char *context,
               const uint8_t *box, size_t len, uint8_t *data)
{
    int n;

    return EVP_DecryptInit_ex(ctx, pd_box_cipher(), NULL, key, box) == 1
                   && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG,
                                          PD_BOX_TAG,
                                          (void *) (box + PD_BOX_NONCE))
                          == 1
                   && EVP_DecryptUpdate(ctx, NULL, &n,
                                        (const uint8_t *) context,
                                        (int) strlen(context))
                          == 1
                   && EVP_DecryptUpdate(ctx, data, &n, box + PD_BOX_HEAD,
                                        (int) (len - PD_BOX_HEAD))
                          == 1
                   && EVP_DecryptFinal_ex(ctx, data + n, &n) == 1
               ? 0
               : -1;
}


/* ---- with either ---- */

/*
 * A new nonce each time: under one key the same data never gives the same box
 * twice.
 */
int
pd_box_seal(const uint8_t key[PD_BOX_KEY], const char *context,
            const void *data, size_t len, uint8_t *box)
{
    int             rc;
    EVP_CIPHER_CTX *ctx;

    if (len > PD_BOX_MAX || pd_draw(box, PD_BOX_NONCE) != 0) {
        return -1;
    }

    if (pd_box_quick()) {
        return pd_box_quick_seal(key, context, data, len, box);
    }

    ctx = EVP_CIPHER_CTX_new();
    rc = ctx == NULL ? -1 : pd_box_encrypt(ctx, key, context, data, len, box);
    EVP_CIPHER_CTX_free(ctx);

    return rc;
}


/* The length is the file's or the column's, and so not to be trusted. */
int
pd_box_open(const uint8_t key[PD_BOX_KEY], const char *context,
            const uint8_t *box, size_t len, void *data)
{
    int             rc;
    EVP_CIPHER_CTX *ctx;

    if (len < PD_BOX_HEAD || len > PD_BOX_HEAD + PD_BOX_MAX) {
        return -1;
    }

    if (pd_box_quick()) {
        return pd_box_quick_open(key, context, box, len, data);
    }

    ctx = EVP_CIPHER_CTX_new();
    rc = ctx == NULL ? -1 : pd_box_decrypt(ctx, key, context, box, len, data);
    EVP_CIPHER_CTX_free(ctx);

    return rc;
}
