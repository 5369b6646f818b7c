/*
 * W3C Trace Context, the field traceparent: which trace a call belongs to, and
 * which span of it is its parent.
 */

#ifndef LP_TRACE_H
#define LP_TRACE_H


#include <stddef.h>
#include <stdint.h>


#define LP_TRACE_ID   32 /* lower case hexadecimal digits */
#define LP_TRACE_SPAN 16
#define LP_TRACE_LEN  55 /* of the field in version 00 */

#define LP_TRACE_RANDOM 24 /* bytes that a trace and its first span take */


typedef struct {
    char     id[LP_TRACE_ID];
    char     span[LP_TRACE_SPAN];
    unsigned sampled : 1; /* whoever sent it may have recorded it */
} lp_trace_t;


/*
 * LP_OK or LP_INVALID.  A later version is read as far as version 00 goes, as
 * section 4.3 of the recommendation has it.
 */
int lp_trace_parse(const char *text, size_t len, lp_trace_t *trace);

/* A trace of its own, with its first span. */
void lp_trace_start(lp_trace_t *trace, const uint8_t random[LP_TRACE_RANDOM]);

/* Another span of the same trace: the last 8 of the bytes. */
void lp_trace_next(lp_trace_t *trace, const uint8_t random[LP_TRACE_RANDOM]);

/* In version 00, without a final zero. */
void lp_trace_format(const lp_trace_t *trace, char text[LP_TRACE_LEN]);

/* Whether a trace is one of `share` in 100000, the same for all who ask. */
int lp_trace_within(const lp_trace_t *trace, uint32_t share);


#endif
