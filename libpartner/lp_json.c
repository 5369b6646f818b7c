/*
 * The grammar of JSON as a table, and what each token does to the state.
 */

#include <string.h>

#include "lp_json_state.h"
#include "lp_scan.h"


typedef enum {
    LP_REFUSE = 0,
    LP_SPACE,
    LP_OPEN_OBJECT,
    LP_OPEN_ARRAY,
    LP_CLOSE,
    LP_TO_VALUE,
    LP_TO_WATCHED,
    LP_TO_NAME,
    LP_ANNOUNCE,
    LP_NAME,
    LP_STRING,
    LP_NUMBER,
    LP_LITERAL
} lp_json_action_t;

typedef enum {
    LP_OTHER = 0,
    LP_WHITE,
    LP_LBRACE,
    LP_RBRACE,
    LP_LBRACKET,
    LP_RBRACKET,
    LP_COLON,
    LP_COMMA,
    LP_QUOTE,
    LP_DIGIT, /* or a minus sign */
    LP_LETTER,
    LP_CLASSES
} lp_json_class_t;

/* clang-format off */
static const uint8_t lp_json_classes[256] = {
    [' '] = LP_WHITE, ['\t'] = LP_WHITE, ['\n'] = LP_WHITE,
    ['\r'] = LP_WHITE,
    ['{'] = LP_LBRACE, ['}'] = LP_RBRACE,
    ['['] = LP_LBRACKET, [']'] = LP_RBRACKET,
    [':'] = LP_COLON, [','] = LP_COMMA, ['"'] = LP_QUOTE,
    ['-'] = LP_DIGIT, ['0' ... '9'] = LP_DIGIT,
    ['t'] = LP_LETTER, ['f'] = LP_LETTER, ['n'] = LP_LETTER,
};

#define LP_ANY_VALUE                                                          \
    [LP_WHITE] = LP_SPACE, [LP_LBRACE] = LP_OPEN_OBJECT,                      \
    [LP_LBRACKET] = LP_OPEN_ARRAY, [LP_QUOTE] = LP_STRING,                    \
    [LP_DIGIT] = LP_NUMBER, [LP_LETTER] = LP_LITERAL

static const uint8_t lp_json_grammar[LP_JSON_ROWS][LP_CLASSES] = {
    [LP_JSON_AT_VALUE] = { LP_ANY_VALUE },
    [LP_JSON_AT_FIRST_ELEMENT] = { LP_ANY_VALUE, [LP_RBRACKET] = LP_CLOSE },
    [LP_JSON_AT_FIRST_NAME] = { [LP_WHITE] = LP_SPACE, [LP_QUOTE] = LP_NAME,
                                [LP_RBRACE] = LP_CLOSE },
    [LP_JSON_AT_NAME] = { [LP_WHITE] = LP_SPACE, [LP_QUOTE] = LP_NAME },
    [LP_JSON_AT_COLON] = { [LP_WHITE] = LP_SPACE, [LP_COLON] = LP_TO_VALUE },
    [LP_JSON_AT_WATCHED_COLON] = { [LP_WHITE] = LP_SPACE,
                                   [LP_COLON] = LP_TO_WATCHED },
    [LP_JSON_AT_WATCHED_VALUE] = {
        [LP_WHITE] = LP_SPACE, [LP_LBRACE] = LP_ANNOUNCE,
        [LP_LBRACKET] = LP_ANNOUNCE, [LP_QUOTE] = LP_ANNOUNCE,
        [LP_DIGIT] = LP_ANNOUNCE, [LP_LETTER] = LP_ANNOUNCE },
    [LP_JSON_AFTER_ELEMENT] = { [LP_WHITE] = LP_SPACE,
                                [LP_COMMA] = LP_TO_VALUE,
                                [LP_RBRACKET] = LP_CLOSE },
    [LP_JSON_AFTER_MEMBER] = { [LP_WHITE] = LP_SPACE,
                               [LP_COMMA] = LP_TO_NAME,
                               [LP_RBRACE] = LP_CLOSE },
    [LP_JSON_AFTER_ALL] = { [LP_WHITE] = LP_SPACE },
};
/* clang-format on */


typedef enum {
    LP_NUMBER_ENDS = 0,
    LP_NUMBER_BEGINS,
    LP_NUMBER_MINUS,
    LP_NUMBER_ZERO,
    LP_NUMBER_INTEGER,
    LP_NUMBER_POINT,
    LP_NUMBER_FRACTION,
    LP_NUMBER_E,
    LP_NUMBER_E_SIGN,
    LP_NUMBER_EXPONENT,
    LP_NUMBER_STATES
} lp_json_number_t;

