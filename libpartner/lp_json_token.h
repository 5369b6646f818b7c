/*
 * Tokens that lie whole and plain in the input, as nearly all do: what the
 * fast lane and its echoes take.
 */

#ifndef LP_JSON_TOKEN_H
#define LP_JSON_TOKEN_H


#include <string.h>

#include "lp_json_state.h"
#include "lp_scan.h"


/* All of it becomes one function, whatever the compiler thinks of its size. */
#define LP_JSON_INLINE inline __attribute__((always_inline))

#define lp_json_likely(x) __builtin_expect(!!(x), 1)


/* Two bytes at once: what compact JSON has between its tokens. */
static inline int
lp_json_lane_pair(const uint8_t *p, const char *pair)
{
    return memcmp(p, pair, 2) == 0;
}


/* Behind whitespace, or not quite where it goes on behind the limit. */
static __attribute__((noinline, unused)) const uint8_t *
lp_json_lane_space(const uint8_t *p, const uint8_t *limit)
{
    return p < limit ? lp_scan_space(p, limit) : p;
}


static inline const uint8_t *
lp_json_lane_gap(const uint8_t *p, const uint8_t *limit)
{
    if (lp_json_likely(*p > ' ')) {
        return p;
    }

    p += *p == ' '; /* mostly it is one */

    return *p > ' ' ? p : lp_json_lane_space(p, limit);
}


/* Its first step had no stop, which is why p stands for "not its end". */
static __attribute__((noinline, unused)) const uint8_t *
lp_json_lane_long(const uint8_t *p, const uint8_t *limit)
{
    const uint8_t *at;
    lp_scan_mask_t stops;

    for (at = p + LP_SCAN_STEP; at < limit; at += LP_SCAN_STEP) {
        stops = lp_scan_stops(at);

        if (stops != 0) {
            return at + lp_scan_first(stops);
        }
    }

    return p;
}


/*
 * From behind the quote that opens a string to the one that ends it, or to
 * another byte where this is not for the lane.
 */
static inline const uint8_t *
lp_json_lane_string(const uint8_t *p, const uint8_t *limit)
{
    lp_scan_mask_t stops = lp_scan_stops(p);

    return lp_json_likely(stops != 0) ? p + lp_scan_first(stops)
                                      : lp_json_lane_long(p, limit);
}


/*
 * Behind a number of at most sixteen bytes without exponent, or NULL; what may
 * not follow one is refused where the next token is.
 */
static inline const uint8_t *
lp_json_lane_number(const uint8_t *p)
{
    unsigned       n, fraction;
    lp_scan_mask_t stops;

    p += *p == '-';
    stops = lp_scan_not_digits(p);

    if (stops == 0) {
        return NULL;
    }

    n = lp_scan_first(stops);

    if (n == 0 || (*p == '0' && n > 1)) {
        return NULL;
    }

    if (p[n] == '.') {
        fraction = n + 1;
        stops &= stops - 1;

        if (stops == 0 || lp_scan_first(stops) == fraction) {
            return NULL;
        }

        n = lp_scan_first(stops);
    }

    p += n;

    return (*p | 0x20) == 'e' ? NULL : p;
}


/* Behind a literal, or NULL. */
static inline const uint8_t *
lp_json_lane_literal(const uint8_t *p)
{
    if (memcmp(p, "true", 4) == 0 || memcmp(p, "null", 4) == 0) {
        return p + 4;
    }

    return memcmp(p, "false", 5) == 0 ? p + 5 : NULL;
}


/* Behind a string, number or literal, or NULL: it is for the table. */
static LP_JSON_INLINE const uint8_t *
lp_json_lane_whole(const uint8_t *p, const uint8_t *limit)
{
    if (*p == '"') {
        p = lp_json_lane_string(p + 1, limit);
        return *p == '"' ? p + 1 : NULL;
    }

    return *p <= '9' ? lp_json_lane_number(p) : lp_json_lane_literal(p);
}


#endif
