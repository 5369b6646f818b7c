/*
 * A strict JSON scanner (RFC 8259) that takes its input in any pieces.  It
 * allocates nothing, remembers a few kilobytes however long the text is,
 * and names only what its caller can act upon: member names, the value that
 * the caller asked to see the ends of, and where it matters, each value.
 *
 * Strict means: one value, the grammar to the letter, UTF-8 without overlong
 * forms or surrogates, no byte order mark.  A lone surrogate as an escape is
 * accepted, as the grammar has it.
 */

#ifndef LP_JSON_H
#define LP_JSON_H


#include <stddef.h>
#include <stdint.h>

#include "lp_json_echo.h"


#define LP_JSON_DEPTH  512  /* arrays and objects that may be open */
#define LP_JSON_NUMBER 1024 /* characters of one number */


typedef enum {
    LP_JSON_MORE = 0, /* all input is taken */
    LP_JSON_NAME,     /* the name, or a part of it, is in `text` */
    LP_JSON_TAKEN,    /* a name that was taken before, with its value */
    LP_JSON_VALUE,    /* the watched value begins at the next byte */
    LP_JSON_END,      /* the watched value ended before the next byte */
    LP_JSON_CLOSE,    /* an array or object ended before the next byte */
    LP_JSON_COMMA,    /* the last byte was a comma */
    LP_JSON_ERROR     /* not JSON, or beyond a ceiling; stays so */
} lp_json_event_t;


/* Why it stopped; `lp_redact.h` has more of them. */
typedef enum {
    LP_JSON_REFUSED_NOT = 0,
    LP_JSON_REFUSED_GRAMMAR, /* RFC 8259 */
    LP_JSON_REFUSED_UTF8,    /* RFC 3629 */
    LP_JSON_REFUSED_DEPTH,   /* beyond LP_JSON_DEPTH */
    LP_JSON_REFUSED_NUMBER,  /* beyond LP_JSON_NUMBER */
    LP_JSON_REFUSED_UNENDED, /* the input ended before the text did */
    LP_JSON_REFUSED_REASONS
} lp_json_reason_t;

/* A clause: "it is not JSON". */
const char *lp_json_reason(lp_json_reason_t reason);


/*
 * Which names can matter: bit len - 1 of lengths[first] stands for the names
 * of `len` bytes (1 to 64) that begin with `first`.  Spares the caller the
 * others, unless they come in parts.
 */
typedef struct {
    uint64_t lengths[256];
} lp_json_filter_t;


/*
 * The caller owns it and reads `text`, `text_len`, `text_ends` and `tag`, which
 * hold until the next call, and `reason`; the rest is private.
 */
typedef struct {
    const uint8_t *text;      /* unescaped UTF-8, in the input or in `bytes` */
    size_t         text_len;  /* may be 0 */
    const void    *tag;       /* of LP_JSON_TAKEN, whose value is `text` */
    uint8_t        text_ends; /* 1: the name is complete with this part */
    uint8_t        reason;    /* lp_json_reason_t of LP_JSON_ERROR */

    uint8_t  event; /* that ends the running call */
    uint8_t  state;
    uint8_t  after;      /* state that follows a value at this depth */
    uint8_t  every;      /* each value, comma and close is an event */
    uint8_t  announced;  /* the value at the next byte was told */
    uint8_t  in_name;    /* the string is a member name */
    uint8_t  number;     /* state within a number */
    uint8_t  digits;     /* of \u, that were read */
    uint8_t  utf8_left;  /* continuation bytes that must follow */
    uint8_t  utf8_first; /* lowest first one of them */
    uint8_t  utf8_last;  /* highest first one of them */
    uint8_t  bytes[8];
    uint16_t code;    /* of \u, so far */
    uint16_t high;    /* surrogate that waits for its low one, or 0 */
    uint16_t depth;   /* open arrays and objects */
    uint16_t watched; /* depth around the watched value, or beyond all */
    uint32_t number_len;

    const lp_json_filter_t *filter;
    const char             *literal; /* what is left of true, false or null */
    uint64_t objects[LP_JSON_DEPTH / 64]; /* a bit a level: 1 an object */

    lp_json_echoes_t echoes; /* 6 KB that need no clearing: last */
} lp_json_t;


/* `filter` outlives the scanner and may be NULL: all names matter. */
void lp_json_init(lp_json_t *j, const lp_json_filter_t *filter);

/* Asks for an event before each value and behind each comma and close. */
static inline void
lp_json_every(lp_json_t *j)
{
    j->every = 1;
}


/*
 * Takes bytes from *pos up to `end` and stops after an event.  A name comes in
 * one or more parts, of which only the last has `text_ends`.  An escaped lone
 * surrogate in a name reads as U+FFFD.  At the first LP_JSON_ERROR *pos is the
 * byte that is refused, wherever the input was split.
 */
lp_json_event_t lp_json_next(lp_json_t *j, const uint8_t **pos,
                             const uint8_t *end);

/*
 * After a complete name: asks for LP_JSON_VALUE before and LP_JSON_END after
 * its value, and for no events in between.  After LP_JSON_VALUE: for the
 * latter.
 */
void lp_json_watch(lp_json_t *j);

/*
 * In the place of it, where the value is a plain string, number or literal
 * that the input holds whole, as nearly all are: takes it and returns 1, with
 * *value at its first byte and *pos behind its last.  0: nothing was taken.
 *
 * `tag` is not NULL and stands for what the caller makes of the name, whenever
 * it comes: then LP_JSON_TAKEN may stand for both, with *pos behind the value.
 */
int lp_json_take(lp_json_t *j, const uint8_t **pos, const uint8_t *end,
                 const void *tag, const uint8_t **value);

/* After a complete name: it is none of the caller's, whenever it comes. */
static inline void
lp_json_decline(lp_json_t *j)
{
    j->echoes.from = j->echoes.asked;
    j->echoes.asked = NULL;
}


/* Whether what is open innermost is an object. */
int lp_json_in_object(const lp_json_t *j);

/* At the end of the input: 1 when it was one JSON text, else 0 and why. */
int lp_json_finish(lp_json_t *j);


#endif
