/*
 * How far a run of plain bytes reaches: sixteen at a time where SSE2 is, one
 * at a time elsewhere.
 */

#ifndef LP_SCAN_H
#define LP_SCAN_H


#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif


#define LP_SCAN_STEP 16 /* bytes */


static inline int
lp_scan_is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}


static inline int
lp_scan_is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}


/* The first byte of a string that is not plain ASCII, or `end`. */
static inline const uint8_t *
lp_scan_string(const uint8_t *p, const uint8_t *end)
{
#ifdef __SSE2__
    int     stop;
    __m128i block, found;

    while (end - p >= LP_SCAN_STEP) {
        block = _mm_loadu_si128((const __m128i *) (const void *) p);

        /* Signed: bytes from 0x80 are negative, thus below 0x20 as well. */
        found = _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8(0x20)),
                             _mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
        found
            = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
        stop = _mm_movemask_epi8(found);

        if (stop != 0) {
            return p + __builtin_ctz((unsigned) stop);
        }

        p += LP_SCAN_STEP;
    }
#endif

    while (p < end && lp_scan_is_plain(*p)) {
        p++;
    }

    return p;
}


/* The first byte that is not a digit, or `end`. */
static inline const uint8_t *
lp_scan_digits(const uint8_t *p, const uint8_t *end)
{
#ifdef __SSE2__
    int     stop;
    __m128i block;

    while (end - p >= LP_SCAN_STEP) {
        block
            = _mm_sub_epi8(_mm_loadu_si128((const __m128i *) (const void *) p),
                           _mm_set1_epi8('0'));
        stop = _mm_movemask_epi8(_mm_cmpeq_epi8(
                   _mm_min_epu8(block, _mm_set1_epi8(9)), block))
               ^ 0xffff;

        if (stop != 0) {
            return p + __builtin_ctz((unsigned) stop);
        }

        p += LP_SCAN_STEP;
    }
#endif

    while (p < end && (uint8_t) (*p - '0') <= 9) {
        p++;
    }

    return p;
}


/* The first byte that is not whitespace, or `end`. */
static inline const uint8_t *
lp_scan_space(const uint8_t *p, const uint8_t *end)
{
#ifdef __SSE2__
    int     stop;
    __m128i block, space;

    while (end - p >= LP_SCAN_STEP) {
        block = _mm_loadu_si128((const __m128i *) (const void *) p);

        space = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(' ')),
                             _mm_cmpeq_epi8(block, _mm_set1_epi8('\n')));
        space
            = _mm_or_si128(space, _mm_cmpeq_epi8(block, _mm_set1_epi8('\r')));
        space
            = _mm_or_si128(space, _mm_cmpeq_epi8(block, _mm_set1_epi8('\t')));
        stop = _mm_movemask_epi8(space) ^ 0xffff;

        if (stop != 0) {
            return p + __builtin_ctz((unsigned) stop);
        }

        p += LP_SCAN_STEP;
    }
#endif

    while (p < end && lp_scan_is_space(*p)) {
        p++;
    }

    return p;
}


/* The same where mostly nothing is to be passed. */
static inline const uint8_t *
lp_scan_gap(const uint8_t *p, const uint8_t *end)
{
    return p < end && *p <= ' ' ? lp_scan_space(p, end) : p;
}


#endif
