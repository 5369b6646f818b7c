/*
 * Seals and opens short secrets.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "box.h"
#include "seal.h"


static char pd_seal_info[] = "partnerd sealed answer";


static int
pd_seal_key(const char *phrase, const char *salt, uint8_t key[PD_BOX_KEY])
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
    rc = ctx != NULL && EVP_KDF_derive(ctx, key, PD_BOX_KEY, params) == 1 ? 0
                                                                          : -1;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);

    return rc;
}


int
pd_seal(const char *phrase, const char *salt, const char *secret,
        char out[PD_SEAL_TEXT + 1])
{
    int     rc;
    size_t  len;
    uint8_t key[PD_BOX_KEY], box[PD_BOX_HEAD + PD_SEAL_SECRET];

    len = strlen(secret);

    if (len > PD_SEAL_SECRET || pd_seal_key(phrase, salt, key) != 0) {
        return -1;
    }

    rc = pd_box_seal(key, "", secret, len, box);
    OPENSSL_cleanse(key, sizeof(key));

    return rc == 0
                   && OPENSSL_buf2hexstr_ex(out, PD_SEAL_TEXT + 1, NULL, box,
                                            PD_BOX_HEAD + len, '\0')
                          == 1
               ? 0
               : -1;
}


int
pd_unseal(const char *phrase, const char *salt, const char *text,
          char secret[PD_SEAL_SECRET + 1])
{
    int     rc;
    size_t  len;
    uint8_t key[PD_BOX_KEY], box[PD_BOX_HEAD + PD_SEAL_SECRET];

    if (OPENSSL_hexstr2buf_ex(box, sizeof(box), &len, text, '\0') != 1
        || len < PD_BOX_HEAD || pd_seal_key(phrase, salt, key) != 0) {
        return -1;
    }

    rc = pd_box_open(key, "", box, len, secret);
    secret[len - PD_BOX_HEAD] = '\0';
    OPENSSL_cleanse(key, sizeof(key));

    return rc;
}
