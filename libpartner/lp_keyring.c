/*
 * Values hashed and encrypted under keys that are one partner's alone.
 */

#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lp_base64url.h"
#include "lp_digest.h"
#include "lp_keyring.h"


#define LP_NONCE_LEN 12 /* bytes; NIST SP 800-38D, section 8.2.2 */
#define LP_SEAL_LEN  16 /* bytes of the tag; ibid., section 5.2.1.2 */

/* What a key is derived for; the partner's id follows. */
#define LP_FOR_HASHES "redact hash 1:"
#define LP_FOR_VALUES "redact encrypt 1:"


/*
 * No colon, which ends the id in a value, and no blank, which ends it in the
 * file.
 */
static int
lp_keyring_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '-';
}


/*
 * Messages name the line and what is expected there.  Of what stands in it they
 * repeat only an id, and only behind which a key was read: the two in the
 * wrong order would be a key in a log.
 */
static int
lp_keyring_line(lp_keyring_t *ring, unsigned number, const char *line,
                size_t len, lp_error_t *err)
{
    size_t            id, i;
    lp_keyring_key_t *key;

    if (ring->n == LP_KEYRING_KEYS) {
        return lp_error(err, "", "line %u: too many keys, allowed: %d", number,
                        LP_KEYRING_KEYS);
    }

    key = &ring->keys[ring->n];

    for (id = 0; id < len && lp_keyring_id_char(line[id]); id++) {
    }

    if (id == 0 || id > LP_KEYRING_ID_LEN || id == len || line[id] != ' ') {
        return lp_error(err, "",
                        "line %u: an id of 1 to %d letters, digits, \"_\" or "
                        "\"-\" and a blank are expected",
                        number, LP_KEYRING_ID_LEN);
    }

    if (lp_digest_from_hex(line + id + 1, len - id - 1, key->key) != LP_OK) {
        return lp_error(err, "",
                        "line %u: a key of 64 hexadecimal digits is expected",
                        number);
    }

    memcpy(key->id, line, id);
    key->id[id] = '\0';

    for (i = 0; i < ring->n; i++) {
        if (strcmp(ring->keys[i].id, key->id) == 0) {
            return lp_error(err, "", "line %u: key \"%s\" is given twice",
                            number, key->id);
        }
    }

    ring->n++;

    return LP_OK;
}


/*
 * Without a final newline the last line counts as well.  A carriage return is
 * no hexadecimal digit, so a file from Windows is refused, not misread.
 */
int
lp_keyring_parse(lp_keyring_t *ring, const char *text, size_t len,
                 lp_error_t *err)
{
    unsigned    number;
    const char *line, *next, *end = text + len;

    memset(ring, 0, sizeof(*ring));

    for (line = text, number = 1; line < end; line = next + 1, number++) {
        next = memchr(line, '\n', (size_t) (end - line));
        next = next == NULL ? end : next;

        if (next > line && *line != '#'
            && lp_keyring_line(ring, number, line, (size_t) (next - line), err)
                   != LP_OK) {
            return LP_INVALID;
        }
    }

    return ring->n > 0 ? LP_OK : lp_error(err, "", "there is no key in it");
}


int
lp_keyring_check_master(const lp_keyring_t *ring, lp_error_t *err)
{
    size_t i;

    if (ring->n == LP_KEYRING_KEYS) {
        return lp_error(err, "", "%zu master keys, at most %d are allowed",
                        ring->n, LP_KEYRING_KEYS - 1);
    }

    for (i = 0; i < ring->n; i++) {
        if (strcmp(ring->keys[i].id, LP_KEYRING_HASH) == 0) {
            return lp_error(err, "",
                            "a master key is called \"" LP_KEYRING_HASH
                            "\", which names the key of hashes in a "
                            "partner's file; allowed is any other id");
        }
    }

    return LP_OK;
}


/* HMAC as a key derivation (NIST SP 800-108, one block of 256 bits). */
static int
lp_keyring_subkey(const uint8_t *key, const char *use, const char *partner,
                  size_t len, uint8_t out[LP_KEYRING_BYTES])
{
    size_t        n = strlen(use);
    unsigned char label[32 + LP_PARTNER_LEN];

    if (len == 0 || len > LP_PARTNER_LEN) {
        return LP_INVALID;
    }

    memcpy(label, use, n);
    memcpy(label + n, partner, len);

    return HMAC(EVP_sha256(), key, LP_KEYRING_BYTES, label, n + len, out, NULL)
                   != NULL
               ? LP_OK
               : LP_INVALID;
}


