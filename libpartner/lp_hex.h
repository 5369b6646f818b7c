/*
 * What a hexadecimal digit is worth.
 */

#ifndef LP_HEX_H
#define LP_HEX_H


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


#endif
