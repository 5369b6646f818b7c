/*
 * partnerd's signer: what OpenSSL verifies, and files that are refused.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>
#include <openssl/pem.h>

#include "unit.h"
#include "lp_base64url.h"
#include "signer.h"


static char path[] = "/tmp/test_signer.XXXXXX";


static void
write_keys(mode_t mode, EVP_PKEY *first, EVP_PKEY *second)
{
    FILE *out;

    out = fopen(path, "w");
    assert_non_null(out);

    if (first != NULL) {
        assert_true(
            PEM_write_PrivateKey(out, first, NULL, NULL, 0, NULL, NULL));
    }

    if (second != NULL) {
        assert_true(
            PEM_write_PrivateKey(out, second, NULL, NULL, 0, NULL, NULL));
    }

    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
}


static size_t
decoded(const char *text, size_t len, uint8_t *out)
{
    size_t n;

    assert_int_equal(lp_base64url_decode(text, len, out, &n), LP_OK);

    return n;
}


static void
test_signs(void **state)
{
    char       *jws, *dot;
    size_t      len;
    uint8_t     text[256], signature[80];
    EVP_PKEY   *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY   *ec = EVP_EC_gen("P-256");
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    json_t     *set;
    lp_error_t  err;
    pd_signer_t s;

    (void) state;

    write_keys(0600, ed, ec);
    assert_int_equal(pd_signer_load(&s, path, &err), LP_OK);
    set = json_loads(s.jwks, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_array_size(json_object_get(set, "keys")), 2);
    json_decref(set);

    jws = pd_signer_sign(&s, "{\"a\": 1}");
    assert_non_null(jws);

    dot = strrchr(jws, '.');
    len = decoded(dot + 1, strlen(dot + 1), signature);
    assert_int_equal(len, 64);
    assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, ed), 1);
    assert_int_equal(EVP_DigestVerify(ctx, signature, len,
                                      (const uint8_t *) jws,
                                      (size_t) (dot - jws)),
                     1);

    *dot = '\0';
    dot = strchr(jws, '.');
    len = decoded(dot + 1, strlen(dot + 1), text);
    assert_int_equal(len, 8);
    assert_memory_equal(text, "{\"a\": 1}", 8);

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(ed);
    EVP_PKEY_free(ec);
    free(jws);
    pd_signer_free(&s);
}


/* RFC 8037, appendix A.3: the thumbprint of its key. */
static void
test_name(void **state)
{
    EVP_PKEY   *key;
    lp_error_t  err;
    pd_signer_t s;

    static const uint8_t secret[] = {
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
        0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
        0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    };

    (void) state;

    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret,
                                       sizeof(secret));
    write_keys(0600, key, NULL);
    assert_int_equal(pd_signer_load(&s, path, &err), LP_OK);
    assert_non_null(
        strstr(s.jwks, "\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\""));
    EVP_PKEY_free(key);
    pd_signer_free(&s);
}


static void
refused(const char *why)
{
    lp_error_t  err;
    pd_signer_t s;

    assert_int_equal(pd_signer_load(&s, path, &err), LP_INVALID);
    assert_non_null(strstr(err.text, why));
    assert_null(s.key);
}


static void
test_refused(void **state)
{
    EVP_PKEY   *ec = EVP_EC_gen("P-256");
    EVP_PKEY   *other = EVP_EC_gen("P-384");
    EVP_PKEY   *rsa = EVP_RSA_gen(2048);
    FILE       *out;
    lp_error_t  err;
    pd_signer_t s;

    (void) state;

    write_keys(0604, ec, NULL);
    refused("is open to others");
    write_keys(0600, NULL, NULL);
    refused("allowed are");
    write_keys(0600, other, NULL);
    refused("allowed are");
    write_keys(0600, ec, rsa);
    refused("allowed are");

    write_keys(0600, ec, NULL);
    out = fopen(path, "a");
    assert_true(PEM_write_PrivateKey(out, ec, EVP_aes_128_cbc(),
                                     (const uint8_t *) "x", 1, NULL, NULL));
    assert_int_equal(fclose(out), 0);
    refused("allowed are");

    (void) unlink(path);
    refused("No such file");

    assert_int_equal(pd_signer_load(&s, "", &err), LP_OK);
    assert_null(s.key);
    assert_string_equal(s.jwks, "{\"keys\":[]}");
    pd_signer_free(&s);

    EVP_PKEY_free(ec);
    EVP_PKEY_free(other);
    EVP_PKEY_free(rsa);
}


int
main(void)
{
    int fd;

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_refused),
    };

    fd = mkstemp(path);

    if (fd == -1 || close(fd) == -1) {
        return 1;
    }

    return cmocka_run_group_tests(tests, NULL, NULL);
}
