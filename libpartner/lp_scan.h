/*
 * How far a run of like bytes reaches, sixteen at a time: with SSE2, with NEON
 * or, where neither is, byte by byte.
 */

#ifndef LP_SCAN_H
#define LP_SCAN_H


#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif


#define LP_SCAN_STEP 16 /* bytes */

/*
 * Which bytes end a run: a bit for each, the first byte in the lowest.  Of the
 * 64 bits 16 are used: masks of 64 bytes, with SSE2 or AVX2, were no faster on
 * documents whose strings are short, as most are.
 */
typedef uint64_t lp_scan_mask_t;


static inline int
lp_scan_is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}


static inline int
lp_scan_is_digit(uint8_t c)
{
    return (uint8_t) (c - '0') <= 9;
}


static inline int
lp_scan_is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}


/*
 * The five that follow look at sixteen bytes from p on, which the caller knows
 * to be readable, at any alignment.  All variants give the same masks
 * (lua-free-tests/unit/test_lp_scan.c).
 */

#if defined(__SSE2__)

typedef __m128i lp_scan_block_t;


static inline lp_scan_block_t
lp_scan_load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *) (const void *) p);
}


static inline lp_scan_block_t
lp_scan_equal(lp_scan_block_t block, char c)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(c));
}


static inline lp_scan_mask_t
lp_scan_mask(lp_scan_block_t block)
{
    return (unsigned) _mm_movemask_epi8(block);
}


/*
 * What is not plain.  With bit 1 turned over the quote, 0x22, goes below the
 * blank and its neighbours stay above 0x20, so that one signed subtraction has
 * the sign of quotes, of control characters and of what is not ASCII.
 */
static inline lp_scan_mask_t
lp_scan_stops(const uint8_t *p)
{
    lp_scan_block_t block = lp_scan_load(p), found;

    found = _mm_subs_epi8(_mm_xor_si128(block, _mm_set1_epi8(2)),
                          _mm_set1_epi8(0x21));

    return lp_scan_mask(_mm_or_si128(found, lp_scan_equal(block, '\\')));
}


static inline lp_scan_mask_t
lp_scan_not_digits(const uint8_t *p)
{
    lp_scan_block_t block;

    block = _mm_sub_epi8(lp_scan_load(p), _mm_set1_epi8('0'));
    block = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(9)), block);

    return lp_scan_mask(block) ^ 0xffff;
}


static inline lp_scan_mask_t
lp_scan_not_space(const uint8_t *p)
{
    lp_scan_block_t block = lp_scan_load(p), space;

    space
        = _mm_or_si128(lp_scan_equal(block, ' '), lp_scan_equal(block, '\n'));
    space = _mm_or_si128(space, lp_scan_equal(block, '\r'));
    space = _mm_or_si128(space, lp_scan_equal(block, '\t'));

    return lp_scan_mask(space) ^ 0xffff;
}


static inline lp_scan_mask_t
lp_scan_like(const uint8_t *p, uint8_t c)
{
    return lp_scan_mask(lp_scan_equal(lp_scan_load(p), (char) c));
}


static inline lp_scan_mask_t
lp_scan_differing(const uint8_t *p, const uint8_t *q)
{
    lp_scan_block_t same = _mm_cmpeq_epi8(lp_scan_load(p), lp_scan_load(q));

    return lp_scan_mask(same) ^ 0xffff;
}


#elif defined(__aarch64__)

typedef uint8x16_t lp_scan_block_t;


static inline lp_scan_block_t
lp_scan_equal(lp_scan_block_t block, uint8_t c)
{
    return vceqq_u8(block, vdupq_n_u8(c));
}


/* Of bytes that are 0 or 255: each half is added up, a bit a byte. */
static inline lp_scan_mask_t
lp_scan_mask(lp_scan_block_t block)
{
    static const uint8_t bits[LP_SCAN_STEP]
        = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };

    block = vandq_u8(block, vld1q_u8(bits));

    return vaddv_u8(vget_low_u8(block))
           | (unsigned) vaddv_u8(vget_high_u8(block)) << 8;
}


