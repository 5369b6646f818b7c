/*
 * What the parts of the JSON scanner share: its states, and what lies within
 * strings and numbers.
 */

#ifndef LP_JSON_STATE_H
#define LP_JSON_STATE_H


#include "lp_json.h"
#include "lp_scan.h"


/* Between tokens: rows of the grammar. */
enum {
    LP_JSON_AT_VALUE = 0,
    LP_JSON_AT_FIRST_ELEMENT, /* or ] */
    LP_JSON_AT_FIRST_NAME,    /* or } */
    LP_JSON_AT_NAME,
    LP_JSON_AT_COLON,
    LP_JSON_AT_WATCHED_COLON,
    LP_JSON_AT_WATCHED_VALUE,
    LP_JSON_AFTER_ELEMENT,
    LP_JSON_AFTER_MEMBER,
    LP_JSON_AFTER_ALL,
    LP_JSON_ROWS,

    /* Within a token. */
    LP_JSON_IN_STRING = LP_JSON_ROWS,
    LP_JSON_IN_ESCAPE,
    LP_JSON_IN_HEX,
    LP_JSON_IN_NUMBER,
    LP_JSON_IN_LITERAL,

    LP_JSON_FAILED
};

#define LP_JSON_UNWATCHED UINT16_MAX

/*
 * So many bytes can be read behind each place before `limit`: what follows is
 * a name and a value of one step each, with a quote, colon or comma between
 * and blanks of one byte, before the next look at the limit.
 */
#define LP_JSON_AHEAD 48


/*
 * All that follow take bytes from p on and return where they stopped; what is
 * to be told goes to j->event.
 */


static inline const uint8_t *
lp_json_fail(lp_json_t *j, const uint8_t *p, lp_json_reason_t reason)
{
    j->reason = (uint8_t) reason;
    j->state = LP_JSON_FAILED;
    j->event = LP_JSON_ERROR;

    return p;
}


static inline void
lp_json_value_ends(lp_json_t *j)
{
    j->state = j->after;

    if (j->depth == j->watched) {
        j->watched = LP_JSON_UNWATCHED;
        j->event = LP_JSON_END;
    }
}


/* A name, or a part of one, unless nobody wants it. */
static inline void
lp_json_name(lp_json_t *j, const uint8_t *text, size_t len, int ends)
{
    if (j->watched == LP_JSON_UNWATCHED) {
        j->text = text;
        j->text_len = len;
        j->text_ends = (uint8_t) ends;
        j->event = LP_JSON_NAME;
    }
}


static inline int
lp_json_is_object(const lp_json_t *j)
{
    unsigned level = j->depth - 1u;

    return j->depth > 0 && j->objects[level / 64] >> level % 64 & 1;
}


/* From behind the bracket; its kind is all that a closing one must know. */
static inline const uint8_t *
lp_json_open(lp_json_t *j, const uint8_t *p, int object)
{
    uint64_t bit;

    if (j->depth == LP_JSON_DEPTH) {
        return lp_json_fail(j, p - 1, LP_JSON_REFUSED_DEPTH);
    }

    bit = UINT64_C(1) << j->depth % 64;

    if (object) {
        j->objects[j->depth / 64] |= bit;
        j->state = LP_JSON_AT_FIRST_NAME;
        j->after = LP_JSON_AFTER_MEMBER;

    } else {
        j->objects[j->depth / 64] &= ~bit;
        j->state = LP_JSON_AT_FIRST_ELEMENT;
        j->after = LP_JSON_AFTER_ELEMENT;
    }

    j->depth++;

    return p;
}


static inline void
lp_json_close(lp_json_t *j)
{
    j->depth--;

    if (j->depth == 0) {
        j->after = LP_JSON_AFTER_ALL;

    } else {
        j->after = lp_json_is_object(j) ? LP_JSON_AFTER_MEMBER
                                        : LP_JSON_AFTER_ELEMENT;
    }

    lp_json_value_ends(j);
}


/*
 * Spares the caller most names.  Shifts count from 0 to 63, so that lengths
 * beyond 64 pass for others, and an empty name for one of 64 bytes: the caller
 * sees that they are none of its rules' names.
 */
static inline int
lp_json_name_matters(const lp_json_t *j, const uint8_t *name, size_t len)
{
    return j->filter->lengths[*name] >> ((len - 1) & 63) & 1;
}


/* As many whole tokens as the fast lane takes, while nothing is told. */
const uint8_t *lp_json_lane(lp_json_t *j, const uint8_t *p,
                            const uint8_t *end);

void lp_json_echoes_init(lp_json_echoes_t *e);

/* What the table reads is learned by nobody, nor does it follow an echo. */
static inline void
lp_json_echoes_lose(lp_json_echoes_t *e)
{
    e->from = NULL;
    e->asked = NULL;
    e->last = NULL;
}


/*
 * At a value: what led to it becomes an echo, or is known as one.  Up to
 * LP_JSON_ECHO_LEN bytes may be read behind where it began.
 */
void lp_json_learn(lp_json_t *j, const uint8_t *p, const void *tag);

/* Behind a value to which an echo has led: as many as come again. */
const uint8_t *lp_json_echo(lp_json_t *j, const uint8_t *p,
                            const uint8_t *limit);

/* Goes on within a string; a name that is complete leads to its colon. */
const uint8_t *lp_json_string(lp_json_t *j, const uint8_t *p,
                              const uint8_t *end);

const uint8_t *lp_json_begin_number(lp_json_t *j, const uint8_t *p,
                                    const uint8_t *end);
const uint8_t *lp_json_number(lp_json_t *j, const uint8_t *p,
                              const uint8_t *end);
int            lp_json_number_complete(const lp_json_t *j);


#endif
