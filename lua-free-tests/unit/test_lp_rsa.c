/*
 * RSASSA-PKCS1-v1_5 with OpenSSL's EVP as the judge: the same signatures are
 * good, and every encoding but the one is refused.
 */

#include "unit.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "lp_rsa.h"
#include "lp_verifier.h"


#define SIZE_MAX_BYTES 512

typedef struct {
    lp_alg_t    alg;
    const char *md;
    size_t      len;
} hash_t;

static const hash_t hashes[] = { { LP_ALG_RS256, "SHA256", 32 },
                                 { LP_ALG_RS384, "SHA384", 48 },
                                 { LP_ALG_RS512, "SHA512", 64 } };

/* The last is no number of whole bytes, and its first byte is small. */
static const unsigned sizes[] = { 2048, 2050 };

static EVP_PKEY *keys[UNIT_LEN(sizes)];


static int
setup(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < UNIT_LEN(sizes); i++) {
        keys[i] = EVP_RSA_gen(sizes[i]);

        if (keys[i] == NULL) {
            return -1;
        }
    }

    return 0;
}


static int
teardown(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < UNIT_LEN(sizes); i++) {
        EVP_PKEY_free(keys[i]);
    }

    return 0;
}


static EVP_PKEY_CTX *
context(EVP_PKEY *key, int (*init)(EVP_PKEY_CTX *), int padding,
        const hash_t *hash)
{
    EVP_MD       *md;
    EVP_PKEY_CTX *ctx;

    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    assert_non_null(ctx);
    assert_int_equal(init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, padding), 1);

    if (hash != NULL) {
        md = EVP_MD_fetch(NULL, hash->md, NULL);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
        EVP_MD_free(md);
    }

    return ctx;
}


/* Signs a digest, or with RSA_NO_PADDING whatever is given. */
static size_t
sign(EVP_PKEY *key, int padding, const hash_t *hash, const uint8_t *data,
     size_t len, uint8_t *signature)
{
    size_t        n;
    EVP_PKEY_CTX *ctx;

    n = SIZE_MAX_BYTES;
    ctx = context(key, EVP_PKEY_sign_init, padding, hash);
    assert_int_equal(EVP_PKEY_sign(ctx, signature, &n, data, len), 1);
    EVP_PKEY_CTX_free(ctx);

    return n;
}


static int
evp_check(EVP_PKEY *key, const hash_t *hash, const uint8_t *digest,
          const uint8_t *signature, size_t len)
{
    int           ok;
    EVP_PKEY_CTX *ctx;

    ctx = context(key, EVP_PKEY_verify_init, RSA_PKCS1_PADDING, hash);
    ok = EVP_PKEY_verify(ctx, signature, len, digest, hash->len) == 1;
    EVP_PKEY_CTX_free(ctx);

    return ok;
}


static void
fill(uint64_t *seed, uint8_t *out, size_t len)
{
    while (len-- > 0) {
        *out++ = (uint8_t) unit_random(seed);
    }
}


/* Both judge alike; returns how. */
static int
judge(lp_rsa_t *rsa, EVP_PKEY *key, const hash_t *hash, const uint8_t *digest,
      const uint8_t *signature, size_t len)
{
    int ok;

    ok = evp_check(key, hash, digest, signature, len);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len), ok);

    return ok;
}


