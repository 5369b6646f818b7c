/*
 * The fast lane: tokens that lie whole and plain in the input, as nearly all
 * do, while nobody wants to hear of every value.  Where it is in the grammar
 * is known by the place in the code, and written down when it leaves.
 */

#include <string.h>

#include "lp_json_state.h"
#include "lp_scan.h"


/*
 * So many bytes can be read behind each place before `limit`: what follows is
 * a name and a value of one step each, with a quote, colon or comma between
 * and blanks of one byte, before the next look at the limit.
 */
#define LP_JSON_AHEAD 48

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
static __attribute__((noinline)) const uint8_t *
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
static __attribute__((noinline)) const uint8_t *
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
    unsigned       n;
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

    p += n;

    if (*p == '.') {
        stops = stops >> n >> 1;

        if (stops == 0 || lp_scan_first(stops) == 0) {
            return NULL;
        }

        p += 1 + lp_scan_first(stops);
    }

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


/* The table reads the string from behind its opening quote. */
static __attribute__((noinline)) const uint8_t *
lp_json_lane_odd(lp_json_t *j, const uint8_t *p, uint8_t in_name)
{
    j->in_name = in_name;
    j->state = LP_JSON_IN_STRING;

    return p;
}


/*
 * Each of these takes what it is named for at *pos and returns 1, or returns 0
 * where the table goes on.
 */


/* And the whitespace around it. */
static LP_JSON_INLINE int
lp_json_lane_colon(lp_json_t *j, const uint8_t **pos, const uint8_t *limit)
{
    *pos = lp_json_lane_gap(*pos, limit);

    if (**pos != ':') {
        j->state = LP_JSON_AT_COLON;
        return 0;
    }

    *pos = lp_json_lane_gap(*pos + 1, limit);

    return 1;
}


/* A name and its colon, up to its value. */
static LP_JSON_INLINE int
lp_json_lane_name(lp_json_t *j, const uint8_t **pos, const uint8_t *limit)
{
    const uint8_t *p, *name = *pos + 1;

    if (*pos >= limit || **pos != '"') {
        j->state = LP_JSON_AT_NAME;
        return 0;
    }

    p = lp_json_lane_string(name, limit);

    if (*p != '"') {
        *pos = lp_json_lane_odd(j, name, 1);
        return 0;
    }

    *pos = p + 1;

    if (lp_json_name_matters(j, name, (size_t) (p - name))) {
        j->state = LP_JSON_AT_COLON;
        lp_json_name(j, name, (size_t) (p - name), 1);

        if (j->event != LP_JSON_MORE) {
            return 0;
        }
    }

    if (lp_json_lane_pair(*pos, ":\"")) {
        ++*pos;
        return 1;
    }

    return lp_json_lane_colon(j, pos, limit);
}


/* A string, number or literal. */
static LP_JSON_INLINE int
lp_json_lane_scalar(lp_json_t *j, const uint8_t **pos, const uint8_t *limit)
{
    const uint8_t *p = *pos;

    if (*p == '"') {
        p = lp_json_lane_string(p + 1, limit);

        if (*p != '"') {
            *pos = lp_json_lane_odd(j, *pos + 1, 0);
            return 0;
        }

        *pos = p + 1;
        return 1;
    }

    p = *p <= '9' ? lp_json_lane_number(p) : lp_json_lane_literal(p);

    if (p == NULL) {
        j->state = LP_JSON_AT_VALUE;
        return 0;
    }

    *pos = p;

    return 1;
}


/* A bracket and the whitespace behind it; the limit may lie within that. */
static LP_JSON_INLINE int
lp_json_lane_open(lp_json_t *j, const uint8_t **pos, const uint8_t *limit)
{
    *pos = lp_json_open(j, *pos + 1, **pos == '{');

    if (j->event != LP_JSON_MORE) {
        return 0;
    }

    *pos = lp_json_lane_gap(*pos, limit);

    return **pos > ' ';
}


