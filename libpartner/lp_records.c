/*
 * Finds where the documents of a stream begin and end.
 */

#include <string.h>

#include "lp_records_events.h"


#define LP_RECORDS_SEPARATOR 0x1e /* RFC 7464, section 2.2 */


void
lp_records_init(lp_records_t *s, lp_redact_t *redact, lp_records_kind_t kind)
{
    memset(s, 0, sizeof(*s));
    s->redact = redact;
    s->kind = kind;
}


/* Where the next document, or the bytes that are none, stand in the stream. */
static void
lp_records_place(lp_records_t *s, size_t ahead)
{
    s->redact->fed = s->fed + (uint64_t) (s->p - s->from) + ahead;
}


int
lp_records_refuse(lp_records_t *s, unsigned reason)
{
    lp_records_place(s, 0);
    s->redact->reason = reason;
    s->redact->offset = s->redact->fed;

    return LP_INVALID;
}


int
lp_records_say(lp_records_t *s, const char *text)
{
    return s->emit(s->ctx, (const uint8_t *) text, strlen(text), 1);
}


/*
 * Between the tokens of a JSON text is the only place of a bare line feed, so
 * what was a line of an event becomes one again.
 */
static int
lp_records_emit(void *ctx, const uint8_t *data, size_t len, int literal)
{
    int            rc = LP_OK;
    size_t         n;
    lp_records_t  *s = ctx;
    const uint8_t *end;

    while (len > 0 && rc == LP_OK) {
        end = s->kind == LP_RECORDS_EVENTS ? memchr(data, '\n', len) : NULL;
        n = end == NULL ? len : (size_t) (end - data);
        rc = n > 0 ? s->emit(s->ctx, data, n, literal) : LP_OK;

        if (end != NULL) {
            rc = rc == LP_OK ? lp_records_say(s, "\ndata: ") : rc;
            n++;
        }

        data += n;
        len -= n;
    }

    return rc;
}


int
lp_records_text(lp_records_t *s, const uint8_t *data, size_t len)
{
    int    rc;
    size_t blank = 0;

    while (!s->open && blank < len
           && (data[blank] == ' ' || data[blank] == '\t' || data[blank] == '\r'
               || data[blank] == '\n')) {
        blank++;
    }

    rc = blank > 0 ? lp_records_emit(s, data, blank, 0) : LP_OK;

    if (rc != LP_OK || blank == len) {
        return rc;
    }

    s->open = 1;
    lp_records_place(s, blank);

    return lp_redact_feed(s->redact, data + blank, len - blank,
                          lp_records_emit, s);
}


int
lp_records_close(lp_records_t *s)
{
    int rc;

    if (!s->open) {
        return LP_OK;
    }

    s->open = 0;
    rc = lp_redact_finish(s->redact, lp_records_emit, s);

    if (rc == LP_OK) {
        lp_redact_again(s->redact);
    }

    return rc;
}


/* Documents between bytes of one value. */
static int
lp_records_separated(lp_records_t *s, const uint8_t *p, const uint8_t *end,
                     uint8_t separator)
{
    int            rc = LP_OK;
    const uint8_t *stop;

    while (p < end && rc == LP_OK) {
        s->p = p;
        stop = memchr(p, separator, (size_t) (end - p));

        /*
         * RFC 7464, section 2.1: a text before the first separator is the rest
         * of another.
         */
        if (!s->started && stop != p) {
            return lp_records_refuse(s, LP_REDACT_REFUSED_SEPARATOR);
        }

        rc = lp_records_text(s, p, (size_t) ((stop ? stop : end) - p));

        if (stop == NULL || rc != LP_OK) {
            return rc;
        }

        s->started = 1;
        rc = lp_records_close(s);
        rc = rc == LP_OK ? s->emit(s->ctx, stop, 1, 0) : rc;
        p = stop + 1;
    }

    return rc;
}


int
lp_records_feed(lp_records_t *s, const uint8_t *data, size_t len,
                lp_redact_emit_pt emit, void *ctx)
{
    int            rc;
    const uint8_t *end = data + len;

    s->emit = emit;
    s->ctx = ctx;
    s->from = data;

    if (s->kind == LP_RECORDS_EVENTS) {
        rc = lp_records_events(s, data, end);

    } else if (s->kind == LP_RECORDS_SEQUENCE) {
        rc = lp_records_separated(s, data, end, LP_RECORDS_SEPARATOR);

    } else {
        s->started = 1;
        rc = lp_records_separated(s, data, end, '\n');
    }

    s->fed += len;

    return rc;
}


/* An event that has no end is none (HTML, section 9.2.6); its data is safe. */
int
lp_records_finish(lp_records_t *s, lp_redact_emit_pt emit, void *ctx)
{
    s->emit = emit;
    s->ctx = ctx;

    return lp_records_close(s);
}
