/*
 * Digests seen lately: a table that a tag points into directly.
 */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lp_recent.h"


typedef struct {
    uint8_t tag[LP_TAG_LEN];
    uint8_t digest[LP_DIGEST_LEN];
} lp_recent_entry_t;

/*
 * One place for each tag and no chain: a collision costs the earlier text one
 * SHA-256.
 */
struct lp_recent_s {
    uint8_t           key[LP_TAG_KEY];
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

    /* A tag is as good as random, so its low bits are a place. */
    recent->mask = size - 1;
    lp_tag_draw(recent->key);

    return recent;
}


void
lp_recent_free(lp_recent_t *recent)
{
    if (recent == NULL) {
        return;
    }

    /* Who finds it in freed memory could look for texts that share a tag. */
    sodium_memzero(recent->key, sizeof(recent->key));
    free(recent);
}


static size_t
lp_recent_place(const lp_recent_t *recent, const uint8_t tag[LP_TAG_LEN])
{
    uint64_t low;

    memcpy(&low, tag, sizeof(low));

    return (size_t) low & recent->mask;
}


/* An empty entry has the tag 0, which a text has once in 2^128. */
int
lp_recent_find(const lp_recent_t *recent, const void *text, size_t len,
               uint8_t tag[LP_TAG_LEN], uint8_t digest[LP_DIGEST_LEN])
{
    const lp_recent_entry_t *entry;

    lp_tag_make(recent->key, text, len, tag);
    entry = &recent->entries[lp_recent_place(recent, tag)];

    if (!lp_tag_equal(entry->tag, tag)) {
        return 0;
    }

    memcpy(digest, entry->digest, LP_DIGEST_LEN);

    return 1;
}


/*
 * What stood there is gone; a caller whose keys alternate on one place pays as
 * if there were no table.
 */
void
lp_recent_keep(lp_recent_t *recent, const uint8_t tag[LP_TAG_LEN],
               const uint8_t digest[LP_DIGEST_LEN])
{
    lp_recent_entry_t *entry;

    entry = &recent->entries[lp_recent_place(recent, tag)];
    memcpy(entry->tag, tag, LP_TAG_LEN);
    memcpy(entry->digest, digest, LP_DIGEST_LEN);
}
