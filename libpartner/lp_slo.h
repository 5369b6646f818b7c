/*
 * What became of a promise: calls and bad ones in slots of time, burn rates
 * over the windows of the SRE workbook, and with the longest of them what is
 * left of a budget of thirty days.  Memory of zeros is one that knows nothing;
 * whoever shares it holds a lock.
 */

#ifndef LP_SLO_H
#define LP_SLO_H


#include <stddef.h>
#include <stdint.h>


#define LP_SLO_WHOLE 100000  /* objectives are in 1/1000 of a percent */
#define LP_SLO_ONE   1000000 /* a burn rate of 1: the budget lasts just so */

#define LP_SLO_MINUTES 360 /* six hours */
#define LP_SLO_HOURS   720 /* thirty days */


typedef enum {
    LP_SLO_CALLS = 0,
    LP_SLO_SLOW, /* not answered well within the latency; has the failed */
    LP_SLO_SLOW_UPSTREAM, /* of these, those that the upstream made slow */
    LP_SLO_FAILED,
    LP_SLO_FAILED_UPSTREAM,
    LP_SLO_COUNTS
} lp_slo_count_t;

typedef enum {
    LP_SLO_5M = 0,
    LP_SLO_30M,
    LP_SLO_1H,
    LP_SLO_6H,
    LP_SLO_3D,
    LP_SLO_30D,
    LP_SLO_WINDOWS
} lp_slo_window_t;

/* Calls of one minute or hour; a count that is full (2^32 - 1) stays so. */
typedef struct {
    uint32_t at; /* minutes or hours since the epoch */
    uint32_t n[LP_SLO_COUNTS];
} lp_slo_slot_t;

typedef struct {
    lp_slo_slot_t minutes[LP_SLO_MINUTES];
    lp_slo_slot_t hours[LP_SLO_HOURS];
} lp_slo_t;


extern const char *const lp_slo_window_names[LP_SLO_WINDOWS];


/*
 * Adds calls to the minute and the hour of `now`, in seconds since the epoch.
 * What their places in the rings held of another time is forgotten.
 */
void lp_slo_record(lp_slo_t *slo, int64_t now,
                   const uint64_t add[LP_SLO_COUNTS]);

/*
 * Takes a slot that was saved, into `slots` of `n` (LP_SLO_MINUTES or _HOURS),
 * unless its place has a newer one.
 */
void lp_slo_restore(lp_slo_slot_t *slots, size_t n, const lp_slo_slot_t *slot);

/* The hour of the last call that is known, since the epoch; 0: of none. */
uint32_t lp_slo_last(const lp_slo_t *slo);

/*
 * What the window holds: the slot of `now` and as many before it as make up its
 * length, so that it is short by what is still to come of that slot.  Slots are
 * minutes up to six hours, hours beyond.
 */
void lp_slo_sum(const lp_slo_t *slo, lp_slo_window_t window, int64_t now,
                uint64_t sum[LP_SLO_COUNTS]);

/*
 * How fast the budget is used, in millionths, rounded: 1000000 uses all of it
 * in the time that it is for.  `calls` are below 2^42, and `objective` is below
 * LP_SLO_WHOLE.  0 without calls.
 */
uint64_t lp_slo_burn(uint64_t calls, uint64_t bad, uint32_t objective);


#endif
