/*
 * The grammar of JSON as a table, and what each token does to the state.
 */

#include <string.h>

#include "lp_json_state.h"
#include "lp_scan.h"


enum {
    LP_REFUSE = 0,
    LP_SPACE,
    LP_OPEN_OBJECT,
    LP_OPEN_ARRAY,
    LP_CLOSE,
    LP_TO_VALUE,
    LP_TO_WATCHED,
    LP_TO_NAME,
    LP_ANNOUNCE,
    LP_TELL_ELEMENT,
    LP_TELL_NAME,
    LP_NAME,
    LP_STRING,
    LP_NUMBER,
    LP_LITERAL
};

enum {
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
};

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

#define LP_TOLD_VALUE                                                         \
    [LP_WHITE] = LP_SPACE, [LP_LBRACE] = LP_ANNOUNCE,                         \
    [LP_LBRACKET] = LP_ANNOUNCE, [LP_QUOTE] = LP_ANNOUNCE,                    \
    [LP_DIGIT] = LP_ANNOUNCE, [LP_LETTER] = LP_ANNOUNCE

#define LP_NAMES                                                              \
    [LP_JSON_AT_FIRST_NAME] = { [LP_WHITE] = LP_SPACE, [LP_QUOTE] = LP_NAME,  \
                                [LP_RBRACE] = LP_CLOSE },                     \
    [LP_JSON_AT_NAME] = { [LP_WHITE] = LP_SPACE, [LP_QUOTE] = LP_NAME },      \
    [LP_JSON_AT_COLON] = { [LP_WHITE] = LP_SPACE,                             \
                           [LP_COLON] = LP_TO_VALUE },                        \
    [LP_JSON_AT_WATCHED_COLON] = { [LP_WHITE] = LP_SPACE,                     \
                                   [LP_COLON] = LP_TO_WATCHED },              \
    [LP_JSON_AT_WATCHED_VALUE] = { LP_TOLD_VALUE },                           \
    [LP_JSON_AFTER_ALL] = { [LP_WHITE] = LP_SPACE }

/*
 * What is not named here is refused (RFC 8259, sections 2 to 5).  The second
 * table is for who wants to hear of every value.
 */
static const uint8_t lp_json_grammar[2][LP_JSON_ROWS][LP_CLASSES] = {
  {
    [LP_JSON_AT_VALUE] = { LP_ANY_VALUE },
    [LP_JSON_AT_FIRST_ELEMENT] = { LP_ANY_VALUE, [LP_RBRACKET] = LP_CLOSE },
    LP_NAMES,
    [LP_JSON_AFTER_ELEMENT] = { [LP_WHITE] = LP_SPACE,
                                [LP_COMMA] = LP_TO_VALUE,
                                [LP_RBRACKET] = LP_CLOSE },
    [LP_JSON_AFTER_MEMBER] = { [LP_WHITE] = LP_SPACE,
                               [LP_COMMA] = LP_TO_NAME,
                               [LP_RBRACE] = LP_CLOSE },
  },
  {
    [LP_JSON_AT_VALUE] = { LP_TOLD_VALUE },
    [LP_JSON_AT_FIRST_ELEMENT] = { LP_TOLD_VALUE, [LP_RBRACKET] = LP_CLOSE },
    LP_NAMES,
    [LP_JSON_AFTER_ELEMENT] = { [LP_WHITE] = LP_SPACE,
                                [LP_COMMA] = LP_TELL_ELEMENT,
                                [LP_RBRACKET] = LP_CLOSE },
    [LP_JSON_AFTER_MEMBER] = { [LP_WHITE] = LP_SPACE,
                               [LP_COMMA] = LP_TELL_NAME,
                               [LP_RBRACE] = LP_CLOSE },
  },
};
/* clang-format on */


#define LP_JSON_TEXT(n)   LP_JSON_DIGITS(n)
#define LP_JSON_DIGITS(n) #n

