/*
 * Reads a set of keys, and finds the one that a token names.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <malloc.h>
#include <openssl/crypto.h>

#include "lp_document.h"
#include "lp_jwks.h"


/*
 * Searched from the first on: sets have a handful of keys, and a token is
 * looked up here once, then found by its tag.
 */
struct lp_jwks_s {
    size_t   n;
    lp_jwk_t keys[LP_JWKS_KEYS];
};


static int
lp_jwk_named(const lp_jwk_t *key, const char *kid, size_t kid_len)
{
    return key->kid_len == kid_len && memcmp(key->kid, kid, kid_len) == 0;
}


/*
 * One name may stand for keys of different algorithms (RFC 7517, section 4.5):
 * the header of a token names both.
 */
static int
lp_jwks_ambiguous(const lp_jwks_t *set, const lp_jwk_t *key)
{
    size_t i;

    for (i = 0; key->kid_len > 0 && i < set->n; i++) {
        if ((set->keys[i].algorithms & key->algorithms) != 0
            && lp_jwk_named(&set->keys[i], key->kid, key->kid_len)) {
            return 1;
        }
    }

    return 0;
}


/* A key that is not for us takes no room: LP_JWKS_KEYS counts those of use. */
static int
lp_jwks_add(lp_jwks_t *set, const json_t *object, uint32_t algorithms,
            size_t number, lp_error_t *err)
{
    int       rc;
    char      pointer[32];
    lp_jwk_t *key;

    (void) snprintf(pointer, sizeof(pointer), "/keys/%zu", number);

    /* before the key is read: there is no place to read it into */
    if (set->n == LP_JWKS_KEYS) {
        return lp_error(err, pointer, "at most %d keys are allowed",
                        LP_JWKS_KEYS);
    }

    key = &set->keys[set->n];
    rc = lp_jwk_read(key, object, algorithms, pointer, err);

    if (rc != LP_OK) {
        return rc == LP_JWK_UNUSED ? LP_OK : rc;
    }

    if (lp_jwks_ambiguous(set, key)) {
        lp_jwk_free(key);
        return lp_error(err, pointer,
                        "allowed: each kid once for an algorithm");
    }

    set->n++;

    return LP_OK;
}


/* Names what a key could be for. */
static int
lp_jwks_none(uint32_t algorithms, lp_error_t *err)
{
    char     names[8 * LP_ALGS];
    size_t   len;
    unsigned alg;

    names[0] = '\0';

    for (len = 0, alg = 0; alg < LP_ALGS; alg++) {
        if (algorithms & LP_ALG_BIT(alg)) {
            len += (size_t) snprintf(names + len, sizeof(names) - len, "%s%s",
                                     len > 0 ? ", " : "",
                                     lp_alg_name((lp_alg_t) alg));
        }
    }

    return lp_error(err, "/keys", "required: a key that verifies one of %s",
                    names);
}


/*
 * Lenient, a bad key costs itself alone, and what is wrong with it is said to
 * nobody.
 */
static int
lp_jwks_read(lp_jwks_t *set, const json_t *root, uint32_t algorithms,
             lp_strictness_t strictness, lp_error_t *err)
{
    size_t        i;
    const json_t *keys;

    keys = json_object_get(root, "keys");

    if (!json_is_array(keys)) {
        return lp_error(err, "/keys", "required: an array of keys");
    }

    for (i = 0; i < json_array_size(keys); i++) {
        if (lp_jwks_add(set, json_array_get(keys, i), algorithms, i, err)
                != LP_OK
            && strictness == LP_STRICT) {
            return LP_INVALID;
        }
    }

    return set->n > 0 ? LP_OK : lp_jwks_none(algorithms, err);
}


/* jansson copies a text more than once, and frees each copy as it is. */
static void
lp_jwks_wipe(void *memory)
{
    if (memory != NULL) {
        OPENSSL_cleanse(memory, malloc_usable_size(memory));
        free(memory);
    }
}


static lp_jwks_t *
lp_jwks_make(const char *text, size_t len, uint32_t algorithms,
             lp_strictness_t strictness, lp_error_t *err)
{
    json_t    *root;
    lp_jwks_t *set;

    root = lp_document_load(text, len, LP_JWKS_MAX, err);

    if (root == NULL) {
        return NULL;
    }

    set = calloc(1, sizeof(lp_jwks_t));

    if (set == NULL) {
        (void) lp_error(err, "", "out of memory");

    } else if (lp_jwks_read(set, root, algorithms, strictness, err) != LP_OK) {
        lp_jwks_free(set);
        set = NULL;
    }

    json_decref(root);

    return set;
}


/*
 * Verifiers hold OpenSSL's contexts, which is why a set is made once and kept
 * and never copied.
 */
lp_jwks_t *
lp_jwks_parse(const char *text, size_t len, uint32_t algorithms,
              lp_strictness_t strictness, lp_error_t *err)
{
    lp_jwks_t    *set;
    json_free_t   give;
    json_malloc_t take;

    if ((algorithms & LP_ALG_SYMMETRIC) == 0) {
        return lp_jwks_make(text, len, algorithms, strictness, err);
    }

    json_get_alloc_funcs(&take, &give);
    json_set_alloc_funcs(malloc, lp_jwks_wipe);

    set = lp_jwks_make(text, len, algorithms, strictness, err);

    json_set_alloc_funcs(take, give);

    return set;
}


void
lp_jwks_free(lp_jwks_t *set)
{
    size_t i;

    for (i = 0; set != NULL && i < set->n; i++) {
        lp_jwk_free(&set->keys[i]);
    }

    free(set);
}


size_t
lp_jwks_count(const lp_jwks_t *set)
{
    return set->n;
}


/*
 * With two keys of an algorithm a header without `kid` is not tried on each:
 * one of them is meant, and who verifies must not guess (RFC 7515, section
 * 4.1.4).
 */
const lp_jwk_t *
lp_jwks_find(const lp_jwks_t *set, lp_alg_t alg, const char *kid,
             size_t kid_len)
{
    size_t          i;
    const lp_jwk_t *key, *found;

    for (found = NULL, i = 0; i < set->n; i++) {
        key = &set->keys[i];

        if (key->verifiers[alg] == NULL) {
            continue;
        }

        if (kid_len > 0 && lp_jwk_named(key, kid, kid_len)) {
            return key;
        }

        if (kid_len == 0) {

            if (found != NULL) {
                return NULL;
            }

            found = key;
        }
    }

    return found;
}