/*
 * The first and the last key of the ring, see the header: a partner's hashes
 * outlive a rotation, and its values are sealed under the new key.
 */
int
lp_keyring_derive(const lp_keyring_t *ring, const char *partner, size_t len,
                  const uint8_t salt[LP_SALT_LEN], lp_partner_keys_t *keys)
{
    if (ring->n == 0) {
        return LP_INVALID;
    }

    memcpy(keys->id, ring->keys[ring->n - 1].id, sizeof(keys->id));
    memcpy(keys->salt, salt, LP_SALT_LEN);
    keys->values = 0;

    if (lp_keyring_subkey(ring->keys[0].key, LP_FOR_HASHES, partner, len,
                          keys->hash)
        != LP_OK) {
        return LP_INVALID;
    }

    return lp_keyring_subkey(ring->keys[ring->n - 1].key, LP_FOR_VALUES,
                             partner, len, keys->encrypt);
}


/*
 * A copy of the ring whose keys are then replaced, so that ids and order stay
 * what they are.
 */
int
lp_keyring_derive_all(const lp_keyring_t *ring, const char *partner,
                      size_t len, uint8_t hash[LP_KEYRING_BYTES],
                      lp_keyring_t *keys)
{
    size_t i;

    if (ring->n == 0
        || lp_keyring_subkey(ring->keys[0].key, LP_FOR_HASHES, partner, len,
                             hash)
               != LP_OK) {
        return LP_INVALID;
    }

    *keys = *ring;

    for (i = 0; i < ring->n; i++) {
        if (lp_keyring_subkey(ring->keys[i].key, LP_FOR_VALUES, partner, len,
                              keys->keys[i].key)
            != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/*
 * Nothing is drawn at random: equal values have equal hashes, which is what a
 * partner joins by; to anybody else they say nothing without the key.
 */
size_t
lp_keyring_hash(const lp_partner_keys_t *keys, const uint8_t *data, size_t len,
                uint8_t out[LP_HASHED_LEN])
{
    uint8_t digest[LP_KEYRING_BYTES];

    if (HMAC(EVP_sha256(), keys->hash, LP_KEYRING_BYTES, data, len, digest,
             NULL)
        == NULL) {
        return 0;
    }

    memcpy(out, "h:", 2);

    return 2 + lp_base64url_encode(digest, sizeof(digest), (char *) out + 2);
}


/* Nonces come from the salt and the number of the value in the stream. */
static int
lp_keyring_nonce(lp_partner_keys_t *keys, uint8_t *nonce)
{
    uint8_t digest[LP_KEYRING_BYTES], seed[LP_SALT_LEN + 8];

    memcpy(seed, keys->salt, LP_SALT_LEN);
    /* the order of its bytes is nobody's business: it is never read again */
    memcpy(seed + LP_SALT_LEN, &keys->values, 8);
    keys->values++;

    if (HMAC(EVP_sha256(), keys->encrypt, LP_KEYRING_BYTES, seed, sizeof(seed),
             digest, NULL)
        == NULL) {
        return LP_INVALID;
    }

    memcpy(nonce, digest, LP_NONCE_LEN);

    return LP_OK;
}


/* `sealed` has the nonce; ciphertext and tag are put behind it. */
static int
lp_keyring_seal(const uint8_t *key, const uint8_t *prefix, size_t prefix_len,
                const uint8_t *data, size_t len, uint8_t *sealed)
{
    int             n, ok;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

    ok = c != NULL
         && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, sealed) == 1
         && EVP_EncryptUpdate(c, NULL, &n, prefix, (int) prefix_len) == 1
         && EVP_EncryptUpdate(c, sealed + LP_NONCE_LEN, &n, data, (int) len)
                == 1
         && EVP_EncryptFinal_ex(c, sealed + LP_NONCE_LEN + len, &n) == 1
         && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, LP_SEAL_LEN,
                                sealed + LP_NONCE_LEN + len)
                == 1;
    EVP_CIPHER_CTX_free(c);

    return ok ? LP_OK : LP_INVALID;
}


/*
 * OpenSSL's allocator and not an array: `len` is a value of any size.  What is
 * left in it is ciphertext, so it need not be wiped.
 */
size_t
lp_keyring_encrypt(lp_partner_keys_t *keys, const uint8_t *data, size_t len,
                   uint8_t *out)
{
    size_t   prefix, id = strlen(keys->id), sealed_len;
    uint8_t *sealed;

    memcpy(out, "e:", 2);
    memcpy(out + 2, keys->id, id);
    out[2 + id] = ':';
    prefix = id + 3;
    sealed_len = LP_NONCE_LEN + len + LP_SEAL_LEN;
    sealed = OPENSSL_malloc(sealed_len);

    if (sealed == NULL || lp_keyring_nonce(keys, sealed) != LP_OK
        || lp_keyring_seal(keys->encrypt, out, prefix, data, len, sealed)
               != LP_OK) {
        OPENSSL_free(sealed);
        return 0;
    }

    prefix += lp_base64url_encode(sealed, sealed_len, (char *) out + prefix);
    OPENSSL_free(sealed);

    return prefix;
}


/*
 * EVP_DecryptFinal_ex() compares the tag; until then `out` holds bytes that
 * nobody vouches for, and the caller of a failure has to ignore them.
 */
static int
lp_keyring_unseal(const uint8_t *key, const char *prefix, size_t prefix_len,
                  uint8_t *sealed, size_t len, uint8_t *out)
{
    int             n, ok;
    uint8_t        *tag = sealed + len - LP_SEAL_LEN;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

    ok = c != NULL
         && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, sealed) == 1
         && EVP_DecryptUpdate(c, NULL, &n, (const uint8_t *) prefix,
                              (int) prefix_len)
                == 1
         && EVP_DecryptUpdate(c, out, &n, sealed + LP_NONCE_LEN,
                              (int) (len - LP_NONCE_LEN - LP_SEAL_LEN))
                == 1
         && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, LP_SEAL_LEN, tag) == 1
         && EVP_DecryptFinal_ex(c, tag, &n) == 1;
    EVP_CIPHER_CTX_free(c);

    return ok ? LP_OK : LP_INVALID;
}


