/*
 * Values that are needed whole: kept over the end of the input until they end,
 * then made into something else or read by the detectors.
 */

#include <string.h>

#include "lp_json_text.h"
#include "lp_redact_profile.h"


_Static_assert(LP_REDACT_VALUE <= UINT16_MAX, "a map holds its places");


/* A piece of the value that is needed whole. */
static void
lp_redact_keep(lp_redact_t *r, const uint8_t *from, const uint8_t *to)
{
    size_t len = (size_t) (to - from);

    if (len > LP_REDACT_VALUE || r->kept_len + len > LP_REDACT_VALUE) {
        r->kept_len = LP_REDACT_VALUE + 1;
        return;
    }

    memcpy(r->kept + r->kept_len, from, len);
    r->kept_len += len;
}


int
lp_redact_pause(lp_redact_t *r, const uint8_t *end)
{
    int    rc;
    size_t len;

    switch (r->doing) {

    case LP_SKIPPING:
        return LP_OK;

    case LP_KEEPING:
    case LP_READING:
        rc = r->doing == LP_READING && r->value != NULL
                 ? lp_redact_pass(r, r->start, r->value)
                 : LP_OK;
        lp_redact_keep(r, r->value != NULL ? r->value : r->start, end);
        r->value = NULL;
        return rc;

    default:
        break;
    }

    if (!r->holding) {
        return lp_redact_pass(r, r->start, end);
    }

    len = (size_t) (end - r->start);

    if (len > LP_REDACT_HELD - r->held_len) {
        return lp_redact_refuse(r, r->start + LP_REDACT_HELD - r->held_len,
                                LP_REDACT_REFUSED_HELD);
    }

    memcpy(r->held + r->held_len, r->start, len);
    r->held_len += len;

    return LP_OK;
}


/* The whole value, where it is; in one piece it was never copied. */
static const uint8_t *
lp_redact_whole(lp_redact_t *r, const uint8_t *p, size_t *len)
{
    if (r->value != NULL) {
        *len = (size_t) (p - r->value);
        return r->value;
    }

    if (r->kept_len <= LP_REDACT_VALUE) {
        lp_redact_keep(r, r->start, p);
    }

    *len = r->kept_len;

    return r->kept;
}


static int
lp_redact_put(lp_redact_t *r, const uint8_t *p, const uint8_t *raw, size_t len)
{
    uint8_t made[LP_REDACT_MADE(LP_REDACT_VALUE)];

    len = lp_redact_value(r->action, r->keys, raw, len, made);
    r->start = p;

    return r->emit(r->ctx, made, len, 1);
}


int
lp_redact_make(lp_redact_t *r, const uint8_t *p)
{
    size_t         len;
    const uint8_t *raw;

    raw = lp_redact_whole(r, p, &len);

    return lp_redact_put(r, p, raw, len);
}


/* What was found, at these places of the raw string. */
static int
lp_redact_hit(lp_redact_t *r, const lp_detect_hit_t *hit, const uint8_t *text)
{
    size_t  n;
    uint8_t made[LP_REDACT_MADE(LP_REDACT_VALUE)];

    r->class = (uint8_t) hit->class;
    lp_redact_count(r);
    n = lp_redact_part(r->profile->by_class[hit->class], r->keys,
                       text + hit->from, hit->to - hit->from, made);

    return r->emit(r->ctx, made, n, 1);
}


/* A string with its quotes: emits it up to the end of the last find. */
static int
lp_redact_string(lp_redact_t *r, const uint8_t *raw, size_t len, int literal)
{
    int             rc, escaped;
    size_t          n = len - 2, at = 0, from;
    uint8_t         unescaped[LP_REDACT_VALUE];
    uint16_t        map[LP_REDACT_VALUE + 1];
    const uint8_t  *text = raw + 1;
    lp_detect_hit_t hit;

    escaped = memchr(text, '\\', n) != NULL;

    /* the map tells where a find stands, since the rest stays as it came */
    if (escaped) {
        n = lp_text_unescape(text, n, unescaped, map);
        text = unescaped;
    }

    while (lp_detect_next(text, n, &at, r->profile->detects, &hit)) {
        from = (size_t) (raw - r->start) + 1
               + (escaped ? map[hit.from] : hit.from);
        rc = from > 0 ? r->emit(r->ctx, r->start, from, literal) : LP_OK;

        if (rc == LP_OK) {
            rc = lp_redact_hit(r, &hit, text);
        }

        if (rc != LP_OK) {
            return rc;
        }

        r->start = raw + 1 + (escaped ? map[hit.to] : hit.to);
    }

    return LP_OK;
}


/* Something stands in the place of all of it. */
static int
lp_redact_stand_in(lp_redact_t *r, const uint8_t *p, const uint8_t *raw,
                   size_t len, unsigned class, lp_redact_action_t action)
{
    int rc;

    rc = r->value != NULL ? lp_redact_pass(r, r->start, raw) : LP_OK;
    r->class = (uint8_t) class;
    lp_redact_count(r);
    r->action = action;

    return rc == LP_OK ? lp_redact_put(r, p, raw, len) : rc;
}


/* A string or number that detectors look at has ended. */
int
lp_redact_read(lp_redact_t *r, const uint8_t *p)
{
    int            rc = LP_OK, literal = r->value == NULL;
    size_t         len;
    const uint8_t *raw;
    lp_detect_class_t class;

    static const lp_redact_action_t stars = { LP_REDACT_MASK, 0, 0 };

    raw = lp_redact_whole(r, p, &len);

    if (len > LP_REDACT_VALUE) {
        return lp_redact_stand_in(r, p, raw, len, LP_REDACT_TOO_LONG, stars);
    }

    r->start = literal ? raw : r->start;

    if (*raw == '"') {
        rc = lp_redact_string(r, raw, len, literal);

    } else {
        class = lp_detect_number(raw, len, r->profile->detects);

        if (class != LP_DETECT_CLASSES) {
            return lp_redact_stand_in(r, p, raw, len, class,
                                      r->profile->by_class[class]);
        }
    }

    if (rc == LP_OK && literal) {
        rc = r->emit(r->ctx, r->start, len - (size_t) (r->start - raw), 1);
        r->start = p;
    }

    return rc;
}