const char *
lp_json_reason(lp_json_reason_t reason)
{
    static const char *const texts[LP_JSON_REFUSED_REASONS] = {
        [LP_JSON_REFUSED_NOT] = "it is JSON",
        [LP_JSON_REFUSED_GRAMMAR] = "it is not JSON",
        [LP_JSON_REFUSED_UTF8] = "it is not UTF-8",
        [LP_JSON_REFUSED_DEPTH] = "more than " LP_JSON_TEXT(
            LP_JSON_DEPTH) " arrays and objects are open",
        [LP_JSON_REFUSED_NUMBER]
        = "a number has more than " LP_JSON_TEXT(LP_JSON_NUMBER) " characters",
        [LP_JSON_REFUSED_UNENDED] = "it is not JSON, it ends too early",
    };

    return texts[reason];
}


/* Of who gave none. */
static const lp_json_filter_t lp_json_all_names
    = { .lengths = { [0 ... 255] = UINT64_MAX } };


void
lp_json_init(lp_json_t *j, const lp_json_filter_t *filter)
{
    memset(j, 0, offsetof(lp_json_t, echoes));
    lp_json_echoes_init(&j->echoes);

    j->after = LP_JSON_AFTER_ALL;
    j->watched = LP_JSON_UNWATCHED;
    j->filter = filter != NULL ? filter : &lp_json_all_names;
}


void
lp_json_watch(lp_json_t *j)
{
    j->watched = j->depth;

    if (!j->announced) {
        j->state = LP_JSON_AT_WATCHED_COLON;
    }
}


int
lp_json_in_object(const lp_json_t *j)
{
    return lp_json_is_object(j);
}


/* Nobody hears of what lies within a watched value. */
static inline int
lp_json_tells(const lp_json_t *j)
{
    return j->every && j->watched == LP_JSON_UNWATCHED;
}


static void
lp_json_told_close(lp_json_t *j)
{
    if (lp_json_tells(j)) {
        j->event = LP_JSON_CLOSE;
    }

    lp_json_close(j);
}


static const uint8_t *
lp_json_literal(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    while (p < end && *j->literal != '\0') {
        if (*p != (uint8_t) *j->literal) {
            return lp_json_fail(j, p, LP_JSON_REFUSED_GRAMMAR);
        }

        p++;
        j->literal++;
    }

    if (*j->literal == '\0') {
        lp_json_value_ends(j);
    }

    return p;
}


static const uint8_t *
lp_json_begin_literal(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    j->state = LP_JSON_IN_LITERAL;
    j->literal = *p == 't' ? "true" : *p == 'f' ? "false" : "null";

    return lp_json_literal(j, p, end);
}


/* From behind the opening quote; most strings end in plain ASCII. */
static inline const uint8_t *
lp_json_begin_string(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *quote;

    quote = lp_scan_string(p, end);

    if (quote < end && *quote == '"') {
        lp_json_value_ends(j);
        return quote + 1;
    }

    j->in_name = 0;
    j->state = LP_JSON_IN_STRING;

    return p;
}


/* From behind the opening quote. */
static inline const uint8_t *
lp_json_begin_name(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *quote;

    quote = lp_scan_string(p, end);

    if (quote < end && *quote == '"') {
        j->state = LP_JSON_AT_COLON;

        if (lp_json_name_matters(j, p, (size_t) (quote - p))) {
            lp_json_name(j, p, (size_t) (quote - p), 1);
        }

        return quote + 1;
    }

    j->in_name = 1;
    j->state = LP_JSON_IN_STRING;

    return p;
}