/* clang-format off */
static const uint8_t lp_json_number_chars[256] = {
    ['0'] = 1, ['1' ... '9'] = 2, ['-'] = 3, ['+'] = 4, ['.'] = 5,
    ['e'] = 6, ['E'] = 6,
};

/* Columns: none of these, 0, 1 to 9, -, +, point, e. */
static const uint8_t lp_json_numbers[LP_NUMBER_STATES][7] = {
    [LP_NUMBER_BEGINS] = { 0, LP_NUMBER_ZERO, LP_NUMBER_INTEGER,
                           LP_NUMBER_MINUS, 0, 0, 0 },
    [LP_NUMBER_MINUS] = { 0, LP_NUMBER_ZERO, LP_NUMBER_INTEGER, 0, 0, 0, 0 },
    [LP_NUMBER_ZERO] = { 0, 0, 0, 0, 0, LP_NUMBER_POINT, LP_NUMBER_E },
    [LP_NUMBER_INTEGER] = { 0, LP_NUMBER_INTEGER, LP_NUMBER_INTEGER, 0, 0,
                            LP_NUMBER_POINT, LP_NUMBER_E },
    [LP_NUMBER_POINT] = { 0, LP_NUMBER_FRACTION, LP_NUMBER_FRACTION,
                          0, 0, 0, 0 },
    [LP_NUMBER_FRACTION] = { 0, LP_NUMBER_FRACTION, LP_NUMBER_FRACTION, 0, 0,
                             0, LP_NUMBER_E },
    [LP_NUMBER_E] = { 0, LP_NUMBER_EXPONENT, LP_NUMBER_EXPONENT,
                      LP_NUMBER_E_SIGN, LP_NUMBER_E_SIGN, 0, 0 },
    [LP_NUMBER_E_SIGN] = { 0, LP_NUMBER_EXPONENT, LP_NUMBER_EXPONENT,
                           0, 0, 0, 0 },
    [LP_NUMBER_EXPONENT] = { 0, LP_NUMBER_EXPONENT, LP_NUMBER_EXPONENT,
                             0, 0, 0, 0 },
};
/* clang-format on */


void
lp_json_init(lp_json_t *j)
{
    memset(j, 0, sizeof(*j));

    j->after = LP_JSON_AFTER_ALL;
    j->watched = LP_JSON_UNWATCHED;
}


void
lp_json_watch(lp_json_t *j)
{
    j->watched = j->depth;
    j->state = LP_JSON_AT_WATCHED_COLON;
}


static inline lp_json_event_t
lp_json_value_ends(lp_json_t *j)
{
    j->state = j->after;

    if (j->depth != j->watched) {
        return LP_JSON_MORE;
    }

    j->watched = LP_JSON_UNWATCHED;

    return LP_JSON_END;
}


