/*
 * traceparent: what is accepted is written as a field that is accepted, of the
 * same trace.
 */

#include "fuzz.h"
#include "lp_error.h"
#include "lp_trace.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char       text[LP_TRACE_LEN];
    lp_trace_t trace, again;

    if (lp_trace_parse((const char *) data, size, &trace) != LP_OK) {
        return 0;
    }

    lp_trace_format(&trace, text);
    FUZZ_CHECK(lp_trace_parse(text, sizeof(text), &again) == LP_OK);
    FUZZ_CHECK(memcmp(trace.id, again.id, LP_TRACE_ID) == 0
               && memcmp(trace.span, again.span, LP_TRACE_SPAN) == 0
               && trace.sampled == again.sampled);
    FUZZ_CHECK(lp_trace_within(&trace, 100000));

    return 0;
}
