/*
 * Reads and writes base64url, four characters at a time; where the processor
 * has SSSE3, sixteen are read.
 */

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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


#if defined(__x86_64__)

#define LP_BASE64URL_BLOCK 16 /* characters, which hold 12 bytes */

/* With so many left the 16 bytes that are stored fit into the caller's. */
#define LP_BASE64URL_AHEAD (LP_BASE64URL_BLOCK + 8)


static inline __attribute__((target("ssse3"))) __m128i
lp_base64url_between(__m128i block, char first, char last)
{
    return _mm_and_si128(
        _mm_cmpgt_epi8(block, _mm_set1_epi8((char) (first - 1))),
        _mm_cmplt_epi8(block, _mm_set1_epi8((char) (last + 1))));
}


/* Adds to the values those of the characters that the mask names. */
static inline __attribute__((target("ssse3"))) __m128i
lp_base64url_class(__m128i *known, __m128i values, __m128i mask, int shift)
{
    *known = _mm_or_si128(*known, mask);

    return _mm_or_si128(values,
                        _mm_and_si128(mask, _mm_set1_epi8((char) shift)));
}


/*
 * Takes whole blocks and returns how many characters they were: fewer when one
 * holds what is no digit, which is then for the caller to find.
 */
static __attribute__((target("ssse3"))) size_t
lp_base64url_blocks(const char *text, size_t len, uint8_t *out)
{
    size_t  i;
    __m128i block, known, value;

    for (i = 0; len - i >= LP_BASE64URL_AHEAD; i += LP_BASE64URL_BLOCK) {
        block = _mm_loadu_si128((const __m128i *) (const void *) (text + i));
        known = value = _mm_setzero_si128();

        /* how far the values lie from the characters */
        value = lp_base64url_class(
            &known, value, lp_base64url_between(block, 'A', 'Z'), 0 - 'A');
        value = lp_base64url_class(
            &known, value, lp_base64url_between(block, 'a', 'z'), 26 - 'a');
        value = lp_base64url_class(
            &known, value, lp_base64url_between(block, '0', '9'), 52 - '0');
        value = lp_base64url_class(
            &known, value, lp_base64url_between(block, '-', '-'), 62 - '-');
        value = lp_base64url_class(
            &known, value, lp_base64url_between(block, '_', '_'), 63 - '_');

        if (_mm_movemask_epi8(known) != 0xffff) {
            break;
        }

        /* four times 6 bits into 24, which then leave the unused byte out */
        value = _mm_add_epi8(block, value);
        value = _mm_maddubs_epi16(value, _mm_set1_epi32(0x01400140));
        value = _mm_madd_epi16(value, _mm_set1_epi32(0x00011000));
        value = _mm_shuffle_epi8(value,
                                 _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14,
                                               13, 12, -1, -1, -1, -1));

        _mm_storeu_si128((__m128i *) (void *) (out + i / 4 * 3), value);
    }

    return i;
}

#endif


/* How many characters need not be read one by one. */
static size_t
lp_base64url_ahead(const char *text, size_t len, uint8_t *out)
{
#if defined(__x86_64__)
    if (len >= LP_BASE64URL_AHEAD && __builtin_cpu_supports("ssse3")) {
        return lp_base64url_blocks(text, len, out);
    }
#endif

    (void) text;
    (void) len;
    (void) out;

    return 0;
}


int
lp_base64url_decode(const char *text, size_t len, uint8_t *out,
                    size_t *out_len)
{
    size_t   i, whole, tail;
    uint8_t *p;
    unsigned a, b, c, d, bad;

    tail = len % 4;
    whole = len - tail;
    bad = tail == 1 ? LP_BASE64URL_BAD : 0;

    i = lp_base64url_ahead(text, len, out);
    p = out + i / 4 * 3;

    for (; i < whole; i += 4) {
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