/* n - s, n + s, numbers of all sizes, other lengths, bits that are spoiled. */
static void
judge_all(lp_rsa_t *rsa, EVP_PKEY *key, const hash_t *hash, uint8_t *digest,
          const uint8_t *good, size_t len, uint64_t *seed)
{
    size_t  i, bit;
    BIGNUM *n, *s, *t;
    uint8_t spoiled[SIZE_MAX_BYTES + 1];

    n = NULL;
    t = BN_new();
    s = BN_bin2bn(good, (int) len, NULL);
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);

    assert_int_equal(BN_sub(t, n, s), 1);
    assert_int_equal(BN_bn2binpad(t, spoiled, (int) len), len);
    assert_int_equal(judge(rsa, key, hash, digest, spoiled, len), 0);

    assert_int_equal(BN_add(t, n, s), 1);

    if (BN_num_bytes(t) == (int) len) {
        assert_int_equal(BN_bn2bin(t, spoiled), len);
        assert_int_equal(judge(rsa, key, hash, digest, spoiled, len), 0);
    }

    for (i = 0; i < 16; i++) {
        memcpy(spoiled, good, len);
        bit = unit_below(seed, 8 * len);
        spoiled[bit / 8] ^= (uint8_t) (1 << bit % 8);
        assert_int_equal(judge(rsa, key, hash, digest, spoiled, len), 0);

        /* zeros, and what is random behind them */
        memset(spoiled, 0, sizeof(spoiled));
        fill(seed, spoiled + i * len / 16, len - i * len / 16);
        assert_int_equal(judge(rsa, key, hash, digest, spoiled, len), 0);

        bit = unit_below(seed, 8 * hash->len);
        digest[bit / 8] ^= (uint8_t) (1 << bit % 8);
        assert_int_equal(judge(rsa, key, hash, digest, good, len), 0);
        digest[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }

    /* a byte less at either end, a zero more */
    memset(spoiled, 0, sizeof(spoiled));
    memcpy(spoiled + 1, good, len);
    assert_int_equal(judge(rsa, key, hash, digest, spoiled, len + 1), 0);
    assert_int_equal(judge(rsa, key, hash, digest, good, len - 1), 0);
    assert_int_equal(judge(rsa, key, hash, digest, good + 1, len - 1), 0);
    memcpy(spoiled, good, len);
    spoiled[len] = 0;
    assert_int_equal(judge(rsa, key, hash, digest, spoiled, len + 1), 0);

    BN_free(n);
    BN_free(s);
    BN_free(t);
}


static void
test_same_as_evp(void **state)
{
    size_t    i, h, n, len;
    uint8_t   digest[64], signature[SIZE_MAX_BYTES];
    uint64_t  seed = 5;
    lp_rsa_t *rsa;

    (void) state;

    for (i = 0; i < UNIT_LEN(keys); i++) {
        for (h = 0; h < UNIT_LEN(hashes); h++) {
            rsa = lp_rsa_create(hashes[h].alg, keys[i]);
            assert_non_null(rsa);

            for (n = 0; n < 8; n++) {
                fill(&seed, digest, hashes[h].len);
                len = sign(keys[i], RSA_PKCS1_PADDING, &hashes[h], digest,
                           hashes[h].len, signature);
                assert_int_equal(
                    judge(rsa, keys[i], &hashes[h], digest, signature, len),
                    1);
                judge_all(rsa, keys[i], &hashes[h], digest, signature, len,
                          &seed);
            }

            lp_rsa_free(rsa);
        }
    }
}


/* Of a signature and what is congruent to it only the lesser counts. */
static void
test_range(void **state)
{
    size_t    len;
    BIGNUM   *n, *s;
    uint8_t   digest[32] = { 1 }, signature[SIZE_MAX_BYTES];
    lp_rsa_t *rsa;

    (void) state;

    /* 2050 bits leave room in the bytes of a signature */
    rsa = lp_rsa_create(LP_ALG_RS256, keys[1]);
    len = sign(keys[1], RSA_PKCS1_PADDING, &hashes[0], digest, 32, signature);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len), 1);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len - 1), 0);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len + 1), 0);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, 0), 0);

    n = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(keys[1], OSSL_PKEY_PARAM_RSA_N, &n),
                     1);
    s = BN_bin2bn(signature, (int) len, NULL);
    assert_int_equal(BN_add(s, s, n), 1);
    assert_int_equal(BN_bn2binpad(s, signature, (int) len), len);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len), 0);
    assert_int_equal(evp_check(keys[1], &hashes[0], digest, signature, len),
                     0);

    /* numbers that are their own powers */
    assert_int_equal(BN_bn2binpad(n, signature, (int) len), len);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len), 0);
    memset(signature, 0, len);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len), 0);
    signature[len - 1] = 1;
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len), 0);

    BN_free(n);
    BN_free(s);
    lp_rsa_free(rsa);
}


