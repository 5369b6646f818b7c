/*
 * What OpenSSL alone takes to verify a token's signature: the floor under a
 * new token at the gateway.
 *
 *     verify ALG KEY TOKENS SECONDS
 *
 * KEY is a private key in PEM, or the secret where ALG is HS256; TOKENS has one
 * a line.  Whatever can be prepared is: the key, the contexts, the signatures
 * in OpenSSL's form.  What is left is a digest and a verification.  Prints
 * microseconds of CPU for each.  It shares the gateway's core for so many
 * seconds, since what a core does in a microsecond changes from one second to
 * the next.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "../../libpartner/lp_base64url.h"
#include "../../libpartner/lp_ecdsa.h"
#include "../../libpartner/lp_error.h"


#define TOKENS_MAX 100000

typedef struct {
    char   *input;
    size_t  len;
    uint8_t signature[512];
    size_t  signature_len;
} token_t;

typedef struct {
    lp_alg_t      alg;
    EVP_PKEY     *key;
    EVP_PKEY_CTX *ctx;
    EVP_MD       *md;
    EVP_MD_CTX   *hash;
    EVP_MAC_CTX  *mac;
} bare_t;

static token_t tokens[TOKENS_MAX];


static void
fail(const char *what)
{
    fprintf(stderr, "verify: %s\n", what);
    exit(1);
}


static int64_t
clock_us(clockid_t clock)
{
    struct timespec now;

    (void) clock_gettime(clock, &now);

    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}


static void
take_token(token_t *token, lp_alg_t alg, char *line)
{
    char    *dot;
    size_t   len;
    uint8_t  raw[1024];
    lp_jws_t jws;

    len = strcspn(line, "\n");

    if (lp_jws_split(&jws, line, len) != LP_OK || jws.signature.len > 1000
        || lp_base64url_decode(jws.signature.text, jws.signature.len, raw,
                               &token->signature_len)
               != LP_OK
        || token->signature_len > sizeof(token->signature)) {
        fail("a line is no token");
    }

    dot = line + jws.input.len;
    token->input = line;
    token->len = (size_t) (dot - line);
    memcpy(token->signature, raw, token->signature_len);

    if (alg == LP_ALG_ES256
        && lp_ecdsa_to_der(alg, raw, token->signature_len, token->signature,
                           &token->signature_len)
               != LP_OK) {
        fail("a signature is none of ECDSA");
    }
}


/* The lines are kept as long as the process lives. */
static size_t
take_tokens(lp_alg_t alg, const char *path)
{
    FILE  *f;
    char  *line;
    size_t n, size;

    f = fopen(path, "r");

    if (f == NULL) {
        fail("cannot open the tokens");
    }

    for (n = 0, line = NULL, size = 0;
         n < TOKENS_MAX && getline(&line, &size, f) > 0;
         n++, line = NULL, size = 0) {
        take_token(&tokens[n], alg, line);
    }

    free(line);
    (void) fclose(f);

    return n;
}


static void
prepare_mac(bare_t *bare, FILE *f)
{
    size_t     len;
    uint8_t    secret[256];
    EVP_MAC   *mac;
    OSSL_PARAM params[2];

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                 (char[]){ "SHA256" }, 0);
    params[1] = OSSL_PARAM_construct_end();

    len = fread(secret, 1, sizeof(secret), f);
    mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    bare->mac = EVP_MAC_CTX_new(mac);

    if (EVP_MAC_init(bare->mac, secret, len, params) != 1) {
        fail("OpenSSL refuses the secret");
    }
}


static void
prepare(bare_t *bare, const char *path)
{
    FILE *f;

    f = fopen(path, "r");

    if (f == NULL) {
        fail("cannot open the key");
    }

    if (bare->alg == LP_ALG_HS256) {
        prepare_mac(bare, f);
        (void) fclose(f);
        return;
    }

    bare->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    bare->hash = EVP_MD_CTX_new();
    (void) fclose(f);

    if (bare->key == NULL || bare->hash == NULL) {
        fail("OpenSSL refuses the key");
    }

    if (bare->alg == LP_ALG_EDDSA) {
        return;
    }

    bare->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    bare->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, bare->key, NULL);

    if (bare->ctx == NULL || EVP_PKEY_verify_init(bare->ctx) != 1
        || EVP_PKEY_CTX_set_signature_md(bare->ctx, bare->md) != 1
        || EVP_DigestInit_ex2(bare->hash, bare->md, NULL) != 1) {
        fail("OpenSSL cannot verify");
    }
}


static int
check(bare_t *bare, const token_t *token)
{
    size_t   len;
    uint8_t  digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;

    if (bare->mac != NULL) {
        return EVP_MAC_init(bare->mac, NULL, 0, NULL) == 1
               && EVP_MAC_update(bare->mac, (uint8_t *) token->input,
                                 token->len)
                      == 1
               && EVP_MAC_final(bare->mac, digest, &len, sizeof(digest)) == 1
               && memcmp(digest, token->signature, len) == 0;
    }

    if (bare->ctx == NULL) {
        (void) EVP_MD_CTX_reset(bare->hash);

        return EVP_DigestVerifyInit(bare->hash, NULL, NULL, NULL, bare->key)
                   == 1
               && EVP_DigestVerify(bare->hash, token->signature,
                                   token->signature_len,
                                   (uint8_t *) token->input, token->len)
                      == 1;
    }

    return EVP_DigestInit_ex2(bare->hash, NULL, NULL) == 1
           && EVP_DigestUpdate(bare->hash, token->input, token->len) == 1
           && EVP_DigestFinal_ex(bare->hash, digest, &digest_len) == 1
           && EVP_PKEY_verify(bare->ctx, token->signature,
                              token->signature_len, digest, digest_len)
                  == 1;
}


int
main(int argc, char **argv)
{
    long    seconds;
    size_t  n, i;
    bare_t  bare = { 0 };
    int64_t start, end;

    seconds = argc == 5 ? strtol(argv[4], NULL, 10) : 0;

    if (seconds < 1) {
        fail("ALG KEY TOKENS SECONDS are needed");
    }

    bare.alg = lp_alg_parse(argv[1], strlen(argv[1]));

    if (bare.alg != LP_ALG_HS256 && bare.alg != LP_ALG_RS256
        && bare.alg != LP_ALG_ES256 && bare.alg != LP_ALG_EDDSA) {
        fail("allowed are HS256, RS256, ES256 and EdDSA");
    }

    n = take_tokens(bare.alg, argv[3]);

    if (n == 0) {
        fail("there are no tokens");
    }

    prepare(&bare, argv[2]);
    start = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    end = clock_us(CLOCK_MONOTONIC) + seconds * 1000000;

    for (i = 0; i % 64 != 0 || clock_us(CLOCK_MONOTONIC) < end; i++) {
        if (!check(&bare, &tokens[i % n])) {
            fail("a signature is wrong");
        }
    }

    printf("%.3f\n",
           (double) (clock_us(CLOCK_PROCESS_CPUTIME_ID) - start) / (double) i);

    return 0;
}
