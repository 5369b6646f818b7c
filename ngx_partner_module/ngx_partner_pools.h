/*
 * Services behind the gateway and how much each of them bears, in shared
 * memory: what a worker learns of one, all know.
 */

#ifndef NGX_PARTNER_POOLS_H
#define NGX_PARTNER_POOLS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_overload.h"
#include "ngx_partner_flights.h"
#include "ngx_partner_names.h"


#define NGX_PARTNER_POOLS 32 /* names in one life of the zone */


typedef struct {
    ngx_partner_name_t name; /* 0: free */
    lp_overload_t      overload;
    ngx_atomic_t       turned[LP_TIERS]; /* away, or in a dry run not */
} ngx_partner_pool_t;

typedef struct {
    ngx_partner_pool_t pools[NGX_PARTNER_POOLS];
} ngx_partner_pools_t;

typedef enum {
    NGX_PARTNER_POOL_ASKING = 0, /* the service lacks some of the question */
    NGX_PARTNER_POOL_WAITING,
    NGX_PARTNER_POOL_TOLD, /* it began to answer */
} ngx_partner_pool_phase_t;

/* A call that is in flight, or came to be. */
typedef struct {
    lp_overload_call_t       call;
    ngx_partner_pool_phase_t phase;
    int64_t                  asked;  /* us; when it began to wait */
    uint32_t                 flight; /* its place; 0: none */
} ngx_partner_pooled_t;

typedef enum {
    NGX_PARTNER_POOL_ANSWERED = 0,
    NGX_PARTNER_POOL_FAILED,  /* the service spoke, to no avail */
    NGX_PARTNER_POOL_LOST,    /* it did not, until nobody waited any more */
    NGX_PARTNER_POOL_UNHEARD, /* it was not asked, or the caller went away */
} ngx_partner_pool_end_t;


/* All below run under the zone lock. */

/* The one of that name, made on first use; NULL: there are too many. */
ngx_partner_pool_t *ngx_partner_pools_get(ngx_partner_pools_t *pools,
                                          ngx_partner_name_t   name);

/*
 * What is learnt, and may be half-written, is learnt anew; calls in flight that
 * wait are not waited for.
 */
void ngx_partner_pools_clear(ngx_partner_pools_t *pools);

/*
 * Lets the call in, of which tier and time are set, or returns NGX_DECLINED
 * where the service would not answer in time; with `dry` that is counted, and
 * it is let in.  It does not wait yet.
 */
ngx_int_t ngx_partner_pool_enter(ngx_partner_pool_t    *pool,
                                 ngx_partner_flights_t *flights,
                                 ngx_partner_pooled_t *pooled, ngx_uint_t dry);

/*
 * The service has the whole question, and then begins to answer, be it to fail.
 * Once each, in this order; what comes too late, or where the call is not in
 * flight, does nothing.
 */
void ngx_partner_pool_asked(ngx_partner_pool_t    *pool,
                            ngx_partner_flights_t *flights,
                            ngx_partner_pooled_t *pooled, int64_t now);
void ngx_partner_pool_heard(ngx_partner_pool_t    *pool,
                            ngx_partner_flights_t *flights,
                            ngx_partner_pooled_t *pooled, int64_t now);

/*
 * It is not in flight any more; does nothing where it was not.  An answer took
 * `call.us`; `budgets` are us, one a tier.
 */
void ngx_partner_pool_leave(ngx_partner_pool_t    *pool,
                            ngx_partner_flights_t *flights,
                            ngx_partner_pooled_t  *pooled,
                            ngx_partner_pool_end_t how,
                            const uint64_t budgets[LP_TIERS], int64_t now);


#endif
