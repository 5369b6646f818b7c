/*
 * The gateway's shared memory: one zone, cut once into areas that each belong
 * to one service.  It survives reloads and the binary itself, and is shared by
 * two generations of workers; what points into it holds because it is at one
 * address in all of them (ngx_partner_memory.h).
 */

#ifndef NGX_PARTNER_ZONE_H
#define NGX_PARTNER_ZONE_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_buckets.h"
#include "ngx_partner_cache.h"
#include "ngx_partner_closed.h"
#include "ngx_partner_flights.h"
#include "ngx_partner_leases.h"
#include "ngx_partner_memory.h"
#include "ngx_partner_names.h"
#include "ngx_partner_pools.h"
#include "ngx_partner_slo.h"
#include "ngx_partner_stats.h"


#define NGX_PARTNER_ZONE_MIN (1024 * 1024)


typedef struct {
    ngx_partner_memory_head_t head;
    ngx_atomic_t              created;  /* s; all counters began at 0 then */
    ngx_atomic_t              rebuilds; /* areas dropped after a death */
    ngx_atomic_t              epoch;    /* entries of another are unverified */
    ngx_atomic_t              revision; /* the newest that any worker saw, and
                                           that the cache obeys */
    ngx_atomic_t              heard;    /* ms; when any heard the last one */
    ngx_atomic_t              doubted;  /* ms; what was vouched for before is
                                           not served unless looked up again */
    ngx_atomic_t              told; /* revision that the platform knows of */
    ngx_atomic_t              told_at;    /* ms; 0: it may not have heard */
    ngx_atomic_t              publish_at; /* ms; who moves it on, publishes */
    ngx_atomic_t              tend_at;    /* ms; likewise, frees counters */
    ngx_atomic_t              used_at;    /* ms; likewise, uses of keys */
    ngx_atomic_t              used_since; /* s; uses before it were told */
    ngx_atomic_t              pepper_lacking; /* 1: for platform's keys */
    ngx_atomic_t              master;         /* pid; whose worker came last */
    uint64_t                  incarnation;
    ngx_partner_names_t       names;
    ngx_partner_cache_t       cache;
    ngx_partner_closed_t      closed;
    ngx_partner_buckets_t     buckets;
    ngx_partner_leases_t      leases;
    ngx_partner_flights_t     flights;
    ngx_partner_pools_t       pools;
    u_char                   *usage; /* a journal, where there is no file */
    size_t                    usage_size;
    ngx_partner_slos_t        slos;
    ngx_partner_stats_t       stats;
} ngx_partner_shared_t;

typedef struct {
    ngx_partner_memory_t  memory;
    ngx_partner_shared_t *shared;
} ngx_partner_zone_t;


/*
 * As ngx_partner_memory_open(): NGX_OK where the zone is one that served
 * before, NGX_DECLINED where it is new, now laid out, NGX_ERROR.
 */
ngx_int_t ngx_partner_zone_init(ngx_partner_zone_t *zone,
                                ngx_shm_zone_t     *shm_zone,
                                ngx_partner_zone_t *old);

/* How full an area is that is not emptied of what is old by itself. */
typedef struct {
    const char *area; /* NULL: there is no such area */
    size_t      used; /* bytes */
    size_t      size;
} ngx_partner_fill_t;

ngx_partner_fill_t ngx_partner_zone_fill(const ngx_partner_shared_t *shared,
                                         ngx_uint_t                  area);

/*
 * The lock guards cache, partners that are being closed, the revision, local
 * buckets, leases, calls in flight, what is learnt of pools, the insertion of
 * names, who has which seat and which tally, and the sweeping of objectives.
 * The moments are moved on without it, by whoever compares and swaps first.
 * What is counted, in statistics, tallies and objectives, needs no lock, and
 * usage has one of its own.  When the last holder died inside, what it may have
 * left half-written (cache, buckets, leases, pools) is emptied, and calls in
 * flight are counted anew, before the lock is granted.
 */
void ngx_partner_zone_lock(ngx_partner_zone_t *zone);
void ngx_partner_zone_unlock(ngx_partner_zone_t *zone);

/*
 * Under the lock, after a name of this owner was refused: says so in the log,
 * once for each owner and once for all, since it stays so until nginx restarts.
 * `claimed`: the owner is what a token claims, which no log shows.
 */
void ngx_partner_zone_crowded(ngx_partner_zone_t        *zone,
                              const ngx_partner_owner_t *owner,
                              ngx_uint_t claimed, ngx_log_t *log);


#endif
