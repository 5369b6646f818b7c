/*
 * Digests seen lately: a table that a tag points into directly.
 */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lp_recent.h"


_Static_assert(LP_RECENT_TAG == crypto_shorthash_siphashx24_BYTES, "tag");


typedef struct {
    uint8_t tag[LP_RECENT_TAG];
    uint8_t digest[LP_DIGEST_LEN];
} lp_recent_entry_t;

struct lp_recent_s {
    uint8_t           key[crypto_shorthash_siphashx24_KEYBYTES];
    size_t            mask;
    lp_recent_entry_t entries[];
};


lp_recent_t *
lp_recent_create(size_t size)
{
    lp_recent_t *recent;

    recent = calloc(1, sizeof(lp_recent_t) + size * sizeof(lp_recent_entry_t));

    if (recent == NULL) {
        return NULL;
    }

    recent->mask = size - 1;
    randombytes_buf(recent->key, sizeof(recent->key));

    return recent;
}


void
lp_recent_free(lp_recent_t *recent)
{
    if (recent == NULL) {
        return;
    }

    sodium_memzero(recent->key, sizeof(recent->key));
    free(recent);
}


static size_t
lp_recent_place(const lp_recent_t *recent, const uint8_t tag[LP_RECENT_TAG])
{
    uint64_t low;

    memcpy(&low, tag, sizeof(low));

    return (size_t) low & recent->mask;
}


/* An empty entry has the tag 0, which a text has once in 2^128. */
int
lp_recent_find(const lp_recent_t *recent, const void *text, size_t len,
               uint8_t tag[LP_RECENT_TAG], uint8_t digest[LP_DIGEST_LEN])
{
    const lp_recent_entry_t *entry;

    (void) crypto_shorthash_siphashx24(tag, text, len, recent->key);

    entry = &recent->entries[lp_recent_place(recent, tag)];

    if (crypto_verify_16(entry->tag, tag) != 0) {
        return 0;
    }

    memcpy(digest, entry->digest, LP_DIGEST_LEN);

    return 1;
}


void
lp_recent_keep(lp_recent_t *recent, const uint8_t tag[LP_RECENT_TAG],
               const uint8_t digest[LP_DIGEST_LEN])
{
    lp_recent_entry_t *entry;

    entry = &recent->entries[lp_recent_place(recent, tag)];
    memcpy(entry->tag, tag, LP_RECENT_TAG);
    memcpy(entry->digest, digest, LP_DIGEST_LEN);
}
