/*
 * What the two halves of the JSON scanner share: its states, and the insides
 * of strings.
 */

#ifndef LP_JSON_STATE_H
#define LP_JSON_STATE_H


#include "lp_json.h"


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


static inline int
lp_json_names_wanted(const lp_json_t *j)
{
    return j->watched == LP_JSON_UNWATCHED;
}


static inline lp_json_event_t
lp_json_fail(lp_json_t *j)
{
    j->state = LP_JSON_FAILED;

    return LP_JSON_ERROR;
}


/*
 * Goes on within a string, at least one byte.  LP_JSON_END: a string that is a
 * value is complete.  A name that is complete leads to its colon.
 */
lp_json_event_t lp_json_string(lp_json_t *j, const uint8_t **pos,
                               const uint8_t *end);


#endif
