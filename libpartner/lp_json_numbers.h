/*
 * Numbers that follow each other in an array, as coordinates and series do: 32
 * bytes are judged at once, by masks that hold a bit for each byte.
 */

#ifndef LP_JSON_NUMBERS_H
#define LP_JSON_NUMBERS_H


#include "lp_json_token.h"


#define LP_JSON_NUMBERS 32 /* bytes at a time, and as many are read */

/* The first byte in the lowest bit; bits beyond LP_JSON_NUMBERS are 0. */
typedef struct {
    uint64_t digits;
    uint64_t zeros;
    uint64_t commas;
    uint64_t blanks;
    uint64_t signs;
    uint64_t points;
} lp_json_numbers_t;


static LP_JSON_INLINE uint64_t
lp_json_numbers_like(const uint8_t *p, uint8_t c)
{
    return lp_scan_like(p, c)
           | lp_scan_like(p + LP_SCAN_STEP, c) << LP_SCAN_STEP;
}


static LP_JSON_INLINE void
lp_json_numbers_read(lp_json_numbers_t *n, const uint8_t *p)
{
    n->digits = (lp_scan_not_digits(p)
                 | lp_scan_not_digits(p + LP_SCAN_STEP) << LP_SCAN_STEP)
                ^ 0xffffffff;
    n->zeros = lp_json_numbers_like(p, '0');
    n->commas = lp_json_numbers_like(p, ',');
    n->blanks = lp_json_numbers_like(p, ' ');
    n->signs = lp_json_numbers_like(p, '-');
    n->points = lp_json_numbers_like(p, '.');
}


/*
 * How many bytes end with a digit and are followed by what ends a number: by
 * the first byte that is in none of these masks, or by the last comma.  An
 * exponent is not for here.  0: there is no such end.
 */
static LP_JSON_INLINE unsigned
lp_json_numbers_end(const lp_json_numbers_t *n, const uint8_t *p)
{
    unsigned end;
    uint64_t ours, commas;

    ours = n->digits | n->commas | n->blanks | n->signs | n->points;
    end = lp_scan_first(~ours);

    if (end > 0 && end < LP_JSON_NUMBERS && n->digits >> (end - 1) & 1
        && (p[end] | 0x20) != 'e') {
        return end;
    }

    commas = n->commas & ((UINT64_C(1) << end) - 1);

    return commas != 0 ? 63 - (unsigned) __builtin_clzll(commas) : 0;
}


/*
 * Whether they are numbers without exponent and a comma, or a comma and a blank
 * between each two (RFC 8259, section 6).
 */
static LP_JSON_INLINE int
lp_json_numbers_good(lp_json_numbers_t *n, unsigned end)
{
    uint64_t within, first, begins, behind_point, wrong;

    within = (UINT64_C(1) << end) - 1;
    n->digits &= within;
    n->commas &= within;
    n->blanks &= within;
    n->signs &= within;
    n->points &= within;

    first = (((n->commas << 1) & ~n->blanks) | n->blanks << 1 | 1) & within;
    begins = (first & n->digits) | n->signs << 1;

    /* what is added runs through the digits and stays where they end */
    behind_point = (n->digits + (n->points << 1)) & ~n->digits;

    wrong = n->signs & ~first;
    wrong |= n->blanks & ~(n->commas << 1);
    wrong |= (n->commas | n->points) & ~(n->digits << 1);
    wrong |= n->points & behind_point;
    wrong |= (begins & n->zeros) << 1 & n->digits; /* 01 */
    wrong |= ~n->digits & UINT64_C(1) << (end - 1);

    return wrong == 0;
}


/* Where the next number of the run begins, or NULL. */
static LP_JSON_INLINE const uint8_t *
lp_json_numbers_next(const uint8_t *p, const uint8_t *limit)
{
    if (*p != ',') {
        return NULL;
    }

    p += 1 + (p[1] == ' ');

    return p < limit && (lp_scan_is_digit(*p) || *p == '-') ? p : NULL;
}


/*
 * Behind the last of the numbers that begin at p, which lies before the limit,
 * or behind the first of them alone, or NULL: it is for the table.
 */
static LP_JSON_INLINE const uint8_t *
lp_json_numbers(const uint8_t *p, const uint8_t *limit)
{
    unsigned          end;
    const uint8_t    *behind = NULL;
    lp_json_numbers_t numbers;

    do {
        lp_json_numbers_read(&numbers, p);
        end = lp_json_numbers_end(&numbers, p);

        if (end == 0 || !lp_json_numbers_good(&numbers, end)) {
            return behind != NULL ? behind : lp_json_lane_number(p);
        }

        behind = p + end;
        p = lp_json_numbers_next(behind, limit);
    } while (p != NULL);

    return behind;
}


/*
 * Behind a value, or NULL.  `after` says what it lies in: nobody is told of
 * elements that are scalars, so that many can be taken for one.
 */
static LP_JSON_INLINE const uint8_t *
lp_json_lane_value(const uint8_t *p, const uint8_t *limit, uint8_t after)
{
    if (after == LP_JSON_AFTER_ELEMENT
        && (lp_scan_is_digit(*p) || *p == '-')) {
        return lp_json_numbers(p, limit);
    }

    return lp_json_lane_whole(p, limit);
}


#endif