/*
 * The id in a value is as its sender wrote it: it selects a key, and what does
 * not fit the key fails there.
 */
static const lp_keyring_key_t *
lp_keyring_find(const lp_keyring_t *ring, const char *id, size_t len)
{
    size_t i;

    for (i = 0; i < ring->n; i++) {
        if (strlen(ring->keys[i].id) == len
            && memcmp(ring->keys[i].id, id, len) == 0) {
            return &ring->keys[i];
        }
    }

    return NULL;
}


/* Characters before the sealed bytes, those of the id among them; or 0. */
static size_t
lp_keyring_prefix(const char *text, size_t len)
{
    const char *colon;

    if (len <= 2 || memcmp(text, "e:", 2) != 0) {
        return 0;
    }

    colon = memchr(text + 2, ':', len - 2);

    return colon == NULL ? 0 : (size_t) (colon - text) + 1;
}


int
lp_keyring_open_with(const lp_keyring_t *partner, const char *text, size_t len,
                     uint8_t *out, size_t *out_len)
{
    int                     rc = LP_INVALID;
    size_t                  n, prefix = lp_keyring_prefix(text, len);
    uint8_t                *sealed;
    const lp_keyring_key_t *key;

    key = prefix > 0 ? lp_keyring_find(partner, text + 2, prefix - 3) : NULL;
    sealed = key != NULL ? OPENSSL_malloc(len) : NULL;

    if (sealed != NULL
        && lp_base64url_decode(text + prefix, len - prefix, sealed, &n)
               == LP_OK
        && n >= LP_NONCE_LEN + LP_SEAL_LEN) {
        *out_len = n - LP_NONCE_LEN - LP_SEAL_LEN;
        rc = lp_keyring_unseal(key->key, text, prefix, sealed, n, out);
    }

    OPENSSL_free(sealed);

    return rc;
}


/* Keys that were derived here are wiped here. */
int
lp_keyring_open(const lp_keyring_t *ring, const char *partner,
                size_t partner_len, const char *text, size_t len, uint8_t *out,
                size_t *out_len)
{
    int          rc;
    uint8_t      hash[LP_KEYRING_BYTES];
    lp_keyring_t keys;

    rc = lp_keyring_derive_all(ring, partner, partner_len, hash, &keys);

    if (rc == LP_OK) {
        rc = lp_keyring_open_with(&keys, text, len, out, out_len);
    }

    OPENSSL_cleanse(&keys, sizeof(keys));

    return rc;
}
