/*
 * What stands between two values, learned where it was read and compared where
 * it comes again.
 */

#include "lp_json_numbers.h"
#include "lp_json_state.h"
#include "lp_json_token.h"


#define LP_JSON_ECHO_CREDIT 128  /* with which learning begins */
#define LP_JSON_ECHO_WORTH  1024 /* what it can be worth at most */
#define LP_JSON_ECHO_PRICE  2    /* of reading where nothing came again */
#define LP_JSON_ECHO_REST   1024 /* values of the first rest */
#define LP_JSON_ECHO_RESTS  (1 << 20)
#define LP_JSON_ECHO_RUN    8 /* elements that are told apart */


void
lp_json_echoes_init(lp_json_echoes_t *e)
{
    memset(e, 0, offsetof(lp_json_echoes_t, echoes));
    e->worth = LP_JSON_ECHO_CREDIT;
    e->pause = LP_JSON_ECHO_REST;
}


/* The levels that are open, without what deeper ones have left behind. */
static inline uint64_t
lp_json_levels(uint64_t objects, unsigned depth)
{
    return objects & ((UINT64_C(1) << depth) - 1);
}


static inline uint64_t
lp_json_echo_word(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));

    return word;
}


/* By the last bytes, which hold the name; 32 may be read behind `from`. */
static inline uint8_t *
lp_json_echo_slot(lp_json_echoes_t *e, size_t len,
                  const lp_json_echo_t *before)
{
    uint64_t word;

    word = len < 8
               ? lp_json_echo_word(e->from) & ((UINT64_C(1) << 8 * len) - 1)
               : lp_json_echo_word(e->from + len - 8);
    word += len + ((uint64_t) (uintptr_t) before << 4);

    return &e->slots[word * UINT64_C(0x9e3779b97f4a7c15) >> 57];
}


/* All are forgotten at once, so that none follows one that is gone. */
static void
lp_json_echo_forget(lp_json_echoes_t *e)
{
    e->n = 0;
    memset(e->slots, 0, sizeof(e->slots));
}


static lp_json_echo_t *
lp_json_echo_add(lp_json_t *j, uint8_t *slot, size_t len,
                 lp_json_echo_t *before, const void *tag)
{
    lp_json_echoes_t *e = &j->echoes;
    lp_json_echo_t   *echo = &e->echoes[e->n++];

    *slot = e->n;

    memcpy(echo->text, e->from, LP_JSON_ECHO_LEN);
    echo->own = (UINT64_C(1) << len) - 1;
    echo->len = (uint8_t) len;
    echo->after = j->after;
    echo->depth = e->depth;
    echo->objects = lp_json_levels(e->objects, e->depth);
    echo->next_depth = j->depth;
    echo->next_objects = lp_json_levels(j->objects[0], j->depth);
    echo->next = NULL;
    echo->other = NULL;
    echo->before = before;
    echo->run = 0;
    echo->tag = tag;

    if (before != NULL) {
        echo->run = before->run + (before->run < LP_JSON_ECHO_RUN);
    }

    return echo;
}


/* Sixteen bytes, and the other sixteen where there are more. */
static inline int
lp_json_echo_same(const lp_json_echo_t *echo, const uint8_t *p)
{
    if (lp_scan_differing(p, echo->text) & echo->own) {
        return 0;
    }

    return echo->len <= LP_SCAN_STEP
           || (lp_scan_differing(p + LP_SCAN_STEP, echo->text + LP_SCAN_STEP)
               & echo->own >> LP_SCAN_STEP)
                  == 0;
}


static lp_json_echo_t *
lp_json_echo_find(lp_json_echoes_t *e, unsigned slot, size_t len,
                  const lp_json_echo_t *before)
{
    lp_json_echo_t *echo;

    if (slot == 0) {
        return NULL;
    }

    echo = &e->echoes[slot - 1];

    return echo->len == len && echo->before == before
                   && echo->depth == e->depth
                   && echo->objects == lp_json_levels(e->objects, e->depth)
                   && lp_json_echo_same(echo, e->from)
               ? echo
               : NULL;
}


/*
 * A separator of elements says little of what follows it: how many have come
 * before is part of it, up to a few.
 */
