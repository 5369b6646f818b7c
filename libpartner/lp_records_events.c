/*
 * Server-sent events (HTML, section 9.2): their data are documents, and their
 * other fields wait for the end of these.
 */

#include <string.h>

#include "lp_records_events.h"
#include "lp_redact_profile.h"


/* Where in a line of an event the next byte stands. */
enum {
    LP_EVENT_NAME = 0,
    LP_EVENT_BLANK, /* one may stand before the data, and before the value */
    LP_EVENT_DATA,
    LP_EVENT_VALUE,
    LP_EVENT_COMMENT,
    LP_EVENT_UNKNOWN
};


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


/* What detectors find in it was not meant to be a name or an id. */
static int
lp_event_end(lp_records_t *s)
{
    size_t          at = 0;
    lp_detect_hit_t hit;

    if (lp_detect_next(s->fields + s->fields_len - s->value_len, s->value_len,
                       &at, s->redact->profile->detects, &hit)) {
        return lp_records_refuse(s, LP_REDACT_REFUSED_FIELD);
    }

    return lp_event_put(s, "\n", 1);
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
        rc = lp_event_end(s);
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


int
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
