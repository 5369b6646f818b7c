/*
 * Digests of keys, with a pepper or without.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "lp_hex.h"
#include "lp_pepper.h"


/* What the name is the HMAC of: never a key, which begins with "sk_". */
#define LP_PEPPER_LABEL "partner key pepper 1"


typedef struct {
    EVP_MAC_CTX *mac; /* HMAC, its secret set; NULL: plain */
    char         name[LP_PEPPER_NAME + 1];
} lp_pepper_t;

struct lp_peppers_s {
    size_t       n;
    lp_pepper_t  each[LP_PEPPERS];
    lp_digest_t *sha256;
};


/* ---- one of them ---- */

/* As it stands the context begins anew under the secret that it has. */
static int
lp_pepper_mac(EVP_MAC_CTX *mac, const void *data, size_t len,
              uint8_t out[LP_DIGEST_LEN])
{
    size_t n;

    if (EVP_MAC_init(mac, NULL, 0, NULL) != 1
        || EVP_MAC_update(mac, data, len) != 1
        || EVP_MAC_final(mac, out, &n, LP_DIGEST_LEN) != 1) {
        memset(out, 0, LP_DIGEST_LEN);
        return LP_INVALID;
    }

    return LP_OK;
}


static int
lp_pepper_set(lp_pepper_t *p, const uint8_t secret[LP_DIGEST_LEN])
{
    uint8_t    name[LP_DIGEST_LEN];
    EVP_MAC   *hmac;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         (char *) "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };

    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    p->mac = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);

    if (p->mac == NULL
        || EVP_MAC_init(p->mac, secret, LP_DIGEST_LEN, params) != 1
        || lp_pepper_mac(p->mac, LP_PEPPER_LABEL, sizeof(LP_PEPPER_LABEL) - 1,
                         name)
               != LP_OK) {
        return LP_INVALID;
    }

    lp_hex_write(p->name, name, LP_PEPPER_NAME / 2);

    return LP_OK;
}


/* ---- the file ---- */

/*
 * A carriage return or a blank is no hexadecimal digit: a file that was edited
 * elsewhere is refused, not misread.
 */
static int
lp_pepper_read(lp_pepper_t *p, const char *line, size_t len)
{
    int     rc;
    uint8_t secret[LP_DIGEST_LEN];

    if (len == sizeof(LP_PEPPER_PLAIN) - 1
        && memcmp(line, LP_PEPPER_PLAIN, len) == 0) {
        memcpy(p->name, LP_PEPPER_PLAIN, sizeof(LP_PEPPER_PLAIN));
        return LP_OK;
    }

    rc = lp_digest_from_hex(line, len, secret);

    if (rc == LP_OK) {
        rc = lp_pepper_set(p, secret);
    }

    OPENSSL_cleanse(secret, sizeof(secret));

    return rc;
}


static int
lp_peppers_line(lp_peppers_t *ps, const char *line, size_t len,
                lp_error_t *err)
{
    size_t       number = ps->n + 1;
    lp_pepper_t *p;

    if (ps->n == LP_PEPPERS) {
        return lp_error(err, "", "line %zu: too many, allowed: %d", number,
                        LP_PEPPERS);
    }

    p = &ps->each[ps->n];

    if (lp_pepper_read(p, line, len) != LP_OK) {
        return lp_error(err, "",
                        "line %zu: 64 hexadecimal digits are expected, or "
                        "\"" LP_PEPPER_PLAIN "\"",
                        number);
    }

    if (number == LP_PEPPERS && p->mac != NULL
        && !lp_peppers_have(ps, LP_PEPPER_PLAIN,
                            sizeof(LP_PEPPER_PLAIN) - 1)) {
        return lp_error(err, "", "line %zu: at most %d peppers are allowed",
                        number, LP_PEPPERS - 1);
    }

    if (lp_peppers_have(ps, p->name, strlen(p->name))) {
        return lp_error(err, "", "line %zu: the same as one before", number);
    }

    ps->n++;

    return LP_OK;
}


/* Lines from the first on; the last may lack its end. */
static int
lp_peppers_lines(lp_peppers_t *ps, const char *text, size_t len,
                 lp_error_t *err)
{
    const char *next, *end = text + len;

    if (len == 0) {
        return lp_error(err, "",
                        "is empty: 64 hexadecimal digits are expected");
    }

    for (; text < end; text = next + 1) {
        next = memchr(text, '\n', (size_t) (end - text));
        next = next == NULL ? end : next;

        if (lp_peppers_line(ps, text, (size_t) (next - text), err) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


lp_peppers_t *
lp_peppers_create(const char *text, size_t len, lp_error_t *err)
{
    int           rc;
    lp_peppers_t *ps;

    ps = calloc(1, sizeof(lp_peppers_t));

    if (ps != NULL) {
        ps->sha256 = lp_digest_create();
    }

    if (ps == NULL || ps->sha256 == NULL) {
        (void) lp_error(err, "", "OpenSSL has no SHA-256 to give");
        lp_peppers_free(ps);
        return NULL;
    }

    rc = text == NULL ? lp_peppers_line(ps, LP_PEPPER_PLAIN,
                                        sizeof(LP_PEPPER_PLAIN) - 1, err)
                      : lp_peppers_lines(ps, text, len, err);

    if (rc != LP_OK) {
        lp_peppers_free(ps);
        return NULL;
    }

    return ps;
}


/* OpenSSL wipes the secret with its context. */
void
lp_peppers_free(lp_peppers_t *ps)
{
    size_t i;

    if (ps == NULL) {
        return;
    }

    for (i = 0; i < LP_PEPPERS; i++) {
        EVP_MAC_CTX_free(ps->each[i].mac);
    }

    lp_digest_free(ps->sha256);
    free(ps);
}


/* ---- what is asked of them ---- */

size_t
lp_peppers_count(const lp_peppers_t *ps)
{
    return ps->n;
}


const char *
lp_peppers_name(const lp_peppers_t *ps, size_t i)
{
    return ps->each[i].name;
}


int
lp_peppers_have(const lp_peppers_t *ps, const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < ps->n; i++) {
        if (strlen(ps->each[i].name) == len
            && memcmp(ps->each[i].name, name, len) == 0) {
            return 1;
        }
    }

    return 0;
}


const char *
lp_peppers_lacking(const lp_peppers_t *ps, const char *names, size_t *len)
{
    const char *blank, *end = names + *len;

    for (; names < end; names += *len + 1) {
        blank = memchr(names, ' ', (size_t) (end - names));
        *len = (size_t) ((blank == NULL ? end : blank) - names);

        if (!lp_peppers_have(ps, names, *len)) {
            return names;
        }
    }

    return NULL;
}


int
lp_peppers_digest(lp_peppers_t *ps, size_t i, const void *key, size_t len,
                  uint8_t out[LP_DIGEST_LEN])
{
    EVP_MAC_CTX *mac = ps->each[i].mac;

    return mac == NULL ? lp_digest_sha256(ps->sha256, key, len, out)
                       : lp_pepper_mac(mac, key, len, out);
}
