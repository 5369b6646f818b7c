/*
 * What hexadecimal digits are worth, and which a byte has.
 */

#ifndef LP_HEX_H
#define LP_HEX_H


#include <stddef.h>
#include <stdint.h>


/* 0 to 15, or -1: none of the sixteen.  What we write ourselves. */
static inline int
lp_hex_lower(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* The same of either case.  What others write. */
static inline int
lp_hex_digit(char c)
{
    return lp_hex_lower(c >= 'A' && c <= 'F' ? (char) (c | 0x20) : c);
}


/* The same of what is known to be one. */
static inline unsigned
lp_hex_known(uint8_t c)
{
    return (c & 15u) + (c >> 6) * 9u;
}


/* Two digits a byte, lower case; no zero behind them. */
static inline void
lp_hex_write(char *out, const uint8_t *bytes, size_t n)
{
    size_t i;

    static const char digits[] = "0123456789abcdef";

    for (i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
}


#endif
