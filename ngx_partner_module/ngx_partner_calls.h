/*
 * The calls of a tier, an operation or a partner, wherever they were counted:
 * in what the workers share, and in the tallies of each.  For pages; a sum
 * never goes backwards.
 */

#ifndef NGX_PARTNER_CALLS_H
#define NGX_PARTNER_CALLS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_stats.h"


/* A view; what it points to lives as long as the zone. */
typedef struct {
    const ngx_partner_tallies_t *tallies;
    ngx_partner_tally_key_t      key;      /* of which the masked bits count */
    ngx_partner_tally_key_t      mask;     /* all zero: no tally */
    const ngx_atomic_t          *outcomes; /* shared; NULL: none */
    const ngx_atomic_t          *in_budget; /* the same */
    const ngx_partner_latency_t *latency;   /* the same */
} ngx_partner_calls_t;


ngx_partner_calls_t ngx_partner_calls_of_tier(const ngx_partner_stats_t *stats,
                                              ngx_uint_t                 tier);

/* `latency` is the operation's that is shared, or NULL if none is asked for. */
ngx_partner_calls_t ngx_partner_calls_of_operation(
    ngx_partner_stats_t *stats, ngx_partner_name_t operation,
    const ngx_partner_latency_t *latency);
ngx_partner_calls_t ngx_partner_calls_of_partner(
    const ngx_partner_partner_stats_t *partner);

uint64_t ngx_partner_calls_outcome(const ngx_partner_calls_t *calls,
                                   ngx_uint_t                 outcome);
uint64_t ngx_partner_calls_in_budget(const ngx_partner_calls_t *calls);

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
