/*
 * The fast lane: tokens that lie whole and plain in the input, as nearly all
 * do, while nobody wants to hear of every value.  Where it is in the grammar
 * is known by the place in the code, and written down when it leaves.
 */

#include <string.h>

#include "lp_json_state.h"
#include "lp_scan.h"


/* So many bytes can be read behind each place before `limit`. */
#define LP_JSON_AHEAD 32

typedef struct {
    const uint8_t *p;
    const uint8_t *limit;
    uint8_t        state;
} lp_json_lane_t;


/*
 * Those that follow begin before the limit, or a few bytes behind it, and
 * return whether they got to the end of their token and to before the limit.
 */


static __attribute__((noinline)) const uint8_t *
lp_json_lane_space(const uint8_t *p, const uint8_t *limit)
{
    return lp_scan_space(p, limit + LP_JSON_AHEAD);
}


static inline int
lp_json_lane_gap(lp_json_lane_t *l)
{
    if (*l->p > ' ') {
        return 1;
    }

    l->p += *l->p == ' '; /* mostly it is one */

    if (*l->p > ' ') {
        return 1;
    }

    l->p = lp_json_lane_space(l->p, l->limit);

    return l->p < l->limit;
}


/* From behind the quote that opens a string to behind the one that ends it. */
static inline int
lp_json_lane_string(lp_json_lane_t *l)
{
    lp_scan_mask_t stops;

    do {
        stops = lp_scan_stops(l->p);

        if (stops != 0) {
            l->p += lp_scan_first(stops);

            if (*l->p != '"') {
                return 0;
            }

            l->p++;
            return 1;
        }

        l->p += LP_SCAN_STEP;
    } while (l->p < l->limit);

    return 0;
}


/*
 * A number of at most sixteen bytes without exponent; what may not follow one
 * is refused where the next token is.
 */
static inline int
lp_json_lane_number(lp_json_lane_t *l)
{
    unsigned       n;
    const uint8_t *p = l->p;
    lp_scan_mask_t stops;

    p += *p == '-';
    stops = lp_scan_not_digits(p);

    if (stops == 0) {
        return 0;
    }

    n = lp_scan_first(stops);

    if (n == 0 || (*p == '0' && n > 1)) {
        return 0;
    }

    p += n;

    if (*p == '.') {
        stops = stops >> n >> 1;

        if (stops == 0 || lp_scan_first(stops) == 0) {
            return 0;
        }

        p += 1 + lp_scan_first(stops);
    }

    if ((*p | 0x20) == 'e') {
        return 0;
    }

    l->p = p;

    return 1;
}


static inline int
lp_json_lane_literal(lp_json_lane_t *l)
{
    if (memcmp(l->p, "true", 4) == 0 || memcmp(l->p, "null", 4) == 0) {
        l->p += 4;
        return 1;
    }

    if (memcmp(l->p, "false", 5) == 0) {
        l->p += 5;
        return 1;
    }

    return 0;
}


/* A name with its quotes. */
static inline int
lp_json_lane_name(lp_json_lane_t *l, lp_json_t *j)
{
    size_t         len;
    const uint8_t *name = l->p + 1;

    if (*l->p != '"') {
        return 0;
    }

    l->p = name;

    if (!lp_json_lane_string(l)) {
        j->in_name = 1;
        l->state = LP_JSON_IN_STRING;
        l->p = name;
        return 0;
    }

    l->state = LP_JSON_AT_COLON;
    len = (size_t) (l->p - name - 1);

    if (lp_json_name_matters(j, name, len)) {
        lp_json_name(j, name, len, 1);
        return j->event == LP_JSON_MORE && l->p < l->limit;
    }

    return l->p < l->limit;
}


static inline int
lp_json_lane_colon(lp_json_lane_t *l)
{
    if (!lp_json_lane_gap(l) || *l->p != ':') {
        return 0;
    }

    l->p++;
    l->state = LP_JSON_AT_VALUE;

    return lp_json_lane_gap(l);
}


static inline int
lp_json_lane_value_ends(lp_json_lane_t *l, lp_json_t *j)
{
    l->state = j->after;

    if (j->depth == j->watched) {
        lp_json_value_ends(j);
        return 0;
    }

    return l->p < l->limit;
}