/* A comma and the whitespace around it. */
static LP_JSON_INLINE int
lp_json_lane_comma(const uint8_t **pos, const uint8_t *limit)
{
    *pos = lp_json_lane_gap(*pos, limit);

    if (**pos != ',') {
        return 0;
    }

    *pos = lp_json_lane_gap(*pos + 1, limit);

    return 1;
}


static LP_JSON_INLINE int
lp_json_lane_closes(const lp_json_t *j, const uint8_t *p)
{
    return *p == (j->after == LP_JSON_AFTER_MEMBER ? '}' : ']');
}


static LP_JSON_INLINE int
lp_json_lane_close(lp_json_t *j, const uint8_t **pos, const uint8_t *limit)
{
    if (!lp_json_lane_closes(j, *pos)) {
        j->state = j->after;
        return 0;
    }

    lp_json_close(j);
    ++*pos;

    return j->event == LP_JSON_MORE && j->depth > 0 && *pos < limit;
}


/*
 * Whether there is room, and this is a place to begin at.  A value that is
 * watched or all of the text begins here only if it is a container, so that
 * nothing but a bracket that closes can end the watch or the text.
 */
static inline int
lp_json_lane_takes(const lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    if (end - p <= LP_JSON_AHEAD) {
        return 0;
    }

    switch (j->state) {

    case LP_JSON_AT_VALUE:
        return (j->depth > 0 && j->depth != j->watched) || *p == '{'
               || *p == '[';

    case LP_JSON_AT_NAME:
    case LP_JSON_AT_COLON:
    case LP_JSON_AFTER_MEMBER:
    case LP_JSON_AFTER_ELEMENT:
        return 1;

    default:
        return 0;
    }
}


/* From one token to the next; the labels are what comes. */
const uint8_t *
lp_json_lane(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *limit = end - LP_JSON_AHEAD;

    if (!lp_json_lane_takes(j, p, end)) {
        return p;
    }

    j->announced = 0;

    switch (j->state) {

    case LP_JSON_AT_NAME:
        goto name;

    case LP_JSON_AT_COLON:
        if (!lp_json_lane_colon(j, &p, limit)) {
            return p;
        }

        goto value;

    case LP_JSON_AT_VALUE:
        goto value;

    default:
        goto end;
    }

name:
    if (!lp_json_lane_name(j, &p, limit)) {
        return p;
    }

value:
    if (*p == '{' || *p == '[') {
        goto open;
    }

    if (!lp_json_lane_scalar(j, &p, limit)) {
        return p;
    }

end:
    if (j->after == LP_JSON_AFTER_MEMBER && lp_json_lane_pair(p, ",\"")) {
        p++;
        goto name;
    }

    if (!lp_json_lane_comma(&p, limit)) {
        goto close;
    }

next:
    if (j->after == LP_JSON_AFTER_MEMBER) {
        goto name;
    }

    if (p < limit) {
        goto value;
    }

    j->state = LP_JSON_AT_VALUE;
    return p;

open:
    if (!lp_json_lane_open(j, &p, limit)) {
        return p;
    }

    if (!lp_json_lane_closes(j, p)) {
        goto next;
    }

close:
    if (!lp_json_lane_close(j, &p, limit)) {
        return p;
    }

    goto end;
}


int
lp_json_take(lp_json_t *j, const uint8_t **pos, const uint8_t *end,
             const uint8_t **value)
{
    const uint8_t *p = *pos, *limit = end - LP_JSON_AHEAD;

    if (j->state != LP_JSON_AT_COLON || end - p <= LP_JSON_AHEAD) {
        return 0;
    }

    p = lp_json_lane_gap(p, limit);

    if (*p != ':') {
        return 0;
    }

    p = lp_json_lane_gap(p + 1, limit);
    *value = p;

    if (*p == '"') {
        p = lp_json_lane_string(p + 1, limit);
        p = *p == '"' ? p + 1 : NULL;

    } else {
        p = p < limit && *p <= '9' ? lp_json_lane_number(p) : NULL;
    }

    if (p == NULL) {
        return 0;
    }

    *pos = p;
    j->state = j->after;

    return 1;
}