/* Each is signed with the private key, as nobody without it could. */
static void
test_encodings(void **state)
{
    size_t    i, len;
    uint8_t   em[256], good[256], digest[32], signature[SIZE_MAX_BYTES];
    uint64_t  seed = 7;
    lp_rsa_t *rsa;

    /* of what names the hash, without parameters */
    static const uint8_t bare[]
        = { 0x00, 0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
            0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20 };

    (void) state;

    fill(&seed, digest, sizeof(digest));
    rsa = lp_rsa_create(LP_ALG_RS256, keys[0]);

    memset(good, 0xff, sizeof(good));
    good[0] = 0x00;
    good[1] = 0x01;
    memcpy(good + 256 - 52,
           "\x00\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
           "\x05\x00\x04\x20",
           20);
    memcpy(good + 256 - 32, digest, 32);

    len = sign(keys[0], RSA_NO_PADDING, NULL, good, 256, signature);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len), 1);

    /* one byte is another, wherever it stands */
    for (i = 1; i < 256; i++) {
        memcpy(em, good, 256);
        em[i] ^= 0x01;
        len = sign(keys[0], RSA_NO_PADDING, NULL, em, 256, signature);
        assert_int_equal(lp_rsa_check(rsa, digest, signature, len), 0);
    }

    /* little padding and what nobody reads behind the digest */
    memset(em, 0x5a, 256);
    memcpy(em, good, 10);
    memcpy(em + 10, good + 256 - 52, 52);
    len = sign(keys[0], RSA_NO_PADDING, NULL, em, 256, signature);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len), 0);

    memcpy(em, good, 256);
    memset(em + 2, 0xff, 254);
    memcpy(em + 256 - 50, bare, sizeof(bare));
    memcpy(em + 256 - 32, digest, 32);
    len = sign(keys[0], RSA_NO_PADDING, NULL, em, 256, signature);
    assert_int_equal(lp_rsa_check(rsa, digest, signature, len), 0);
    assert_int_equal(evp_check(keys[0], &hashes[0], digest, signature, len),
                     0);

    lp_rsa_free(rsa);
}


/* What a key of another exponent signed is verified all the same. */
static void
test_left_to_evp(void **state)
{
    size_t         len;
    BIGNUM        *e;
    uint8_t        signature[SIZE_MAX_BYTES], digest[32];
    unsigned       digest_len;
    EVP_PKEY      *key;
    EVP_PKEY_CTX  *ctx;
    lp_verifier_t *v;

    (void) state;

    assert_null(lp_rsa_create(LP_ALG_PS256, keys[0]));

    key = EVP_EC_gen("P-256");
    assert_null(lp_rsa_create(LP_ALG_RS256, key));
    EVP_PKEY_free(key);

    key = NULL;
    e = BN_new();
    assert_int_equal(BN_set_word(e, 3), 1);
    ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
    assert_null(lp_rsa_create(LP_ALG_RS256, key));

    assert_int_equal(
        EVP_Digest("text", 4, digest, &digest_len, EVP_sha256(), NULL), 1);
    len = sign(key, RSA_PKCS1_PADDING, &hashes[0], digest, 32, signature);
    v = lp_verifier_create(LP_ALG_RS256, key);
    assert_non_null(v);
    assert_int_equal(lp_verifier_check(v, "text", 4, signature, len), 1);
    assert_int_equal(lp_verifier_check(v, "Text", 4, signature, len), 0);

    lp_verifier_free(v);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    BN_free(e);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_evp),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_left_to_evp),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
