/*
 * What the inside of a JSON string says, and how text is written into one.
 */

#ifndef LP_JSON_TEXT_H
#define LP_JSON_TEXT_H


#include <stddef.h>
#include <stdint.h>


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