static lp_json_echo_t *
lp_json_echo_before(const lp_json_t *j, size_t len)
{
    lp_json_echo_t *last = j->echoes.last;

    if (last == NULL || j->after != LP_JSON_AFTER_ELEMENT
        || j->depth != j->echoes.depth || j->echoes.from[len - 1] == '[') {
        return NULL;
    }

    return last->run < LP_JSON_ECHO_RUN ? last : last->before;
}


/* Each look at what nothing was known of is paid for; 1: it was too often. */
static int
lp_json_echo_pay(lp_json_echoes_t *e)
{
    e->worth -= LP_JSON_ECHO_PRICE;

    if (e->worth > 0) {
        return 0;
    }

    e->worth = LP_JSON_ECHO_CREDIT;
    e->rest = e->pause;
    e->pause = e->pause < LP_JSON_ECHO_RESTS ? 2 * e->pause : e->pause;

    return 1;
}


static lp_json_echo_t *
lp_json_echo_know(lp_json_t *j, size_t len, const void *tag)
{
    uint8_t          *slot;
    lp_json_echoes_t *e = &j->echoes;
    lp_json_echo_t   *echo, *before;

    if (lp_json_echo_pay(e) || len > LP_JSON_ECHO_LEN
        || e->depth > LP_JSON_ECHO_DEPTH || j->depth > LP_JSON_ECHO_DEPTH) {
        return NULL;
    }

    before = lp_json_echo_before(j, len);
    slot = lp_json_echo_slot(e, len, before);
    echo = lp_json_echo_find(e, *slot, len, before);

    if (echo == NULL) {
        if (e->n == LP_JSON_ECHOES) {
            lp_json_echo_forget(e);
            return NULL;
        }

        echo = lp_json_echo_add(j, slot, len, before, tag);
    }

    if (e->last != NULL) {
        *(e->last->next == NULL ? &e->last->next : &e->last->other) = echo;
    }

    return echo;
}


void
lp_json_learn(lp_json_t *j, const uint8_t *p, const void *tag)
{
    lp_json_echoes_t *e = &j->echoes;

    e->last = e->from == NULL
                  ? NULL
                  : lp_json_echo_know(j, (size_t) (p - e->from), tag);
    e->from = NULL;
}


/* The one of those that have followed which follows here, or NULL. */
static inline lp_json_echo_t *
lp_json_echo_next(const lp_json_echo_t *last, const uint8_t *p)
{
    if (last->next == NULL) {
        return NULL;
    }

    if (lp_json_echo_same(last->next, p)) {
        return last->next;
    }

    return last->other != NULL && lp_json_echo_same(last->other, p)
               ? last->other
               : NULL;
}


/* Where the scanner stands behind the value to which an echo has led. */
static void
lp_json_echo_stand(lp_json_t *j, lp_json_echo_t *echo)
{
    j->echoes.last = echo;
    j->depth = echo->next_depth;
    j->objects[0] = echo->next_objects;
    j->after = echo->after;
    j->state = echo->after;
}


/*
 * An echo that follows another was learned where that one has led to, so that
 * what is open need not be compared, nor known before the last of them.
 */
const uint8_t *
lp_json_echo(lp_json_t *j, const uint8_t *p, const uint8_t *limit)
{
    int             worth = j->echoes.worth;
    const uint8_t  *value, *end;
    lp_json_echo_t *echo, *last = j->echoes.last;

    while (limit - p > LP_JSON_ECHO_LEN) {
        echo = lp_json_echo_next(last, p);

        if (echo == NULL) {
            break;
        }

        value = p + echo->len;
        end = lp_json_lane_value(value, limit, echo->after);

        if (end == NULL && (echo->tag != NULL || *value != '"')) {
            break;
        }

        last = echo;
        worth++;

        if (end == NULL) { /* not a plain string */
            lp_json_echo_stand(j, last);
            j->in_name = 0;
            j->state = LP_JSON_IN_STRING;
            return value + 1;
        }

        p = end;

        if (echo->tag != NULL) {
            j->tag = echo->tag;
            j->text = value;
            j->text_len = (size_t) (p - value);
            j->event = LP_JSON_TAKEN;
            break;
        }
    }

    lp_json_echo_stand(j, last);
    j->echoes.worth = worth < LP_JSON_ECHO_WORTH ? worth : LP_JSON_ECHO_WORTH;

    return p;
}