static inline lp_scan_mask_t
lp_scan_stops(const uint8_t *p)
{
    lp_scan_block_t block = vld1q_u8(p), found;

    found = vcgtq_u8(vsubq_u8(block, vdupq_n_u8(0x20)), vdupq_n_u8(0x5f));
    found = vorrq_u8(found, lp_scan_equal(block, '"'));

    return lp_scan_mask(vorrq_u8(found, lp_scan_equal(block, '\\')));
}


static inline lp_scan_mask_t
lp_scan_not_digits(const uint8_t *p)
{
    lp_scan_block_t block = vsubq_u8(vld1q_u8(p), vdupq_n_u8('0'));

    return lp_scan_mask(vcgtq_u8(block, vdupq_n_u8(9)));
}


static inline lp_scan_mask_t
lp_scan_not_space(const uint8_t *p)
{
    lp_scan_block_t block = vld1q_u8(p), space;

    space = vorrq_u8(lp_scan_equal(block, ' '), lp_scan_equal(block, '\n'));
    space = vorrq_u8(space, lp_scan_equal(block, '\r'));
    space = vorrq_u8(space, lp_scan_equal(block, '\t'));

    return lp_scan_mask(vmvnq_u8(space));
}


static inline lp_scan_mask_t
lp_scan_like(const uint8_t *p, uint8_t c)
{
    return lp_scan_mask(lp_scan_equal(vld1q_u8(p), c));
}


static inline lp_scan_mask_t
lp_scan_differing(const uint8_t *p, const uint8_t *q)
{
    return lp_scan_mask(vmvnq_u8(vceqq_u8(vld1q_u8(p), vld1q_u8(q))));
}


#else


static inline lp_scan_mask_t
lp_scan_each(const uint8_t *p, int (*is)(uint8_t))
{
    unsigned       i;
    lp_scan_mask_t mask = 0;

    for (i = 0; i < LP_SCAN_STEP; i++) {
        mask |= (lp_scan_mask_t) !is(p[i]) << i;
    }

    return mask;
}


static inline lp_scan_mask_t
lp_scan_stops(const uint8_t *p)
{
    return lp_scan_each(p, lp_scan_is_plain);
}


static inline lp_scan_mask_t
lp_scan_not_digits(const uint8_t *p)
{
    return lp_scan_each(p, lp_scan_is_digit);
}


static inline lp_scan_mask_t
lp_scan_not_space(const uint8_t *p)
{
    return lp_scan_each(p, lp_scan_is_space);
}


static inline lp_scan_mask_t
lp_scan_like(const uint8_t *p, uint8_t c)
{
    unsigned       i;
    lp_scan_mask_t mask = 0;

    for (i = 0; i < LP_SCAN_STEP; i++) {
        mask |= (lp_scan_mask_t) (p[i] == c) << i;
    }

    return mask;
}


static inline lp_scan_mask_t
lp_scan_differing(const uint8_t *p, const uint8_t *q)
{
    unsigned       i;
    lp_scan_mask_t mask = 0;

    for (i = 0; i < LP_SCAN_STEP; i++) {
        mask |= (lp_scan_mask_t) (p[i] != q[i]) << i;
    }

    return mask;
}


#endif


/* The place of the first byte that a mask names; it names one. */
static inline unsigned
lp_scan_first(lp_scan_mask_t mask)
{
    return (unsigned) __builtin_ctzll(mask);
}


/* Both functions are known where it is called, so that all becomes one. */
static inline __attribute__((always_inline)) const uint8_t *
lp_scan_run(const uint8_t *p, const uint8_t *end,
            lp_scan_mask_t (*stops)(const uint8_t *), int (*is)(uint8_t))
{
    lp_scan_mask_t mask;

    for (; end - p >= LP_SCAN_STEP; p += LP_SCAN_STEP) {
        mask = stops(p);

        if (mask != 0) {
            return p + lp_scan_first(mask);
        }
    }

    while (p < end && is(*p)) {
        p++;
    }

    return p;
}


/* The first byte of a string that is not plain ASCII, or `end`. */
static inline const uint8_t *
lp_scan_string(const uint8_t *p, const uint8_t *end)
{
    return lp_scan_run(p, end, lp_scan_stops, lp_scan_is_plain);
}


/* The first byte that is not whitespace, or `end`. */
static inline const uint8_t *
lp_scan_space(const uint8_t *p, const uint8_t *end)
{
    return lp_scan_run(p, end, lp_scan_not_space, lp_scan_is_space);
}


#endif
