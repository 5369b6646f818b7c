/*
 * Tallies: what one worker counts of the calls of one tier and operation, in
 * shared memory that outlives it.
 *
 * A worker sits in a seat and alone adds to the tallies of that seat, so that
 * it needs no locked instruction; who reads adds up all seats.  The seat of a
 * worker that is gone keeps its tallies, and the next one in it goes on from
 * there: no sum ever goes backwards.  Where there is no seat or no room left,
 * calls are counted in what all workers share, with locks.
 */

#ifndef NGX_PARTNER_TALLIES_H
#define NGX_PARTNER_TALLIES_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_latency.h"
#include "ngx_partner_usage.h"


/* Two generations of 32 workers; a reload has both alive. */
#define NGX_PARTNER_SEATS 64

/* Of each part: below 2^25 us, 33 s.  What took longer is counted together. */
#define NGX_PARTNER_TALLY_SLOTS 672


/* Compared as a whole. */
typedef struct {
    uint16_t           seat; /* from 1 */
    uint16_t           tier;
    ngx_partner_name_t operation; /* 0: none */
} ngx_partner_tally_key_t;

/* What is added up over calls. */
typedef enum {
    NGX_PARTNER_REQUEST_BYTES = 0,
    NGX_PARTNER_RESPONSE_BYTES,
    NGX_PARTNER_IN_BUDGET, /* 1: answered well within the tier's latency */
    NGX_PARTNER_SUMS
} ngx_partner_sum_t;

/* Two pages: one for each worker, tier and operation makes many of them. */
typedef struct {
    ngx_atomic_t outcomes[NGX_PARTNER_OUTCOMES];
    ngx_atomic_t sums[NGX_PARTNER_SUMS];
    ngx_atomic_t us[NGX_PARTNER_PHASES];

    /* a slot that is full stays so; see ngx_partner_tally_add() */
    uint32_t slots[NGX_PARTNER_PARTS][NGX_PARTNER_TALLY_SLOTS];
} __attribute__((aligned(64))) ngx_partner_tally_t;

typedef struct {
    ngx_atomic_t             pids[NGX_PARTNER_SEATS]; /* 0: free */
    ngx_partner_tally_key_t *keys;
    ngx_partner_tally_t     *entries; /* as many, in the same order */
    uint32_t                 size;
    ngx_atomic_t             n; /* in use; none is ever given back */
} ngx_partner_tallies_t;

/* Where a worker remembers its answer; zeros: it has not asked. */
typedef struct {
    ngx_partner_tally_t *tally; /* NULL: there is none to have */
    unsigned             known : 1;
} ngx_partner_tally_place_t;


/* Takes `size` zeroed bytes that begin a cache line for good. */
void ngx_partner_tallies_init(ngx_partner_tallies_t *tallies, u_char *mem,
                              size_t size);

/*
 * Under the zone lock: a seat, from 1, that nobody `alive` has but this `pid`;
 * 0: there is none.  _leave needs no lock.
 */
uint32_t ngx_partner_tallies_sit(ngx_partner_tallies_t *tallies, uint32_t pid,
                                 int (*alive)(uint32_t pid));
void ngx_partner_tallies_leave(ngx_partner_tallies_t *tallies, uint32_t seat);

/* Whether anybody `alive` has one. */
ngx_uint_t ngx_partner_tallies_seated(const ngx_partner_tallies_t *tallies,
                                      int (*alive)(uint32_t pid));

/* Under the zone lock: made on first use; NULL: there is no room. */
ngx_partner_tally_t *ngx_partner_tallies_get(
    ngx_partner_tallies_t *tallies, const ngx_partner_tally_key_t *key);

/*
 * The only writer's addition: one store, so that a reader, or whoever comes
 * after a death, sees the value before or after and nothing else.
 */
static ngx_inline void
ngx_partner_tally_grow(ngx_atomic_t *counter, uint64_t by)
{
    __atomic_store_n(counter,
                     __atomic_load_n(counter, __ATOMIC_RELAXED)
                         + (ngx_atomic_uint_t) by,
                     __ATOMIC_RELAXED);
}


/* What of a call is in those sums. */
static ngx_inline uint64_t
ngx_partner_sum_of(const lp_usage_t *usage, ngx_partner_sum_t sum)
{
    static const u_char values[NGX_PARTNER_SUMS]
        = { LP_USAGE_REQUEST_BYTES, LP_USAGE_RESPONSE_BYTES,
            LP_USAGE_IN_TIME };

    return usage->n[values[sum]];
}


/*
 * Only by the process in the tally's seat.  Returns the parts, a bit each, that
 * it could not take: their slot is beyond its last one, or full.
 */
ngx_uint_t ngx_partner_tally_add(ngx_partner_tally_t       *tally,
                                 const ngx_partner_times_t *times,
                                 ngx_partner_outcome_t      outcome,
                                 const lp_usage_t          *usage);


#endif
