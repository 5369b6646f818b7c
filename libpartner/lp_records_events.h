/*
 * What the parsers of streams share: the document that is being read, and what
 * stands around it.
 */

#ifndef LP_RECORDS_EVENTS_H
#define LP_RECORDS_EVENTS_H


#include "lp_records.h"


/* The next bytes of a document, which begins with the first that is no blank */
int lp_records_text(lp_records_t *s, const uint8_t *data, size_t len);

/* The document ends, and another may follow. */
int lp_records_close(lp_records_t *s);

/*
 * Bytes that no document holds: they stay valid as long as anybody reads them.
 */
int lp_records_say(lp_records_t *s, const char *text);

/* LP_INVALID, at the byte that is looked at. */
int lp_records_refuse(lp_records_t *s, unsigned reason);


/* _events.c: the next bytes of a stream of events */
int lp_records_events(lp_records_t *s, const uint8_t *p, const uint8_t *end);


#endif
