/*
 * Signs reports, with ES256 or EdDSA as its key is.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "lp_base64url.h"
#include "file.h"
#include "signer.h"


#define PD_SIGNER_NUMBER 32 /* bytes: of a coordinate, half a signature */
#define PD_SIGNER_DER    80 /* bytes: ECDSA of P-256 in DER takes 72 */
#define PD_SIGNER_TYPE   "slo-report+jws"

#define PD_SIGNER_ALLOWED                                                     \
    "allowed are unencrypted private keys of P-256 or Ed25519, as PEM"


/* NULL without memory. */
static char *
pd_signer_base64(const void *data, size_t len)
{
    char *text;

    text = malloc(LP_BASE64URL_LEN(len) + 1);

    if (text != NULL) {
        text[lp_base64url_encode(data, len, text)] = '\0';
    }

    return text;
}


static void
pd_signer_set(json_t *jwk, const char *name, const void *data, size_t len)
{
    char *text;

    text = pd_signer_base64(data, len);
    (void) json_object_set_new(jwk, name, json_string(text));
    free(text);
}


/*
 * OpenSSL has more than one name for the curve; this is the one that it gives
 * itself.
 */
static int
pd_signer_is_p256(const EVP_PKEY *key)
{
    char name[32];

    return EVP_PKEY_is_a(key, "EC")
           && EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1
           && strcmp(name, SN_X9_62_prime256v1) == 0;
}


/* Padded to the size of the curve (RFC 7518, section 6.2.1.2). */
static int
pd_signer_coordinate(json_t *jwk, const EVP_PKEY *key, const char *param,
                     const char *name)
{
    int     rc;
    BIGNUM *n = NULL;
    uint8_t bytes[PD_SIGNER_NUMBER];

    rc = EVP_PKEY_get_bn_param(key, param, &n) == 1
                 && BN_bn2binpad(n, bytes, sizeof(bytes)) > 0
             ? 0
             : -1;
    BN_free(n);

    if (rc == 0) {
        pd_signer_set(jwk, name, bytes, sizeof(bytes));
    }

    return rc;
}


/* The members that its thumbprint is of; NULL: no key that signs here. */
static json_t *
pd_signer_public(const EVP_PKEY *key)
{
    size_t  len;
    json_t *jwk;
    uint8_t bytes[PD_SIGNER_NUMBER];

    len = sizeof(bytes);

    if (EVP_PKEY_is_a(key, "ED25519")
        && EVP_PKEY_get_raw_public_key(key, bytes, &len) == 1) {
        jwk = json_pack("{s:s, s:s}", "crv", "Ed25519", "kty", "OKP");
        pd_signer_set(jwk, "x", bytes, len);
        return jwk;
    }

    if (!pd_signer_is_p256(key)) {
        return NULL;
    }

    jwk = json_pack("{s:s, s:s}", "crv", "P-256", "kty", "EC");

    if (pd_signer_coordinate(jwk, key, OSSL_PKEY_PARAM_EC_PUB_X, "x") != 0
        || pd_signer_coordinate(jwk, key, OSSL_PKEY_PARAM_EC_PUB_Y, "y")
               != 0) {
        json_decref(jwk);
        return NULL;
    }

    return jwk;
}


/* RFC 7638: the SHA-256 of the required members, sorted, without blanks. */
static void
pd_signer_name(json_t *jwk)
{
    char   *text;
    uint8_t digest[SHA256_DIGEST_LENGTH];

    text = json_dumps(jwk, JSON_COMPACT | JSON_SORT_KEYS);

    if (text != NULL) {
        (void) SHA256((const uint8_t *) text, strlen(text), digest);
        pd_signer_set(jwk, "kid", digest, sizeof(digest));
    }

    free(text);
}


/* The first key signs; its name and kind are in every signature's head. */
static void
pd_signer_first(pd_signer_t *s, EVP_PKEY *key, const json_t *jwk)
{
    char   *text;
    json_t *head;

    head
        = json_pack("{s:O, s:O, s:s}", "alg", json_object_get(jwk, "alg"),
                    "kid", json_object_get(jwk, "kid"), "typ", PD_SIGNER_TYPE);
    text = json_dumps(head, JSON_COMPACT);

    if (text != NULL) {
        s->head = pd_signer_base64(text, strlen(text));
        s->key = key;
    }

    free(text);
    json_decref(head);
}


/* -1: it is no key that signs here. */
static int
pd_signer_add(pd_signer_t *s, json_t *keys, EVP_PKEY *key)
{
    json_t *jwk;

    jwk = pd_signer_public(key);

    if (jwk == NULL) {
        EVP_PKEY_free(key);
        return -1;
    }

    pd_signer_name(jwk);
    (void) json_object_set_new(
        jwk, "alg", json_string(EVP_PKEY_is_a(key, "EC") ? "ES256" : "EdDSA"));
    (void) json_object_set_new(jwk, "use", json_string("sig"));
    (void) json_array_append_new(keys, jwk);

    if (s->key == NULL) {
        pd_signer_first(s, key, jwk);
    } else {
        EVP_PKEY_free(key);
    }

    return 0;
}


/* Never asks for a passphrase: nobody is there to answer. */
static int
pd_signer_no_phrase(char *buf, int size, int writing, void *ctx)
{
    (void) buf;
    (void) size;
    (void) writing;
    (void) ctx;

    return -1;
}


