/*
 * What a partner that goes live has of its limits: a part that grows with the
 * time of day, a percent at a time, to the whole.  A function of the time and
 * of nothing else: when a clock is set, the part is what it is at the new time.
 */

#ifndef LP_RAMP_H
#define LP_RAMP_H


#include <stdint.h>

#include "lp_bucket.h"


#define LP_RAMP_WHOLE 100 /* percent */


typedef struct {
    int64_t  start; /* s since the epoch */
    int64_t  over;  /* s, >= 1 */
    unsigned from;  /* percent until `start`, 1 to 99 */
} lp_ramp_t;


/* `now` in s since the epoch. */
unsigned lp_ramp_percent(const lp_ramp_t *ramp, int64_t now);

/* Of that rate; LP_INVALID: such a part of it cannot be counted. */
int lp_ramp_rate(const lp_rate_t *whole, unsigned percent, lp_rate_t *part);

/*
 * Of so many calls (>= 1) in a window, and 1 to LP_RAMP_WHOLE percent: never
 * more than come back in it, so where that is less than one, one in a longer
 * window.
 */
void lp_ramp_quota(int64_t *quota, int64_t *window, unsigned percent);


#endif
