/*
 * Parts of a limit.
 */

#include "lp_error.h"
#include "lp_ramp.h"


unsigned
lp_ramp_percent(const lp_ramp_t *ramp, int64_t now)
{
    int64_t grown;

    if (now <= ramp->start) {
        return ramp->from;
    }

    if (now - ramp->start >= ramp->over) {
        return LP_RAMP_WHOLE;
    }

    grown = (LP_RAMP_WHOLE - (int64_t) ramp->from) * (now - ramp->start)
            / ramp->over;

    return ramp->from + (unsigned) grown;
}


int
lp_ramp_rate(const lp_rate_t *whole, unsigned percent, lp_rate_t *part)
{
    int64_t burst = whole->burst * percent / LP_RAMP_WHOLE;

    if (whole->tokens > LP_BUCKET_MAX / LP_RAMP_WHOLE
        || whole->period > LP_BUCKET_MAX / LP_RAMP_WHOLE) {
        return LP_INVALID;
    }

    return lp_rate_init(part, whole->tokens * percent,
                        whole->period * LP_RAMP_WHOLE, burst > 1 ? burst : 1);
}


void
lp_ramp_quota(int64_t *quota, int64_t *window, unsigned percent)
{
    int64_t hundredths = *quota * percent; /* of a call */

    if (hundredths < LP_RAMP_WHOLE) {
        *quota = 1;
        *window = (*window * LP_RAMP_WHOLE + hundredths - 1) / hundredths;
        return;
    }

    *quota = hundredths / LP_RAMP_WHOLE;
}
