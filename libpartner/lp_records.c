/*
 * Finds where the documents of a stream begin and end.
 */

#include <string.h>

#include "lp_records.h"


#define LP_RECORDS_SEPARATOR 0x1e /* RFC 7464, section 2.2 */

/* Where in a line of an event the next byte stands. */
enum {
    LP_EVENT_NAME = 0,
    LP_EVENT_BLANK, /* one may stand before the data, and before the value */
    LP_EVENT_DATA,
    LP_EVENT_VALUE,
    LP_EVENT_COMMENT,
    LP_EVENT_UNKNOWN
};


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


static int
lp_records_refuse(lp_records_t *s, unsigned reason)
{
    lp_records_place(s, 0);
    s->redact->reason = reason;
    s->redact->offset = s->redact->fed;

    return LP_INVALID;
}


/*
 * Bytes that no document holds: they stay valid as long as anybody reads them.
 */
static int
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


/* The next bytes of a document, which begins with the first that is no blank */
static int
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


/* The document ends, and another may follow. */
static int
lp_records_close(lp_records_t *s)
{
    int                rc;
    uint64_t           redactions, counts[LP_REDACT_CLASSES];
    lp_redact_t       *r = s->redact;
    lp_partner_keys_t *keys = r->keys;

    if (!s->open) {
        return LP_OK;
    }

    s->open = 0;
    rc = lp_redact_finish(r, lp_records_emit, s);

    if (rc != LP_OK) {
        return rc;
    }

    /* A document begins anew, what was counted does not. */
    redactions = r->redactions;
    memcpy(counts, r->counts, sizeof(counts));

    lp_redact_init(r, r->profile);
    lp_redact_use_keys(r, keys);
    r->redactions = redactions;
    memcpy(r->counts, counts, sizeof(counts));

    return LP_OK;
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


static int
lp_event_named(const lp_records_t *s, const char *name)
{
    return strlen(name) == s->name_len
           && memcmp(s->name, name, s->name_len) == 0;
}


/* Fields are held back until the event ends, so they have a ceiling. */
static int
lp_event_put(lp_records_t *s, const char *text, size_t len)
{
    if (len > LP_RECORDS_FIELDS - s->fields_len) {
        return lp_records_refuse(s, LP_REDACT_REFUSED_FIELD);
    }

    memcpy(s->fields + s->fields_len, text, len);
    s->fields_len += len;

    return LP_OK;
}


/* The name of a field is complete. */
static int
lp_event_field(lp_records_t *s)
{
    s->value_len = 0;

    if (lp_event_named(s, "data")) {
        s->at = LP_EVENT_BLANK;

        if (s->data) {
            /*
             * Lines of data are one text with a line feed between them (HTML,
             * section 9.2.6).
             */
            return s->open ? lp_records_text(s, (const uint8_t *) "\n", 1)
                           : LP_OK;
        }

        s->data = 1;
        return lp_records_say(s, "data: ");
    }

    if (lp_event_named(s, "event") || lp_event_named(s, "id")
        || lp_event_named(s, "retry")) {
        s->at = LP_EVENT_BLANK;
        return lp_event_put(s, s->name, s->name_len) == LP_OK
                   ? lp_event_put(s, ": ", 2)
                   : LP_INVALID;
    }

    s->at = s->name_len == 0 ? LP_EVENT_COMMENT : LP_EVENT_UNKNOWN;

    return LP_OK;
}


/* An empty line: the event is complete. */
static int
lp_event_dispatch(lp_records_t *s)
{
    int    rc;
    size_t fields = s->fields_len;

    rc = lp_records_close(s);

    if (rc == LP_OK && s->data) {
        rc = lp_records_say(s, "\n");
    }

    if (rc == LP_OK && fields > 0) {
        rc = s->emit(s->ctx, s->fields, fields, 1);
    }

    s->data = 0;
    s->fields_len = 0;

    return rc == LP_OK ? lp_records_say(s, "\n") : rc;
}


static int
lp_event_line(lp_records_t *s)
{
    int rc = LP_OK;

    if (s->at == LP_EVENT_NAME) {
        if (s->name_len == 0) {
            return lp_event_dispatch(s);
        }

        rc = lp_event_field(s);
    }

    if (rc == LP_OK && s->at == LP_EVENT_COMMENT && !s->data) {
        rc = lp_records_say(s, ":\n"); /* what keeps a connection alive */

    } else if (rc == LP_OK
               && (s->at == LP_EVENT_VALUE || s->at == LP_EVENT_BLANK)
               && !lp_event_named(s, "data")) {
        rc = lp_event_put(s, "\n", 1);
    }

    s->at = LP_EVENT_NAME;
    s->name_len = 0;

    return rc;
}


/* Names of events and ids are free text otherwise, and could hold anything. */
static int
lp_event_value(lp_records_t *s, char c)
{
    if (s->value_len++ == LP_RECORDS_VALUE
        || !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
             || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':'
             || c == '-')) {
        return lp_records_refuse(s, LP_REDACT_REFUSED_FIELD);
    }

    return lp_event_put(s, &c, 1);
}


/* A byte of a line that is none of the data. */
static int
lp_event_byte(lp_records_t *s, char c)
{
    if (s->at == LP_EVENT_VALUE) {
        return lp_event_value(s, c);
    }

    if (s->at != LP_EVENT_NAME) {
        return LP_OK;
    }

    if (c == ':') {
        return lp_event_field(s);
    }

    if (s->name_len < LP_RECORDS_NAME) {
        s->name[s->name_len++] = c;
    }

    return LP_OK;
}


/* CR, LF and CRLF each end a line (HTML, section 9.2.5). */
static size_t
lp_event_rest(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *from = p;

    while (p < end && *p != '\n' && *p != '\r') {
        p++;
    }

    return (size_t) (p - from);
}


static int
lp_records_events(lp_records_t *s, const uint8_t *p, const uint8_t *end)
{
    int    rc;
    size_t n;

    for (rc = LP_OK; p < end && rc == LP_OK; p += n) {
        n = 1;
        s->p = p;

        if (*p == '\n' || *p == '\r') {
            /*
             * The other half of a CRLF, which may come with the next buffer.
             */
            rc = *p == '\n' && s->cr ? LP_OK : lp_event_line(s);
            s->cr = *p == '\r';
            continue;
        }

        s->cr = 0;

        if (s->at == LP_EVENT_BLANK) {
            s->at = lp_event_named(s, "data") ? LP_EVENT_DATA : LP_EVENT_VALUE;
            n = *p == ' ';

        } else if (s->at == LP_EVENT_DATA) {
            n = lp_event_rest(p, end);
            rc = lp_records_text(s, p, n);

        } else {
            rc = lp_event_byte(s, (char) *p);
        }
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
