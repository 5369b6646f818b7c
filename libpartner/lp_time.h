/*
 * RFC 3339 timestamps and seconds since the epoch, without the C library's
 * timezone state.
 */

#ifndef LP_TIME_H
#define LP_TIME_H


#include <stddef.h>
#include <stdint.h>

#include "lp_error.h"


#define LP_TIME_LEN     20 /* 2026-11-21T01:02:03Z, without the final zero */
#define LP_TIME_ALLOWED "an RFC 3339 time such as 2027-01-01T00:00:00Z"


/*
 * Any offset is accepted and applied; a fraction is cut off, which ends an
 * expiry early rather than late; second 60 is accepted where a leap second can
 * be, before 00:00 UTC, and means that midnight.  LP_INVALID: anything else,
 * `*seconds` is then unchanged.
 */
int lp_time_parse(const char *text, size_t len, int64_t *seconds);

/* In UTC.  LP_INVALID outside the years 0000 to 9999; `out` is then "". */
int lp_time_format(int64_t seconds, char out[LP_TIME_LEN + 1]);


#endif
