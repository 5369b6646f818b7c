/*
 * From slots back to latencies, and quantiles from counts.
 */

#include "lp_histogram.h"


#define LP_MILLION 1000000


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


int
lp_histogram_published(unsigned slot)
{
    unsigned next;

    next = slot + 1; /* begins at the bound */

    if (next < lp_histogram_slot(LP_HISTOGRAM_FIRST)
        || next > lp_histogram_slot(LP_HISTOGRAM_LAST)) {
        return 0;
    }

    return next % (LP_HISTOGRAM_STEPS / 4) == 0
           || next == lp_histogram_slot(LP_HISTOGRAM_200MS)
           || next == lp_histogram_slot(LP_HISTOGRAM_400MS)
           || next == lp_histogram_slot(LP_HISTOGRAM_800MS)
           || next == lp_histogram_slot(LP_HISTOGRAM_1S);
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
