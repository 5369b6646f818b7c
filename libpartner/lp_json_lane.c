/*
 * The fast lane: tokens that lie whole and plain in the input, as nearly all
 * do, while nobody wants to hear of every value.  Where it is in the grammar
 * is known by the place in the code, and written down when it leaves.
 */

#include "lp_json_numbers.h"
#include "lp_json_state.h"
#include "lp_json_token.h"


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


/* The same, behind a name that the caller was told of. */
static LP_JSON_INLINE int
lp_json_lane_judged(lp_json_t *j, const uint8_t **pos, const uint8_t *limit)
{
    if (j->echoes.from == NULL) {
        j->echoes.last = NULL; /* it was not declined */
    }

    return lp_json_lane_colon(j, pos, limit);
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
            j->echoes.asked = j->echoes.from;
            j->echoes.from = NULL;
            return 0;
        }
    }

    if (lp_json_lane_pair(*pos, ":\"")) {
        ++*pos;
        return 1;
    }

    return lp_json_lane_colon(j, pos, limit);
}


/* A string, number or literal; in an array as many numbers as come. */
static LP_JSON_INLINE int
lp_json_lane_scalar(lp_json_t *j, const uint8_t **pos, const uint8_t *limit)
{
    const uint8_t *p;

    if (j->echoes.from != NULL) {
        lp_json_learn(j, *pos, NULL);
    }

    p = lp_json_lane_value(*pos, limit, j->after);

    if (p == NULL) {
        if (**pos == '"') {
            *pos = lp_json_lane_odd(j, *pos + 1, 0);

        } else {
            j->state = LP_JSON_AT_VALUE;
        }

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
 * As many echoes as come.  Then what comes is learned, unless nobody is told
 * of the names in it.
 */
static LP_JSON_INLINE int
lp_json_lane_behind(lp_json_t *j, const uint8_t **pos, const uint8_t *limit)
{
    lp_json_echoes_t *e = &j->echoes;

    if (e->rest > 0) {
        e->rest--;
        return 1;
    }

    if (e->last != NULL) {
        *pos = lp_json_echo(j, *pos, limit);

        if (j->event != LP_JSON_MORE || j->state == LP_JSON_IN_STRING) {
            return 0;
        }
    }

    if (j->watched == LP_JSON_UNWATCHED) {
        e->from = *pos;
        e->depth = j->depth;
        e->objects = j->objects[0];
    }

    return 1;
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
    const uint8_t *limit;

    if (!lp_json_lane_takes(j, p, end)) {
        return p;
    }

    limit = end - LP_JSON_AHEAD; /* which there is: p lies before it */
    j->announced = 0;

    if (j->state == LP_JSON_AT_NAME) {
        goto name;
    }

    if (j->state == j->after) {
        goto behind;
    }

    if (j->state == LP_JSON_AT_COLON && !lp_json_lane_judged(j, &p, limit)) {
        return p;
    }

    goto value;

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

behind:
    if (!lp_json_lane_behind(j, &p, limit)) {
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
             const void *tag, const uint8_t **value)
{
    const uint8_t *p = *pos, *limit;

    if (j->state != LP_JSON_AT_COLON || end - p <= LP_JSON_AHEAD) {
        return 0;
    }

    limit = end - LP_JSON_AHEAD;
    p = lp_json_lane_gap(p, limit);

    if (*p != ':') {
        return 0;
    }

    p = lp_json_lane_gap(p + 1, limit);
    *value = p;
    p = p < limit ? lp_json_lane_whole(p, limit) : NULL;

    if (p == NULL) {
        return 0;
    }

    lp_json_decline(j);
    lp_json_learn(j, *value, tag);
    *pos = p;
    j->state = j->after;

    return 1;
}
