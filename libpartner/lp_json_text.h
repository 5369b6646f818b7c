/*
 * What the inside of a JSON string says, and how text is written into one.
 */

#ifndef LP_JSON_TEXT_H
#define LP_JSON_TEXT_H


#include <stddef.h>
#include <stdint.h>


#define LP_REPLACEMENT 0xfffd /* stands for half a pair of surrogates */


/* What a pair of \uXXXX is made of (RFC 8259, section 7). */
static inline int
lp_utf16_is_high(uint32_t code)
{
    return code >> 10 == 0xd800 >> 10;
}


static inline int
lp_utf16_is_low(uint32_t code)
{
    return code >> 10 == 0xdc00 >> 10;
}


static inline uint32_t
lp_utf16_pair(uint32_t high, uint32_t low)
{
    return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
}


/* What that letter means behind a backslash; 0: nothing by itself. */
static inline uint8_t
lp_text_escaped(uint8_t letter)
{
    const char *pair;

    static const char pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

    for (pair = pairs; *pair != '\0'; pair += 2) {
        if (letter == (uint8_t) *pair) {
            return (uint8_t) pair[1];
        }
    }

    return 0;
}


/*
 * Unescapes what stands between the quotes of a valid string; returns the
 * length, never above `len`.  A lone surrogate reads as U+FFFD.  `map`, unless
 * NULL, has room for len + 1: where in `raw` each byte of `out` comes from;
 * then `len` is UINT16_MAX at most.
 */
size_t lp_text_unescape(const uint8_t *raw, size_t len, uint8_t *out,
                        uint16_t *map);

/* Writes at most 6 * len bytes, with no quotes around; returns how many. */
size_t lp_text_escape(const uint8_t *text, size_t len, uint8_t *out);

/* At most 4 bytes; `code` may be any Unicode scalar value. */
size_t lp_utf8_write(uint8_t *out, uint32_t code);

#endif
