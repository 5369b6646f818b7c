/*
 * The log-linear mapping of latencies to slots, and quantiles from counts.
 */

#include "lp_histogram.h"


#define LP_HISTOGRAM_BITS 5 /* log2 of the steps */
#define LP_MILLION        1000000

_Static_assert(LP_HISTOGRAM_STEPS == 1 << LP_HISTOGRAM_BITS, "steps");


/* The top six bits of the value choose the step, their place the octave. */
unsigned
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


static uint64_t
lp_histogram_lower(unsigned slot)
{
    unsigned shift;

    if (slot < LP_HISTOGRAM_STEPS) {
        return slot;
    }

    shift = slot / LP_HISTOGRAM_STEPS - 1;

    return (uint64_t) (slot % LP_HISTOGRAM_STEPS + LP_HISTOGRAM_STEPS)
           << shift;
}


uint64_t
lp_histogram_upper(unsigned slot)
{
    return slot < LP_HISTOGRAM_SLOTS - 1 ? lp_histogram_lower(slot + 1)
                                         : UINT64_MAX;
}


static uint64_t
lp_histogram_middle(unsigned slot)
{
    uint64_t lower;

    lower = lp_histogram_lower(slot);

    /* The last slot is open: its beginning is all that is known. */
    return slot < LP_HISTOGRAM_SLOTS - 1
               ? lower + (lp_histogram_upper(slot) - lower) / 2
               : lower;
}


uint64_t
lp_histogram_quantile(const uint64_t counts[LP_HISTOGRAM_SLOTS],
                      uint32_t       parts_per_million)
{
    uint64_t total, rank, seen;
    unsigned slot;

    total = 0;

    for (slot = 0; slot < LP_HISTOGRAM_SLOTS; slot++) {
        total += counts[slot];
    }

    if (total == 0) {
        return 0;
    }

    if (parts_per_million > LP_MILLION) {
        parts_per_million = LP_MILLION;
    }

    /* Nearest rank, rounded up, in two parts so that nothing overflows. */
    rank = total / LP_MILLION * parts_per_million
           + (total % LP_MILLION * parts_per_million + LP_MILLION - 1)
                 / LP_MILLION;
    seen = 0;

    for (slot = 0; slot < LP_HISTOGRAM_SLOTS - 1; slot++) {
        seen += counts[slot];

        if (seen >= rank && seen > 0) {
            break;
        }
    }

    return lp_histogram_middle(slot);
}
