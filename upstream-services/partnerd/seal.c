/*
 * Seals and opens short secrets.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "seal.h"


#define PD_SEAL_KEY   32
#define PD_SEAL_NONCE 12
#define PD_SEAL_TAG   16
#define PD_SEAL_HEAD  (PD_SEAL_NONCE + PD_SEAL_TAG)

static char pd_seal_info[] = "partnerd sealed answer";


static int
pd_seal_key(const char *phrase, const char *salt, uint8_t key[PD_SEAL_KEY])
{
    int          rc;
    EVP_KDF     *kdf;
    OSSL_PARAM   params[5];
    EVP_KDF_CTX *ctx;

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                                 (char *) "SHA256", 0);
    params[1] = OSSL_PARAM_construct_octet_string(
        OSSL_KDF_PARAM_KEY, (char *) phrase, strlen(phrase));
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
                                                  (char *) salt, strlen(salt));
    params[3] = OSSL_PARAM_construct_octet_string(
        OSSL_KDF_PARAM_INFO, pd_seal_info, sizeof(pd_seal_info) - 1);
    params[4] = OSSL_PARAM_construct_end();

    kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    rc = ctx != NULL && EVP_KDF_derive(ctx, key, PD_SEAL_KEY, params) == 1
             ? 0
             : -1;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);

    return rc;
}


static int
pd_seal_encrypt(EVP_CIPHER_CTX *ctx, const uint8_t *key, const char *secret,
                uint8_t *box)
{
    int n;

    return EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, box) == 1
                   && EVP_EncryptUpdate(ctx, box + PD_SEAL_HEAD, &n,
                                        (const uint8_t *) secret,
                                        (int) strlen(secret))
                          == 1
                   && EVP_EncryptFinal_ex(ctx, box + PD_SEAL_HEAD + n, &n) == 1
                   && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG,
                                          PD_SEAL_TAG, box + PD_SEAL_NONCE)
                          == 1
               ? 0
               : -1;
}


static int
pd_seal_decrypt(EVP_CIPHER_CTX *ctx, const uint8_t *key, uint8_t *box,
                size_t len, char *secret)
{
    int n, last;

    if (EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, box) != 1
        || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, PD_SEAL_TAG,
                               box + PD_SEAL_NONCE)
               != 1
        || EVP_DecryptUpdate(ctx, (uint8_t *) secret, &n, box + PD_SEAL_HEAD,
                             (int) (len - PD_SEAL_HEAD))
               != 1
        || EVP_DecryptFinal_ex(ctx, (uint8_t *) secret + n, &last) != 1) {
        return -1;
    }

    secret[n + last] = '\0';

    return 0;
}


int
pd_seal(const char *phrase, const char *salt, const char *secret,
        char out[PD_SEAL_TEXT + 1])
{
    int             rc;
    size_t          len;
    uint8_t         key[PD_SEAL_KEY], box[PD_SEAL_HEAD + PD_SEAL_SECRET];
    EVP_CIPHER_CTX *ctx;

    len = strlen(secret);

    if (len > PD_SEAL_SECRET || RAND_bytes(box, PD_SEAL_NONCE) != 1
        || pd_seal_key(phrase, salt, key) != 0) {
        return -1;
    }

    ctx = EVP_CIPHER_CTX_new();
    rc = ctx == NULL ? -1 : pd_seal_encrypt(ctx, key, secret, box);
    EVP_CIPHER_CTX_free(ctx);
    OPENSSL_cleanse(key, sizeof(key));

    return rc == 0
                   && OPENSSL_buf2hexstr_ex(out, PD_SEAL_TEXT + 1, NULL, box,
                                            PD_SEAL_HEAD + len, '\0')
                          == 1
               ? 0
               : -1;
}


int
pd_unseal(const char *phrase, const char *salt, const char *text,
          char secret[PD_SEAL_SECRET + 1])
{
    int             rc;
    size_t          len;
    uint8_t         key[PD_SEAL_KEY], box[PD_SEAL_HEAD + PD_SEAL_SECRET];
    EVP_CIPHER_CTX *ctx;

    if (OPENSSL_hexstr2buf_ex(box, sizeof(box), &len, text, '\0') != 1
        || len < PD_SEAL_HEAD || pd_seal_key(phrase, salt, key) != 0) {
        return -1;
    }

    ctx = EVP_CIPHER_CTX_new();
    rc = ctx == NULL ? -1 : pd_seal_decrypt(ctx, key, box, len, secret);
    EVP_CIPHER_CTX_free(ctx);
    OPENSSL_cleanse(key, sizeof(key));

    return rc;
}