/*
 * Keys are read one behind the other until none comes; whatever OpenSSL cannot
 * read ends that as the end of the text does.
 */
static int
pd_signer_read(pd_signer_t *s, json_t *keys, BIO *in)
{
    char     *name, *header;
    long      len;
    size_t    blocks;
    uint8_t  *data;
    EVP_PKEY *key;

    key = PEM_read_bio_PrivateKey(in, NULL, pd_signer_no_phrase, NULL);

    while (key != NULL) {
        if (pd_signer_add(s, keys, key) != 0) {
            return -1;
        }

        key = PEM_read_bio_PrivateKey(in, NULL, pd_signer_no_phrase, NULL);
    }

    /* what is left has to be nothing, and not a key that was not understood */

    (void) BIO_reset(in);

    for (blocks = 0; PEM_read_bio(in, &name, &header, &data, &len) == 1;
         blocks++) {
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t) len);
    }

    return s->key != NULL && blocks == json_array_size(keys) ? 0 : -1;
}


static int
pd_signer_open(pd_signer_t *s, json_t *keys, const char *path, lp_error_t *err)
{
    int    rc;
    BIO   *in;
    char  *text;
    size_t len;

    text = pd_file_secret("--report-key", path, &len, err);
    if (text == NULL) {
        return LP_INVALID;
    }

    in = BIO_new_mem_buf(text, (int) len);
    rc = in == NULL ? -1 : pd_signer_read(s, keys, in);
    BIO_free(in);
    OPENSSL_clear_free(text, len);

    return rc == 0 ? LP_OK
                   : lp_error(err, "", "--report-key %s: " PD_SIGNER_ALLOWED,
                              path);
}


/*
 * Without a key there is a set as well, an empty one: who asks for the keys is
 * told that there are none.
 */
int
pd_signer_load(pd_signer_t *s, const char *path, lp_error_t *err)
{
    int     rc;
    json_t *keys, *set;

    memset(s, 0, sizeof(*s));
    keys = json_array();
    rc = path[0] == '\0' ? LP_OK : pd_signer_open(s, keys, path, err);

    set = json_pack("{s:o}", "keys", keys);
    s->jwks = json_dumps(set, JSON_COMPACT);
    json_decref(set);

    if (rc == LP_OK && s->jwks == NULL) {
        rc = lp_error(err, "", "no memory");
    }

    if (rc != LP_OK) {
        pd_signer_free(s);
    }

    return rc;
}


void
pd_signer_free(pd_signer_t *s)
{
    EVP_PKEY_free(s->key);
    free(s->head);
    free(s->jwks);
    memset(s, 0, sizeof(*s));
}


/* JOSE writes the two numbers side by side (RFC 7518, section 3.4). */
static int
pd_signer_raw(const uint8_t *der, size_t len,
              uint8_t raw[2 * PD_SIGNER_NUMBER])
{
    int        rc;
    ECDSA_SIG *sig;

    sig = d2i_ECDSA_SIG(NULL, &der, (long) len);
    rc = sig != NULL
                 && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, PD_SIGNER_NUMBER)
                        > 0
                 && BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + PD_SIGNER_NUMBER,
                                 PD_SIGNER_NUMBER)
                        > 0
             ? 0
             : -1;
    ECDSA_SIG_free(sig);

    return rc;
}


/* Ed25519 hashes by itself (RFC 8032), so no digest is named for it. */
static int
pd_signer_signature(EVP_PKEY *key, const char *text,
                    uint8_t raw[2 * PD_SIGNER_NUMBER])
{
    int         rc, ec;
    size_t      len;
    uint8_t     out[PD_SIGNER_DER];
    EVP_MD_CTX *ctx;

    ec = EVP_PKEY_is_a(key, "EC");
    len = sizeof(out);
    ctx = EVP_MD_CTX_new();
    rc = ctx != NULL
                 && EVP_DigestSignInit(ctx, NULL, ec ? EVP_sha256() : NULL,
                                       NULL, key)
                        == 1
                 && EVP_DigestSign(ctx, out, &len, (const uint8_t *) text,
                                   strlen(text))
                        == 1
             ? 0
             : -1;
    EVP_MD_CTX_free(ctx);

    if (rc != 0 || ec) {
        return rc != 0 ? -1 : pd_signer_raw(out, len, raw);
    }

    memcpy(raw, out, 2 * PD_SIGNER_NUMBER); /* Ed25519 has no other length */

    return 0;
}


/*
 * RFC 7515, section 3.1: what is signed is the head and the payload, both
 * encoded, and the dot between them.
 */
char *
pd_signer_sign(const pd_signer_t *s, const char *payload)
{
    char   *body, *input, *signature, *jws;
    uint8_t raw[2 * PD_SIGNER_NUMBER];

    input = NULL;
    signature = NULL;
    jws = NULL;
    body = pd_signer_base64(payload, strlen(payload));

    if (body != NULL && asprintf(&input, "%s.%s", s->head, body) < 0) {
        input = NULL;
    }

    if (input != NULL && pd_signer_signature(s->key, input, raw) == 0) {
        signature = pd_signer_base64(raw, sizeof(raw));
    }

    if (signature != NULL && asprintf(&jws, "%s.%s", input, signature) < 0) {
        jws = NULL;
    }

    free(body);
    free(input);
    free(signature);

    return jws;
}