/* One byte between tokens, and the token that it begins. */
static inline const uint8_t *
lp_json_step(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    int telling;

    telling = lp_json_tells(j) && !j->announced;
    j->announced = 0;

    switch (lp_json_grammar[telling][j->state][lp_json_classes[*p]]) {

    case LP_SPACE:
        return lp_scan_space(p, end);

    case LP_OPEN_OBJECT:
        return lp_json_open(j, p + 1, 1);

    case LP_OPEN_ARRAY:
        return lp_json_open(j, p + 1, 0);

    case LP_CLOSE:
        lp_json_told_close(j);
        return p + 1;

    case LP_TO_VALUE:
        j->state = LP_JSON_AT_VALUE;
        return p + 1;

    case LP_TO_WATCHED:
        j->state = LP_JSON_AT_WATCHED_VALUE;
        return p + 1;

    case LP_TO_NAME:
        j->state = LP_JSON_AT_NAME;
        return p + 1;

    case LP_TELL_ELEMENT:
        j->state = LP_JSON_AT_VALUE;
        j->event = LP_JSON_COMMA;
        return p + 1;

    case LP_TELL_NAME:
        j->state = LP_JSON_AT_NAME;
        j->event = LP_JSON_COMMA;
        return p + 1;

    case LP_ANNOUNCE:
        j->state = j->state == LP_JSON_AT_WATCHED_VALUE ? LP_JSON_AT_VALUE
                                                        : j->state;
        j->announced = 1;
        j->event = LP_JSON_VALUE;
        return p;

    case LP_NAME:
        return lp_json_begin_name(j, p + 1, end);

    case LP_STRING:
        return lp_json_begin_string(j, p + 1, end);

    case LP_NUMBER:
        return lp_json_begin_number(j, p, end);

    case LP_LITERAL:
        return lp_json_begin_literal(j, p, end);

    default:
        return lp_json_fail(j, p, LP_JSON_REFUSED_GRAMMAR);
    }
}


/* Where the fast lane ends the table goes on, for a token. */
static inline const uint8_t *
lp_json_tokens(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    if (!lp_json_tells(j)) {
        p = lp_json_lane(j, p, end);

        if (p == end || j->event != LP_JSON_MORE || j->state >= LP_JSON_ROWS) {
            return p;
        }
    }

    lp_json_echoes_lose(&j->echoes);

    return lp_json_step(j, p, end);
}


/* The rest of a value leads as far as the value would, that of a name not. */
static const uint8_t *
lp_json_resume(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    j->echoes.from = NULL;

    if (j->in_name) {
        lp_json_echoes_lose(&j->echoes);
    }

    switch (j->state) {

    case LP_JSON_IN_NUMBER:
        return lp_json_number(j, p, end);

    case LP_JSON_IN_LITERAL:
        return lp_json_literal(j, p, end);

    default:
        return lp_json_string(j, p, end);
    }
}


/* Until there is something to tell. */
static __attribute__((noinline)) lp_json_event_t
lp_json_walk(lp_json_t *j, const uint8_t **pos, const uint8_t *end)
{
    const uint8_t *p;

    if (j->state == LP_JSON_FAILED) {
        return LP_JSON_ERROR;
    }

    for (p = *pos; p < end && j->event == LP_JSON_MORE;) {
        p = j->state < LP_JSON_ROWS ? lp_json_tokens(j, p, end)
                                    : lp_json_resume(j, p, end);
    }

    *pos = p;

    return (lp_json_event_t) j->event;
}


/*
 * Behind a value that was taken: the way past the lane, which is long.  Who
 * hears of every value has no echoes.
 */
static inline int
lp_json_follows(const lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    return j->echoes.last != NULL && j->state == j->after
           && end - p > LP_JSON_AHEAD;
}


lp_json_event_t
lp_json_next(lp_json_t *j, const uint8_t **pos, const uint8_t *end)
{
    j->event = LP_JSON_MORE;

    if (lp_json_follows(j, *pos, end)) {
        *pos = lp_json_echo(j, *pos, end - LP_JSON_AHEAD);

        if (j->event != LP_JSON_MORE) {
            return (lp_json_event_t) j->event;
        }
    }

    if (!lp_json_tells(j)) {
        *pos = lp_json_lane(j, *pos, end);

        if (j->event != LP_JSON_MORE) {
            return (lp_json_event_t) j->event;
        }
    }

    return lp_json_walk(j, pos, end);
}


int
lp_json_finish(lp_json_t *j)
{
    if (j->state == LP_JSON_IN_NUMBER && j->depth == 0
        && lp_json_number_complete(j)) {
        j->state = LP_JSON_AFTER_ALL;
    }

    if (j->state == LP_JSON_AFTER_ALL) {
        return 1;
    }

    if (j->state != LP_JSON_FAILED) {
        (void) lp_json_fail(j, NULL, LP_JSON_REFUSED_UNENDED);
    }

    return 0;
}
