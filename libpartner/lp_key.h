/*
 * The API key: what a partner's developer holds.
 *
 *     sk_ + 43 base62 digits (256 bits of entropy) + 6 base62 digits (CRC-32)
 *
 * The checksum lets a scanner tell a key from noise, and lets the gateway
 * refuse a mistyped key without asking anyone.
 */

#ifndef LP_KEY_H
#define LP_KEY_H


#include <stddef.h>
#include <stdint.h>


#define LP_KEY_ENTROPY    32 /* bytes */
#define LP_KEY_LEN        52 /* characters, without the final zero */
#define LP_KEY_PREFIX_LEN 8  /* characters that may be shown and stored */


/*
 * Writes the key for `entropy`, which the caller takes from a
 * cryptographically secure source and wipes.
 */
void lp_key_encode(const uint8_t entropy[LP_KEY_ENTROPY],
                   char          out[LP_KEY_LEN + 1]);


/* 1 when the text has the form of a key and its checksum agrees, else 0. */
int lp_key_well_formed(const char *text, size_t len);


#endif
