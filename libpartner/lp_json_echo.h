/*
 * Echoes.  The records of a list have the same names in the same order, so that
 * what stands between two values of one mostly stood there in the one before:
 * then it is compared instead of read again.
 *
 * What the grammar makes of bytes depends on them and on what is open, on
 * nothing else.  An echo is one such fact, learned where the scanner has read
 * the bytes itself: another look at the same bytes, with the same open, comes
 * to the same.
 */

#ifndef LP_JSON_ECHO_H
#define LP_JSON_ECHO_H


#include <stddef.h>
#include <stdint.h>


#define LP_JSON_ECHOES     64 /* learned at a time */
#define LP_JSON_ECHO_LEN   32 /* bytes; longer ones are not learned */
#define LP_JSON_ECHO_DEPTH 63 /* open arrays and objects; no deeper ones */
#define LP_JSON_ECHO_SLOTS 128

typedef struct lp_json_echo_s lp_json_echo_t;

struct lp_json_echo_s {
    uint8_t  text[LP_JSON_ECHO_LEN]; /* from behind a value up to the next */
    uint64_t own; /* a bit for each byte that is part of it */
    uint8_t  len;
    uint8_t  after; /* the state that follows the next value */
    uint8_t  run;   /* separators of elements up to this one */

    uint16_t depth, next_depth;     /* what is open before and behind it */
    uint64_t objects, next_objects; /* and a bit a level: 1 an object */

    lp_json_echo_t *next;   /* what has followed, or NULL */
    lp_json_echo_t *other;  /* and what else, last */
    lp_json_echo_t *before; /* of a separator of elements, or NULL */
    const void     *tag;    /* of a name that was taken, or NULL */
};

typedef struct {
    /* What led to the value before, or NULL: the scanner stands behind it. */
    lp_json_echo_t *last;

    const uint8_t *from;  /* behind that value, or NULL: not in this input */
    const uint8_t *asked; /* the same, while the caller judges a name */
    uint64_t       objects;
    uint16_t       depth; /* at `from` */

    /*
     * Where little comes again, learning costs more than it saves: then it
     * rests, for twice as many values each time.
     */
    int32_t  worth; /* what came again, less what did not */
    uint32_t rest;  /* values until something is learned again */
    uint32_t pause; /* the next rest */

    uint8_t n;
    uint8_t slots[LP_JSON_ECHO_SLOTS]; /* 1 + an index, or 0 */

    lp_json_echo_t echoes[LP_JSON_ECHOES]; /* n are written */
} lp_json_echoes_t;


#endif
