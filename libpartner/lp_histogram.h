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
 * What a page publishes of the bounds above: four in each octave from 64 us to
 * 67 s, so that who interpolates between two is at most 1/4 off, and those next
 * to what is promised or alerted on.
 */
#define LP_HISTOGRAM_FIRST UINT64_C(64) /* us */
#define LP_HISTOGRAM_LAST  (UINT64_C(1) << 26)

/* Next to 0.2, 0.4, 0.8 and 1 s, at most 0.4 % off. */
#define LP_HISTOGRAM_200MS 200704
#define LP_HISTOGRAM_400MS 401408
#define LP_HISTOGRAM_800MS 802816
#define LP_HISTOGRAM_1S    999424

/* Whether the slot's upper bound is one of them. */
int lp_histogram_published(unsigned slot);

/*
 * The value in microseconds at the nearest rank of a quantile, given in parts
 * per million (above a million: the greatest), as the middle of its slot, at
 * most 1/64 off; of the last slot, its beginning.  0 when nothing was counted.
 */
uint64_t lp_histogram_quantile(const uint64_t counts[LP_HISTOGRAM_SLOTS],
                               uint32_t       parts_per_million);


#endif
