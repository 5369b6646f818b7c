/*
 * Reads and writes base64url, four characters at a time.
 */

#include "lp_base64url.h"
#include "lp_error.h"


#define LP_BASE64URL_BAD 0x80 /* no value of a digit has this bit */

/* One more than the digit's value; 0: no digit. */
/* clang-format off */
static const uint8_t lp_base64url_digits[256] = {
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6,
    ['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12,
    ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
    ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26,
    ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38,
    ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44,
    ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50,
    ['y'] = 51, ['z'] = 52,
    ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58,
    ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};
/* clang-format on */


static unsigned
lp_base64url_digit(char c)
{
    return lp_base64url_digits[(uint8_t) c] - 1u;
}


/* The two or three characters behind the last whole four. */
static int
lp_base64url_tail(const char *text, size_t len, uint8_t *out)
{
    unsigned a, b, c;

    a = lp_base64url_digit(text[0]);
    b = lp_base64url_digit(text[1]);
    c = len == 3 ? lp_base64url_digit(text[2]) : 0;

    if (((a | b | c) & LP_BASE64URL_BAD) != 0
        || (len == 2 ? b & 0xf : c & 0x3) != 0) {
        return LP_INVALID;
    }

    out[0] = (uint8_t) (a << 2 | b >> 4);

    if (len == 3) {
        out[1] = (uint8_t) (b << 4 | c >> 2);
    }

    return LP_OK;
}


int
lp_base64url_decode(const char *text, size_t len, uint8_t *out,
                    size_t *out_len)
{
    size_t   i, whole, tail;
    uint8_t *p;
    unsigned a, b, c, d, bad;

    p = out;
    tail = len % 4;
    whole = len - tail;
    bad = tail == 1 ? LP_BASE64URL_BAD : 0;

    for (i = 0; i < whole; i += 4) {
        a = lp_base64url_digit(text[i]);
        b = lp_base64url_digit(text[i + 1]);
        c = lp_base64url_digit(text[i + 2]);
        d = lp_base64url_digit(text[i + 3]);
        bad |= a | b | c | d;

        *p++ = (uint8_t) (a << 2 | b >> 4);
        *p++ = (uint8_t) (b << 4 | c >> 2);
        *p++ = (uint8_t) (c << 6 | d);
    }

    if ((bad & LP_BASE64URL_BAD) != 0
        || (tail > 1 && lp_base64url_tail(text + whole, tail, p) != LP_OK)) {
        return LP_INVALID;
    }

    *out_len = (size_t) (p - out) + (tail > 1 ? tail - 1 : 0);

    return LP_OK;
}


size_t
lp_base64url_encode(const void *data, size_t len, char *out)
{
    char          *p;
    size_t         i, left;
    uint32_t       bits;
    const uint8_t *in;

    static const char digits[]
        = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    in = data;
    p = out;

    for (i = 0; i < len; i += 3) {
        left = len - i;
        bits = (uint32_t) in[i] << 16
               | (left > 1 ? (uint32_t) in[i + 1] << 8 : 0)
               | (left > 2 ? in[i + 2] : 0);

        *p++ = digits[bits >> 18];
        *p++ = digits[bits >> 12 & 0x3f];

        /* The characters that would hold nothing are left out. */
        if (left > 1) {
            *p++ = digits[bits >> 6 & 0x3f];
        }

        if (left > 2) {
            *p++ = digits[bits & 0x3f];
        }
    }

    return (size_t) (p - out);
}
