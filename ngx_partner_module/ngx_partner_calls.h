/*
 * The calls of a tier or an operation, wherever they were counted: in a tally
 * of the worker's own, or, where it has none, in what the workers share.  Pages
 * show both together; a sum never goes backwards.
 */

#ifndef NGX_PARTNER_CALLS_H
#define NGX_PARTNER_CALLS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_stats.h"


/* Where a worker counts the calls of one operation, or those of none. */
typedef struct {
    ngx_partner_name_t           operation; /* 0: none */
    ngx_partner_partner_stats_t *shared;    /* its own; NULL: no room */
    ngx_partner_latency_t       *latency;   /* the same */
    ngx_partner_tally_place_t    tallies[NGX_PARTNER_STAT_TIERS];
} ngx_partner_calls_place_t;

/* A view; what it points to lives as long as the zone. */
typedef struct {
    const ngx_partner_tallies_t *tallies;
    ngx_partner_tally_key_t      key;      /* of which the masked bits count */
    ngx_partner_tally_key_t      mask;     /* all zero: no tally */
    const ngx_atomic_t          *outcomes; /* shared; NULL: none */
    const ngx_atomic_t          *sums;     /* the same */
    const ngx_partner_latency_t *latency;  /* the same */
} ngx_partner_calls_t;


/*
 * Under the zone lock, for a place whose tally of that tier is not `known`:
 * asks for that of the worker in `seat`, 0 if it has no seat.
 */
void ngx_partner_calls_ask(ngx_partner_calls_place_t *place,
                           ngx_partner_stats_t *stats, uint32_t seat,
                           ngx_uint_t tier);

/*
 * What has no tally costs a locked addition each; `parts`, a bit each, are what
 * a tally could not take.
 */
void ngx_partner_calls_share(ngx_partner_calls_place_t *place,
                             ngx_partner_tier_stats_t  *tier,
                             const ngx_partner_times_t *times,
                             ngx_partner_outcome_t      outcome,
                             const lp_usage_t          *usage);
void ngx_partner_calls_leave(ngx_partner_calls_place_t *place,
                             ngx_partner_tier_stats_t  *tier,
                             const ngx_partner_times_t *times,
                             ngx_uint_t                 parts);


/* Counts a call there, once the tally is known; `times` have their slots. */
static ngx_inline void
ngx_partner_calls_add(ngx_partner_calls_place_t *place,
                      ngx_partner_stats_t *stats, ngx_uint_t tier,
                      const ngx_partner_times_t *times,
                      ngx_partner_outcome_t outcome, const lp_usage_t *usage)
{
    ngx_uint_t           left;
    ngx_partner_tally_t *tally;

    tally = place->tallies[tier].tally;

    if (tally == NULL) {
        ngx_partner_calls_share(place, &stats->tiers[tier], times, outcome,
                                usage);
        return;
    }

    left = ngx_partner_tally_add(tally, times, outcome, usage);

    if (left != 0) {
        ngx_partner_calls_leave(place, &stats->tiers[tier], times, left);
    }
}


ngx_partner_calls_t ngx_partner_calls_of_tier(const ngx_partner_stats_t *stats,
                                              ngx_uint_t                 tier);

/* `latency` is the operation's that is shared, or NULL if none is asked for. */
ngx_partner_calls_t ngx_partner_calls_of_operation(
    ngx_partner_stats_t *stats, ngx_partner_name_t operation,
    const ngx_partner_latency_t *latency);

uint64_t ngx_partner_calls_outcome(const ngx_partner_calls_t *calls,
                                   ngx_uint_t                 outcome);
uint64_t ngx_partner_calls_total(const ngx_partner_calls_t *calls,
                                 ngx_partner_sum_t          sum);

/* Microseconds of a phase, and of all phases that make the part. */
uint64_t ngx_partner_calls_phase(const ngx_partner_calls_t *calls,
                                 ngx_partner_phase_t        phase);
uint64_t ngx_partner_calls_sum(const ngx_partner_calls_t *calls,
                               ngx_partner_part_t         part);

/* Copies the counts of a part; returns how many calls they are. */
uint64_t ngx_partner_calls_counts(const ngx_partner_calls_t *calls,
                                  ngx_partner_part_t         part,
                                  uint64_t counts[LP_HISTOGRAM_SLOTS]);


#endif
