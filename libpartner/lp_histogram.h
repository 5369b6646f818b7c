/*
 * Log-linear latency histogram: 32 linear steps in each power of two, so a
 * value is known within 1/64 (1.6 %).  This is only the mapping; the counters
 * belong to the caller, who may keep them in shared memory and add atomically.
 */

#ifndef LP_HISTOGRAM_H
#define LP_HISTOGRAM_H


#include <stdint.h>


#define LP_HISTOGRAM_BITS  5
#define LP_HISTOGRAM_STEPS (1 << LP_HISTOGRAM_BITS)
#define LP_HISTOGRAM_SLOTS 992 /* up to 2^35 us, 9.5 hours; the last is open */


/*
 * The slot of a value in microseconds; a value beyond all has the last.  The
 * value's six leading bits choose the step, their place the octave.  In the
 * header because each call asks it three times.
 */
static inline unsigned
lp_histogram_slot(uint64_t us)
{
    unsigned shift, slot;

    if (us < LP_HISTOGRAM_STEPS) {
        return (unsigned) us;
    }

    shift = 63 - LP_HISTOGRAM_BITS - (unsigned) __builtin_clzll(us);
    slot = shift * LP_HISTOGRAM_STEPS + (unsigned) (us >> shift);

    return slot < LP_HISTOGRAM_SLOTS ? slot : LP_HISTOGRAM_SLOTS - 1;
}


/*
 * The smallest value beyond the slot: slot n holds [upper(n - 1), upper(n)).
 * UINT64_MAX for the last one.
 */
uint64_t lp_histogram_upper(unsigned slot);

/*
 * The value in microseconds at the nearest rank of a quantile, given in parts
 * per million (above a million: the greatest), as the middle of its slot, at
 * most 1/64 off; of the last slot, its beginning.  0 when nothing was counted.
 */
uint64_t lp_histogram_quantile(const uint64_t counts[LP_HISTOGRAM_SLOTS],
                               uint32_t       parts_per_million);


#endif