/* From behind the quote that opens the string. */
static inline int
lp_json_lane_text(lp_json_lane_t *l, lp_json_t *j)
{
    if (!lp_json_lane_string(l)) {
        j->in_name = 0;
        l->state = LP_JSON_IN_STRING;
        return 0;
    }

    return lp_json_lane_value_ends(l, j);
}


/* A string, number or literal. */
static inline int
lp_json_lane_scalar(lp_json_lane_t *l, lp_json_t *j)
{
    if (*l->p == '"') {
        l->p++;
        return lp_json_lane_text(l, j);
    }

    if (*l->p <= '9' ? lp_json_lane_number(l) : lp_json_lane_literal(l)) {
        return lp_json_lane_value_ends(l, j);
    }

    return 0;
}


/* At a bracket that closes what is open. */
static inline int
lp_json_lane_close(lp_json_lane_t *l, lp_json_t *j)
{
    lp_json_close(j);
    l->p++;
    l->state = j->after;

    return j->event == LP_JSON_MORE && l->p < l->limit;
}


static inline int
lp_json_lane_open(lp_json_lane_t *l, lp_json_t *j)
{
    int object = *l->p == '{';

    l->p = lp_json_open(j, l->p + 1, object);
    l->state = j->state;

    if (j->event != LP_JSON_MORE || !lp_json_lane_gap(l)) {
        return 0;
    }

    if (*l->p == (object ? '}' : ']')) {
        return lp_json_lane_close(l, j);
    }

    l->state = object ? LP_JSON_AT_NAME : LP_JSON_AT_VALUE;

    return l->p < l->limit;
}


/* Behind a value: a comma, or a bracket that closes. */
static inline int
lp_json_lane_after(lp_json_lane_t *l, lp_json_t *j)
{
    int member = l->state == LP_JSON_AFTER_MEMBER;

    if (member && memcmp(l->p, ",\"", 2) == 0) {
        l->p++;
        l->state = LP_JSON_AT_NAME;
        return 1;
    }

    if (l->state == LP_JSON_AFTER_ALL || !lp_json_lane_gap(l)) {
        return 0;
    }

    if (*l->p == ',') {
        l->p++;
        l->state = member ? LP_JSON_AT_NAME : LP_JSON_AT_VALUE;
        return lp_json_lane_gap(l);
    }

    return *l->p == (member ? '}' : ']') ? lp_json_lane_close(l, j) : 0;
}


const uint8_t *
lp_json_lane(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    int            on;
    lp_json_lane_t l;

    if (end - p <= LP_JSON_AHEAD) {
        return p;
    }

    j->announced = 0;
    l.p = p;
    l.limit = end - LP_JSON_AHEAD;
    l.state = j->state;

    do {
        on = 0;

        switch (l.state) {

        case LP_JSON_AT_NAME:
            if (!lp_json_lane_name(&l, j)) {
                break;
            }

            if (memcmp(l.p, ":\"", 2) == 0) {
                l.p += 2;
                on = lp_json_lane_text(&l, j);
                break;
            }

            /* fall through */

        case LP_JSON_AT_COLON:
            if (!lp_json_lane_colon(&l)) {
                break;
            }

            /* fall through */

        case LP_JSON_AT_VALUE:
            if (*l.p == '{' || *l.p == '[') {
                on = lp_json_lane_open(&l, j);
                break;
            }

            if (!lp_json_lane_scalar(&l, j)) {
                break;
            }

            /* fall through */

        case LP_JSON_AFTER_MEMBER:
        case LP_JSON_AFTER_ELEMENT:
            on = lp_json_lane_after(&l, j);
            break;

        default:
            break;
        }
    } while (on);

    j->state = l.state;

    return l.p;
}


int
lp_json_take(lp_json_t *j, const uint8_t **pos, const uint8_t *end,
             const uint8_t **value)
{
    int            taken;
    lp_json_lane_t l;

    if (j->state != LP_JSON_AT_COLON || end - *pos <= LP_JSON_AHEAD) {
        return 0;
    }

    l.p = *pos;
    l.limit = end - LP_JSON_AHEAD;

    if (!lp_json_lane_colon(&l)) {
        return 0;
    }

    *value = l.p;

    if (*l.p == '"') {
        l.p++;
        taken = lp_json_lane_string(&l);

    } else {
        taken = *l.p <= '9' && lp_json_lane_number(&l);
    }

    if (taken) {
        *pos = l.p;
        j->state = j->after;
    }

    return taken;
}
