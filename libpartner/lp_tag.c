/*
 * Makes and compares tags, with libsodium.
 */

#include <sodium.h>

#include "lp_tag.h"


/*
 * Callers keep tags in shared memory and on tables of their own: a library
 * that changes these sizes must not compile.
 */
_Static_assert(LP_TAG_LEN == crypto_shorthash_siphashx24_BYTES, "tag");
_Static_assert(LP_TAG_KEY == crypto_shorthash_siphashx24_KEYBYTES, "key");


void
lp_tag_draw(uint8_t key[LP_TAG_KEY])
{
    randombytes_buf(key, LP_TAG_KEY);
}


/* It cannot fail: libsodium returns 0 whatever the text is. */
void
lp_tag_make(const uint8_t key[LP_TAG_KEY], const void *text, size_t len,
            uint8_t tag[LP_TAG_LEN])
{
    (void) crypto_shorthash_siphashx24(tag, text, len, key);
}


int
lp_tag_equal(const uint8_t a[LP_TAG_LEN], const uint8_t b[LP_TAG_LEN])
{
    return crypto_verify_16(a, b) == 0;
}
