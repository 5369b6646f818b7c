/*
 * traceparent: read as section 3.2 of W3C Trace Context says, and written.
 */

#include <string.h>

#include "lp_error.h"
#include "lp_hex.h"
#include "lp_trace.h"


/* "00-<id>-<span>-<flags>", characters from its beginning */
#define LP_TRACE_AT_ID    3
#define LP_TRACE_AT_SPAN  (LP_TRACE_AT_ID + LP_TRACE_ID + 1)
#define LP_TRACE_AT_FLAGS (LP_TRACE_AT_SPAN + LP_TRACE_SPAN + 1)


/* Digits alone, and not all of them 0. */
static int
lp_trace_is_id(const char *text, size_t len)
{
    int    any;
    size_t i;

    for (i = 0, any = 0; i < len; i++) {

        if (lp_hex_lower(text[i]) < 0) {
            return 0;
        }

        any |= lp_hex_lower(text[i]);
    }

    return any != 0;
}


/*
 * "ff" is forbidden.  A later version may be longer, but then a dash must
 * follow what version 00 has (section 4.3).
 */
static int
lp_trace_version(const char *text, size_t len)
{
    if (lp_hex_lower(text[0]) < 0 || lp_hex_lower(text[1]) < 0
        || memcmp(text, "ff", 2) == 0) {
        return 0;
    }

    return memcmp(text, "00", 2) == 0
               ? len == LP_TRACE_LEN
               : len == LP_TRACE_LEN || text[LP_TRACE_LEN] == '-';
}


int
lp_trace_parse(const char *text, size_t len, lp_trace_t *trace)
{
    const char *id = text + LP_TRACE_AT_ID;
    const char *span = text + LP_TRACE_AT_SPAN;
    const char *flags = text + LP_TRACE_AT_FLAGS;

    if (len < LP_TRACE_LEN || !lp_trace_version(text, len) || id[-1] != '-'
        || span[-1] != '-' || flags[-1] != '-'
        || !lp_trace_is_id(id, LP_TRACE_ID)
        || !lp_trace_is_id(span, LP_TRACE_SPAN) || lp_hex_lower(flags[0]) < 0
        || lp_hex_lower(flags[1]) < 0) {
        return LP_INVALID;
    }

    memcpy(trace->id, id, LP_TRACE_ID);
    memcpy(trace->span, span, LP_TRACE_SPAN);
    /* bit 0; others are unknown to version 00 and dropped (section 3.2.2.5) */
    trace->sampled = (unsigned) lp_hex_lower(flags[1]) & 1;

    return LP_OK;
}


/* All zeros would be no id: its last bit is then set. */
static void
lp_trace_hex(char *text, const uint8_t *random, size_t bytes)
{
    int    any;
    size_t i;

    lp_hex_write(text, random, bytes);

    for (i = 0, any = 0; i < bytes; i++) {
        any |= random[i];
    }

    if (any == 0) {
        text[2 * bytes - 1] = '1';
    }
}


/* Nobody has recorded what begins here, so it is not sampled. */
void
lp_trace_start(lp_trace_t *trace, const uint8_t random[LP_TRACE_RANDOM])
{
    lp_trace_hex(trace->id, random, LP_TRACE_ID / 2);
    lp_trace_next(trace, random);
    trace->sampled = 0;
}


/* Of the random bytes the last, which the trace's id leaves for it. */
void
lp_trace_next(lp_trace_t *trace, const uint8_t random[LP_TRACE_RANDOM])
{
    lp_trace_hex(trace->span, random + LP_TRACE_ID / 2, LP_TRACE_SPAN / 2);
}


void
lp_trace_format(const lp_trace_t *trace, char text[LP_TRACE_LEN])
{
    memcpy(text, "00-", LP_TRACE_AT_ID);
    memcpy(text + LP_TRACE_AT_ID, trace->id, LP_TRACE_ID);
    text[LP_TRACE_AT_SPAN - 1] = '-';
    memcpy(text + LP_TRACE_AT_SPAN, trace->span, LP_TRACE_SPAN);
    memcpy(text + LP_TRACE_AT_FLAGS - 1, trace->sampled ? "-01" : "-00", 3);
}


/* By its last digits, which every generator makes at random. */
int
lp_trace_within(const lp_trace_t *trace, uint32_t share)
{
    size_t   i;
    uint64_t n;

    /*
     * 7 bytes, as many as level 2 of the recommendation wants random at least
     */
    for (i = LP_TRACE_ID - 14, n = 0; i < LP_TRACE_ID; i++) {
        n = n << 4 | (uint64_t) lp_hex_lower(trace->id[i]);
    }

    return n % 100000 < share;
}
