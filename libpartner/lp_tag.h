/*
 * Tags of texts: SipHash-2-4 of 128 bits (Aumasson and Bernstein, 2012) under a
 * key that is drawn at random and shown to nobody.  Who does not know the key
 * can only guess, so two texts with one tag count as the same: a sixth of what
 * SHA-256 costs where the processor has no instructions for it.
 */

#ifndef LP_TAG_H
#define LP_TAG_H


#include <stddef.h>
#include <stdint.h>


#define LP_TAG_LEN 16 /* bytes */
#define LP_TAG_KEY 16 /* bytes */


/* From the system's random numbers; without any the process ends. */
void lp_tag_draw(uint8_t key[LP_TAG_KEY]);

/* What the text is known by, to those who have the key. */
void lp_tag_make(const uint8_t key[LP_TAG_KEY], const void *text, size_t len,
                 uint8_t tag[LP_TAG_LEN]);

/* Constant time in the contents: 1 equal, 0 not. */
int lp_tag_equal(const uint8_t a[LP_TAG_LEN], const uint8_t b[LP_TAG_LEN]);


#endif
