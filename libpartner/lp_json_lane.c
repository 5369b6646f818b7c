/*
 * The fast lane: tokens that lie whole and plain in the input, as nearly all
 * do, while nobody wants to hear of every value.  Where it is in the grammar
 * is known by the place in the code, and written down when it leaves.
 */

#include <string.h>

#include "lp_json_state.h"
#include "lp_scan.h"


/* Behind `true`, `false` or `null`, or NULL. */
static const uint8_t *
lp_json_whole_literal(const uint8_t *p, const uint8_t *end)
{
    size_t len = (size_t) (end - p);

    if (len >= 4 && (memcmp(p, "true", 4) == 0 || memcmp(p, "null", 4) == 0)) {
        return p + 4;
    }

    return len >= 5 && memcmp(p, "false", 5) == 0 ? p + 5 : NULL;
}


/* Those that follow return whether to go on, from *pos in *state. */


static inline int
lp_json_lane_name(lp_json_t *j, const uint8_t **pos, const uint8_t *end,
                  uint8_t *state)
{
    const uint8_t *p = *pos, *q;

    if (p == end || *p != '"') {
        return 0;
    }

    q = lp_scan_string(++p, end);

    if (q == end || *q != '"') {
        j->in_name = 1;
        *state = LP_JSON_IN_STRING;
        *pos = p;
        return 0;
    }

    *state = LP_JSON_AT_COLON;
    *pos = q + 1;

    if (lp_json_name_matters(j, p, (size_t) (q - p))) {
        lp_json_name(j, p, (size_t) (q - p), 1);
    }

    return j->event == LP_JSON_MORE;
}


static inline int
lp_json_lane_colon(lp_json_t *j, const uint8_t **pos, const uint8_t *end,
                   uint8_t *state)
{
    const uint8_t *p = lp_scan_gap(*pos, end);

    *pos = p;

    if (p == end || *p != ':') {
        return 0;
    }

    p = lp_scan_gap(p + 1, end);
    *pos = p;

    if (*state == LP_JSON_AT_COLON) {
        *state = LP_JSON_AT_VALUE;
        return 1;
    }

    *state = LP_JSON_AT_WATCHED_VALUE;

    if (p < end && *p == '"') {
        *state = LP_JSON_AT_VALUE;
        j->announced = 1;
        j->event = LP_JSON_VALUE;
    }

    return 0;
}


/* An empty array or object is left to the table. */
static inline int
lp_json_lane_open(lp_json_t *j, const uint8_t **pos, const uint8_t *end,
                  uint8_t *state)
{
    const uint8_t *p = *pos;

    p = lp_json_open(j, p + 1, *p == '{');
    *state = j->state;
    *pos = p = *state == LP_JSON_FAILED ? p : lp_scan_gap(p, end);

    if (p < end && *p == '"' && *state == LP_JSON_AT_FIRST_NAME) {
        *state = LP_JSON_AT_NAME;
        return 1;
    }

    if (p < end && *p != ']' && *state == LP_JSON_AT_FIRST_ELEMENT) {
        *state = LP_JSON_AT_VALUE;
        return 1;
    }

    return 0;
}


static inline int
lp_json_lane_scalar(lp_json_t *j, const uint8_t **pos, const uint8_t *end,
                    uint8_t *state)
{
    const uint8_t *p = *pos;

    if (*p == '"') {
        p = lp_scan_string(p + 1, end);

        if (p == end || *p != '"') {
            j->in_name = 0;
            *state = LP_JSON_IN_STRING;
            *pos = p;
            return 0;
        }

        p++;

    } else {
        p = *p <= '9' ? lp_json_plain_number(p, end)
                      : lp_json_whole_literal(p, end);

        if (p == NULL) {
            return 0;
        }
    }

    *pos = p;
    *state = j->after;

    if (j->depth == j->watched) {
        lp_json_value_ends(j);
        return 0;
    }

    return 1;
}


/* Brackets that close, and the comma behind them. */
static inline int
lp_json_lane_after(lp_json_t *j, const uint8_t **pos, const uint8_t *end,
                   uint8_t *state)
{
    const uint8_t *p;

    for (;;) {
        *pos = p = lp_scan_gap(*pos, end);

        if (p == end || *state == LP_JSON_AFTER_ALL) {
            return 0;
        }

        if (*p == ',') {
            *state = *state == LP_JSON_AFTER_MEMBER ? LP_JSON_AT_NAME
                                                    : LP_JSON_AT_VALUE;
            *pos = lp_scan_gap(p + 1, end);
            return *pos < end;
        }

        if (*p != (*state == LP_JSON_AFTER_MEMBER ? '}' : ']')) {
            return 0;
        }

        lp_json_close(j);
        *state = j->after;
        *pos = p + 1;

        if (j->event != LP_JSON_MORE) {
            return 0;
        }
    }
}


const uint8_t *
lp_json_lane(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    int     on;
    uint8_t state = j->state;

    j->announced = 0;

    do {
        on = 0;

        switch (state) {

        case LP_JSON_AT_NAME:
            if (!lp_json_lane_name(j, &p, end, &state)) {
                break;
            }

            /* fall through */

        case LP_JSON_AT_COLON:
        case LP_JSON_AT_WATCHED_COLON:
            if (!lp_json_lane_colon(j, &p, end, &state) || p == end) {
                break;
            }

            /* fall through */

        case LP_JSON_AT_VALUE:
            if (*p == '{' || *p == '[') {
                on = lp_json_lane_open(j, &p, end, &state);
                break;
            }

            if (!lp_json_lane_scalar(j, &p, end, &state)) {
                break;
            }

            /* fall through */

        case LP_JSON_AFTER_MEMBER:
        case LP_JSON_AFTER_ELEMENT:
            on = lp_json_lane_after(j, &p, end, &state);
            break;

        default:
            break;
        }
    } while (on);

    j->state = state;

    return p;
}
