/*
 * Counts the calls that nothing was heard of.
 */

#include "lp_silence.h"


void
lp_silence_begun(lp_silence_t *s, int alone, int64_t now)
{
    /* those before it have all ended: nobody waits in vain */

    if (alone) {
        s->unheard = 0;
    }

    if (s->unheard < LP_SILENCE_CALLS && ++s->unheard == LP_SILENCE_CALLS) {
        s->since = now;
    }

    s->last = now;
}


void
lp_silence_heard(lp_silence_t *s, uint64_t waiting, int64_t now)
{
    s->unheard
        = waiting < LP_SILENCE_CALLS ? (uint32_t) waiting : LP_SILENCE_CALLS;
    s->since = now;
}


int
lp_silence_lasts(const lp_silence_t *s, int64_t patience, int64_t now)
{
    return s->unheard == LP_SILENCE_CALLS && now - s->since > patience;
}
