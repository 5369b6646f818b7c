/*
 * The history of objectives in shared memory.  Calls are added without a lock
 * to counters that only grow; what they grew in a minute is put into its slot
 * when somebody first looks or counts in the next one.
 */

#ifndef NGX_PARTNER_SLO_H
#define NGX_PARTNER_SLO_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_slo_text.h"
#include "ngx_partner_tallies.h"


/*
 * What is counted live.  A bad call is in one of two counters, by its cause: a
 * difference of two that grow may fall between two looks at it, and Prometheus
 * takes a counter that fell for one that began anew.
 */
typedef enum {
    NGX_PARTNER_SLO_CALLS = 0,
    NGX_PARTNER_SLO_SLOW_GATEWAY, /* or failed, through nobody but us */
    NGX_PARTNER_SLO_SLOW_UPSTREAM,
    NGX_PARTNER_SLO_FAILED_GATEWAY,
    NGX_PARTNER_SLO_FAILED_UPSTREAM,
    NGX_PARTNER_SLO_COUNTS
} ngx_partner_slo_count_t;

/*
 * On a cache line of its own, which only the worker in the seat writes; that of
 * seat 0 is shared by all workers that have none.
 */
typedef struct {
    ngx_atomic_t n[NGX_PARTNER_SLO_COUNTS];
} __attribute__((aligned(64))) ngx_partner_slo_counts_t;

typedef struct {
    u_char       name[LP_SLO_NAME];
    u_char       name_len;
    ngx_atomic_t begun; /* how often; who bound another one counts no more */
    uint64_t     earlier[NGX_PARTNER_SLO_COUNTS]; /* of others in this room */
    uint64_t     swept[NGX_PARTNER_SLO_COUNTS];   /* what the slots have */
    lp_slo_t     slots;

    /* by seat; what is added to the first is added with a locked instruction */
    ngx_partner_slo_counts_t counts[NGX_PARTNER_SEATS + 1];
} ngx_partner_slo_t;

typedef struct {
    ngx_partner_slo_t *slos;
    uint32_t           size;
    uint32_t           n;      /* have been used */
    ngx_atomic_t       minute; /* of what is not swept; since the epoch */
} ngx_partner_slos_t;


/* Takes `size` zeroed bytes for good. */
void ngx_partner_slos_init(ngx_partner_slos_t *slos, u_char *mem, size_t size);

/*
 * All under the zone lock.  _find: the one of that name, or NULL.  _add: an
 * empty one for it; NULL: there is no room.  _oldest: of those that `kept` does
 * not list the one whose last call is the longest ago, or NULL.
 *
 * An objective that a configuration no longer has keeps its history, which
 * another may ask for: no call is added, but time passes for it as for others,
 * so that nothing is left of it after thirty days.
 */
ngx_partner_slo_t *ngx_partner_slos_find(ngx_partner_slos_t *slos,
                                         const u_char *name, size_t len);
ngx_partner_slo_t *ngx_partner_slos_add(ngx_partner_slos_t *slos,
                                        const u_char *name, size_t len);
ngx_partner_slo_t *ngx_partner_slos_oldest(ngx_partner_slos_t       *slos,
                                           ngx_partner_slo_t *const *kept,
                                           ngx_uint_t                n);

/*
 * Makes it the empty one of that name.  Workers may be counting in it for the
 * one before: their counters go on, and are no part of this one.
 */
void ngx_partner_slo_begin(ngx_partner_slo_t *slo, const u_char *name,
                           size_t len);
void ngx_partner_slos_sweep(ngx_partner_slos_t *slos, time_t now);

/* Counts one call, without the lock, for the worker in that seat. */
static ngx_inline void
ngx_partner_slo_add(ngx_partner_slo_t *slo, uint32_t seat,
                    ngx_partner_slo_count_t count)
{
    ngx_atomic_t *n;

    n = &slo->counts[seat].n[count];

    if (seat == 0) {
        (void) ngx_atomic_fetch_add(n, 1);

    } else {
        ngx_partner_tally_grow(n, 1);
    }
}


/* Of all seats, since the objective has its history. */
uint64_t ngx_partner_slo_counted(const ngx_partner_slo_t *slo,
                                 ngx_partner_slo_count_t  count);


/* ---- on disk: ngx_partner_slo_file.c ---- */

/*
 * Logs what goes wrong.  Runs where it may block, and so without the lock: one
 * slot may be half of a sweep that goes on beside it, until the next saving.
 * Whoever saves last, with no worker left, saves what is.
 */
void ngx_partner_slos_save(ngx_partner_slos_t *slos,
                           const ngx_str_t *directory, ngx_log_t *log);

/* For memory that is new; what is damaged is set aside with an alarm. */
void ngx_partner_slos_load(ngx_partner_slos_t *slos,
                           const ngx_str_t *directory, ngx_log_t *log);


#endif
