/*
 * The keys under which values are hashed and encrypted: named master keys from
 * a file, and what is derived from them for one partner.
 *
 * A file has a line for each key, "ID KEY": an id of letters, digits, "_" and
 * "-", and 64 hexadecimal digits.  Empty lines and those that begin with "#"
 * do not count.  The first key hashes, so that hashes stay as they are; the
 * last encrypts: a rotation appends a line.
 */

#ifndef LP_KEYRING_H
#define LP_KEYRING_H


#include <stddef.h>
#include <stdint.h>

#include "lp_error.h"


#define LP_KEYRING_KEYS   16
#define LP_KEYRING_ID_LEN 16     /* characters */
#define LP_KEYRING_BYTES  32     /* of a key */
#define LP_KEYRING_HASH   "hash" /* in a partner's own file */
#define LP_PARTNER_LEN    128    /* bytes of a partner's id */
#define LP_SALT_LEN       16     /* bytes */

/* Characters of a value of so many bytes, once encrypted, and of a hash. */
#define LP_ENCRYPTED_LEN(n) (4 + LP_KEYRING_ID_LEN + 1 + ((n) + 30) / 3 * 4)
#define LP_HASHED_LEN       45


typedef struct {
    char    id[LP_KEYRING_ID_LEN + 1];
    uint8_t key[LP_KEYRING_BYTES];
} lp_keyring_key_t;

typedef struct {
    size_t           n;
    lp_keyring_key_t keys[LP_KEYRING_KEYS];
} lp_keyring_t;

/*
 * One partner's, and what makes the nonces of one stream unlike any others:
 * the caller draws `salt` at random for each stream.
 */
typedef struct {
    char     id[LP_KEYRING_ID_LEN + 1];
    uint8_t  hash[LP_KEYRING_BYTES];
    uint8_t  encrypt[LP_KEYRING_BYTES];
    uint8_t  salt[LP_SALT_LEN];
    uint64_t values; /* that were encrypted so far */
} lp_partner_keys_t;


/*
 * LP_INVALID: no key, too many, an id twice, or a line of another form;
 * err->text never holds a key.  The caller wipes the ring, whatever the result,
 * and the text.
 */
int lp_keyring_parse(lp_keyring_t *ring, const char *text, size_t len,
                     lp_error_t *err);

/*
 * LP_INVALID: not fit to derive partners' keys from, since what is derived has
 * a line more than the ring, under the name LP_KEYRING_HASH.
 */
int lp_keyring_check_master(const lp_keyring_t *ring, lp_error_t *err);

/*
 * The caller wipes `keys`, as all that is derived.  LP_INVALID: no keys, no
 * partner or one beyond LP_PARTNER_LEN, or OpenSSL fails.
 */
int lp_keyring_derive(const lp_keyring_t *ring, const char *partner,
                      size_t len, const uint8_t salt[LP_SALT_LEN],
                      lp_partner_keys_t *keys);

/*
 * All that a partner needs to read what is his, without the master keys: the
 * key of his hashes, and each of the ring with his key in its place.
 */
int lp_keyring_derive_all(const lp_keyring_t *ring, const char *partner,
                          size_t len, uint8_t hash[LP_KEYRING_BYTES],
                          lp_keyring_t *keys);

/*
 * "h:" and HMAC-SHA-256 of the bytes in base64url.  Returns the length, or 0
 * when OpenSSL fails.
 */
size_t lp_keyring_hash(const lp_partner_keys_t *keys, const uint8_t *data,
                       size_t len, uint8_t out[LP_HASHED_LEN]);

/*
 * "e:ID:" and nonce (12), AES-256-GCM of the bytes, tag (16) in base64url; the
 * characters before it are authenticated too.  Returns the length, or 0.
 */
size_t lp_keyring_encrypt(lp_partner_keys_t *keys, const uint8_t *data,
                          size_t len, uint8_t *out);

/*
 * Opens what lp_keyring_encrypt() made for that partner; `out` has room for
 * `len` bytes.  LP_INVALID: not his, changed, or a key that is not here.
 */
int lp_keyring_open(const lp_keyring_t *ring, const char *partner,
                    size_t partner_len, const char *text, size_t len,
                    uint8_t *out, size_t *out_len);

/* The same with keys that lp_keyring_derive_all() made. */
int lp_keyring_open_with(const lp_keyring_t *keys, const char *text,
                         size_t len, uint8_t *out, size_t *out_len);


#endif