static lp_json_event_t
lp_json_open(lp_json_t *j, int object)
{
    uint64_t bit;

    if (j->depth == LP_JSON_DEPTH) {
        return lp_json_fail(j);
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

    return LP_JSON_MORE;
}


static lp_json_event_t
lp_json_close(lp_json_t *j)
{
    unsigned level;

    j->depth--;

    if (j->depth == 0) {
        j->after = LP_JSON_AFTER_ALL;

    } else {
        level = j->depth - 1;
        j->after = j->objects[level / 64] >> level % 64 & 1
                       ? LP_JSON_AFTER_MEMBER
                       : LP_JSON_AFTER_ELEMENT;
    }

    return lp_json_value_ends(j);
}


static int
lp_json_number_complete(const lp_json_t *j)
{
    return j->number == LP_NUMBER_ZERO || j->number == LP_NUMBER_INTEGER
           || j->number == LP_NUMBER_FRACTION
           || j->number == LP_NUMBER_EXPONENT;
}


/* A number ends at the first byte that is not its own, which stays. */
static lp_json_event_t
lp_json_number(lp_json_t *j, const uint8_t **pos, const uint8_t *end)
{
    uint8_t        number, next;
    const uint8_t *p;

    number = j->number;
    next = number;

    for (p = *pos; p < end; p++) {
        next = lp_json_numbers[number][lp_json_number_chars[*p]];

        if (next == LP_NUMBER_ENDS) {
            break;
        }

        number = next;
    }

    j->number = number;
    j->number_len += (uint32_t) (p - *pos);
    *pos = p;

    if (j->number_len > LP_JSON_NUMBER) {
        return lp_json_fail(j);
    }

    if (next != LP_NUMBER_ENDS) {
        return LP_JSON_MORE;
    }

    return lp_json_number_complete(j) ? lp_json_value_ends(j)
                                      : lp_json_fail(j);
}


static lp_json_event_t
lp_json_literal(lp_json_t *j, const uint8_t **pos, const uint8_t *end)
{
    while (*pos < end && *j->literal != '\0') {
        if (*(*pos)++ != (uint8_t) *j->literal++) {
            return lp_json_fail(j);
        }
    }

    return *j->literal == '\0' ? lp_json_value_ends(j) : LP_JSON_MORE;
}


/* A string from behind its opening quote; the short way is the common one. */
static inline lp_json_event_t
lp_json_begin_string(lp_json_t *j, const uint8_t **pos, const uint8_t *end,
                     int in_name)
{
    const uint8_t *p;

    p = lp_scan_string(*pos, end);

    if (p < end && *p == '"') {
        if (!in_name) {
            *pos = p + 1;
            return lp_json_value_ends(j);
        }

        j->text = *pos;
        j->text_len = (size_t) (p - *pos);
        j->text_ends = 1;
        j->state = LP_JSON_AT_COLON;
        *pos = p + 1;

        return lp_json_names_wanted(j) ? LP_JSON_NAME : LP_JSON_MORE;
    }

    j->in_name = (uint8_t) in_name;
    j->state = LP_JSON_IN_STRING;

    return LP_JSON_MORE;
}


static lp_json_event_t
lp_json_begin_number(lp_json_t *j, const uint8_t **pos, const uint8_t *end)
{
    j->state = LP_JSON_IN_NUMBER;
    j->number = LP_NUMBER_BEGINS;
    j->number_len = 0;

    return lp_json_number(j, pos, end);
}


static lp_json_event_t
lp_json_begin_literal(lp_json_t *j, const uint8_t **pos, const uint8_t *end)
{
    j->state = LP_JSON_IN_LITERAL;
    j->literal = **pos == 't' ? "true" : **pos == 'f' ? "false" : "null";

    return lp_json_literal(j, pos, end);
}


/* One byte between tokens, and the token that it begins. */
static inline lp_json_event_t
lp_json_step(lp_json_t *j, const uint8_t **pos, const uint8_t *end)
{
    lp_json_action_t action;

    action = lp_json_grammar[j->state][lp_json_classes[*(*pos)++]];

    switch (action) {

    case LP_SPACE:
        *pos = lp_scan_space(*pos, end);
        return LP_JSON_MORE;

    case LP_OPEN_OBJECT:
        return lp_json_open(j, 1);

    case LP_OPEN_ARRAY:
        return lp_json_open(j, 0);

    case LP_CLOSE:
        return lp_json_close(j);

    case LP_TO_VALUE:
        j->state = LP_JSON_AT_VALUE;
        return LP_JSON_MORE;

    case LP_TO_WATCHED:
        j->state = LP_JSON_AT_WATCHED_VALUE;
        return LP_JSON_MORE;

    case LP_TO_NAME:
        j->state = LP_JSON_AT_NAME;
        return LP_JSON_MORE;

    case LP_ANNOUNCE:
        (*pos)--;
        j->state = LP_JSON_AT_VALUE;
        return LP_JSON_VALUE;

    case LP_NAME:
        return lp_json_begin_string(j, pos, end, 1);

    case LP_STRING:
        return lp_json_begin_string(j, pos, end, 0);

    case LP_NUMBER:
        (*pos)--;
        return lp_json_begin_number(j, pos, end);

    case LP_LITERAL:
        (*pos)--;
        return lp_json_begin_literal(j, pos, end);

    default:
        return lp_json_fail(j);
    }
}


/* Goes on within the token that the last input or a special byte has left. */
static lp_json_event_t
lp_json_resume(lp_json_t *j, const uint8_t **pos, const uint8_t *end)
{
    lp_json_event_t event;

    switch (j->state) {

    case LP_JSON_IN_NUMBER:
        return lp_json_number(j, pos, end);

    case LP_JSON_IN_LITERAL:
        return lp_json_literal(j, pos, end);

    case LP_JSON_FAILED:
        return LP_JSON_ERROR;

    default:
        event = lp_json_string(j, pos, end);
        return event == LP_JSON_END ? lp_json_value_ends(j) : event;
    }
}


lp_json_event_t
lp_json_next(lp_json_t *j, const uint8_t **pos, const uint8_t *end)
{
    const uint8_t  *p;
    lp_json_event_t event;

    p = *pos;
    event = j->state == LP_JSON_FAILED ? LP_JSON_ERROR : LP_JSON_MORE;

    while (event == LP_JSON_MORE && p < end) {
        event = j->state < LP_JSON_ROWS ? lp_json_step(j, &p, end)
                                        : lp_json_resume(j, &p, end);
    }

    *pos = p;

    return event;
}


int
lp_json_finish(lp_json_t *j)
{
    if (j->state == LP_JSON_IN_NUMBER && j->depth == 0
        && lp_json_number_complete(j)) {
        j->state = LP_JSON_AFTER_ALL;
    }

    return j->state == LP_JSON_AFTER_ALL;
}
