/*
 * Redacts streams of JSON texts, each a document of its own: lines (NDJSON),
 * sequences (RFC 7464) and the data of server-sent events.
 */

#ifndef LP_RECORDS_H
#define LP_RECORDS_H


#include "lp_redact.h"


#define LP_RECORDS_NAME   8   /* bytes of a field's name that count, and one */
#define LP_RECORDS_VALUE  64  /* bytes of `event`, `id` and `retry` */
#define LP_RECORDS_FIELDS 256 /* bytes of these in one event */


typedef enum {
    LP_RECORDS_LINES,
    LP_RECORDS_SEQUENCE,
    LP_RECORDS_EVENTS
} lp_records_kind_t;

/* One stream; the caller owns it. */
typedef struct {
    lp_redact_t      *redact;
    lp_records_kind_t kind;
    uint8_t           open;    /* the document has begun */
    uint8_t           started; /* a sequence has had its first separator */

    lp_redact_emit_pt emit; /* of the running feed */
    void             *ctx;

    uint64_t       fed;  /* bytes of earlier feeds */
    const uint8_t *from; /* of the running feed */
    const uint8_t *p;    /* in it: what is looked at */

    uint8_t at;   /* in a line of an event */
    uint8_t data; /* the event has some */
    uint8_t cr;   /* a line feed belongs to the line that ended */
    uint8_t name_len;
    char    name[LP_RECORDS_NAME];
    size_t  value_len;
    size_t  fields_len;
    uint8_t fields[LP_RECORDS_FIELDS]; /* wait for the end of the event */
} lp_records_t;


/* `redact` is initialised, has its keys, and counts for all documents. */
void lp_records_init(lp_records_t *s, lp_redact_t *redact,
                     lp_records_kind_t kind);

/*
 * As lp_redact_feed().  LP_INVALID: a document is none, a sequence begins with
 * something else, or a field of an event holds more than 64 letters, digits,
 * ".", "_", ":" and "-".  Comments of events lose their text, and fields that
 * mean nothing disappear.  `redact` has the reason, and the offset in all of
 * the stream.
 */
int lp_records_feed(lp_records_t *s, const uint8_t *data, size_t len,
                    lp_redact_emit_pt emit, void *ctx);

/* LP_OK when the last document was complete. */
int lp_records_finish(lp_records_t *s, lp_redact_emit_pt emit, void *ctx);


#endif
