/*
 * Since when a service is silent.
 */

#include "lp_silence.h"


void
lp_silence_begun(lp_silence_t *s, uint64_t waiting, int64_t now)
{
    if (waiting <= LP_SILENCE_CALLS) {
        s->since = now;
    }
}


void
lp_silence_heard(lp_silence_t *s, int64_t now)
{
    s->since = now;
}


int
lp_silence_lasts(const lp_silence_t *s, uint64_t waiting, int64_t patience,
                 int64_t now)
{
    return waiting >= LP_SILENCE_CALLS && now - s->since > patience;
}
