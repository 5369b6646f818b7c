/*
 * What the metrics page shows: lock-free counters and histograms in shared
 * memory.  They only grow while the zone lives.  What a call is counted in is
 * either here, or in a tally of the worker's own; see ngx_partner_calls.h for
 * both together.
 */

#ifndef NGX_PARTNER_STATS_H
#define NGX_PARTNER_STATS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_tier.h"
#include "ngx_partner_exemplars.h"
#include "ngx_partner_latency.h"
#include "ngx_partner_names.h"
#include "ngx_partner_tallies.h"
#include "ngx_partner_usage.h"


#define NGX_PARTNER_VERDICTS_MAX   64
#define NGX_PARTNER_REDACTIONS_MAX 16 /* classes */

/* The last "tier" counts the calls of nobody: refused before they had one. */
#define NGX_PARTNER_STAT_TIERS (LP_TIERS + 1)


/* Outcomes, sums and latency are of calls that no tally has taken. */
typedef struct {
    ngx_atomic_t          outcomes[NGX_PARTNER_OUTCOMES];
    ngx_atomic_t          sums[NGX_PARTNER_SUMS];
    ngx_atomic_t          redactions; /* values */
    ngx_atomic_t          verdicts[NGX_PARTNER_VERDICTS_MAX];
    ngx_partner_latency_t latency;

    /* of the whole time; written only where calls have traces */
    ngx_partner_exemplar_t exemplars[NGX_PARTNER_EXEMPLARS];
} ngx_partner_tier_stats_t;

/* Of a partner all its calls, of an operation those that no tally has taken. */
typedef struct {
    ngx_atomic_t name; /* ngx_partner_name_t; 0: free */
    ngx_atomic_t outcomes[NGX_PARTNER_OUTCOMES];
    ngx_atomic_t unavailable; /* of an operation: all refused with 5xx */
} ngx_partner_partner_stats_t;

/* On a cache line of its own, which only the worker in the seat writes. */
typedef struct {
    ngx_atomic_t cache_hits;
} __attribute__((aligned(64))) ngx_partner_seat_stats_t;

typedef struct {
    ngx_atomic_t                 redactions[NGX_PARTNER_REDACTIONS_MAX];
    ngx_atomic_t                 redis_commands;
    ngx_atomic_t                 redis_errors;
    ngx_atomic_t                 redis_timeouts;
    ngx_atomic_t                 redis_connects;
    ngx_atomic_t                 redis_answers;
    ngx_atomic_t                 redis_us; /* that these took */
    ngx_atomic_t                 cache_misses;
    ngx_atomic_t                 commands_away; /* the log has it that Redis */
    ngx_atomic_t                 channel_away;  /* is away, for either */
    ngx_atomic_t                 lookups;
    ngx_atomic_t                 stale_served;
    ngx_atomic_t                 limit_fallbacks;
    ngx_atomic_t                 limit_breaks;
    ngx_atomic_t                 limit_dry_runs;
    ngx_atomic_t                 usage_dropped;
    ngx_atomic_t                 publications;
    ngx_atomic_t                 unlisted; /* calls of partners without room */
    ngx_partner_partner_stats_t *partners; /* open addressing */
    ngx_partner_partner_stats_t *operations; /* the same, by operation */
    uint32_t                     partner_mask;
    uint32_t                     operation_mask;
    ngx_partner_latencies_t      latencies; /* by operation */
    ngx_partner_tallies_t        tallies;
    ngx_partner_tier_stats_t     tiers[NGX_PARTNER_STAT_TIERS];

    /* by seat; the first is of all workers that have none, with locks */
    ngx_partner_seat_stats_t seats[NGX_PARTNER_SEATS + 1];
} ngx_partner_stats_t;


/* Takes `size` zeroed bytes for the tables for good. */
void ngx_partner_stats_init(ngx_partner_stats_t *stats, u_char *mem,
                            size_t size);

/*
 * The partner's counters, made on first use; NULL when the table has no room
 * near their place, and never will.
 */
ngx_partner_partner_stats_t *ngx_partner_stats_partner(
    ngx_partner_stats_t *stats, ngx_partner_name_t partner);

/* The same for an operation. */
ngx_partner_partner_stats_t *ngx_partner_stats_operation(
    ngx_partner_stats_t *stats, ngx_partner_name_t operation);


/* The worker in that seat, or 0, knew a credential without asking Redis. */
static ngx_inline void
ngx_partner_stats_hit(ngx_partner_stats_t *stats, uint32_t seat)
{
    if (seat == 0) {
        (void) ngx_atomic_fetch_add(&stats->seats[0].cache_hits, 1);

    } else {
        ngx_partner_tally_grow(&stats->seats[seat].cache_hits, 1);
    }
}


uint64_t ngx_partner_stats_hits(const ngx_partner_stats_t *stats);


#endif
