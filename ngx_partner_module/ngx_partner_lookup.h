/*
 * Credential look-ups in Redis: one in flight per credential and worker,
 * shared by the requests that wait for it, whose number is capped.
 */

#ifndef NGX_PARTNER_LOOKUP_H
#define NGX_PARTNER_LOOKUP_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_pepper.h"
#include "ngx_partner_cache.h"
#include "ngx_partner_redis.h"
#include "ngx_partner_zone.h"


#define NGX_PARTNER_LOOKUP_CHAINS 256 /* a power of two */


/*
 * How a look-up ended: NGX_OK (the cache has the principal, a copy is passed,
 * which is gone afterwards), NGX_DECLINED (nobody has this credential),
 * NGX_ERROR (nobody could say).
 */
typedef void (*ngx_partner_lookup_done_pt)(
    void *data, ngx_int_t rc, const ngx_partner_principal_t *principal);

typedef struct {
    ngx_partner_redis_t *redis;
    ngx_partner_redis_t *channel; /* where changes are heard of */
    ngx_partner_zone_t  *zone;
    ngx_pool_t          *pool;
    ngx_log_t           *log;
    const lp_peppers_t  *peppers; /* by which keys are digested here */
    ngx_uint_t           waiting; /* requests, over all flights */
    ngx_queue_t          chains[NGX_PARTNER_LOOKUP_CHAINS];
    ngx_queue_t          free;
} ngx_partner_lookup_t;

/*
 * Embedded in whatever waits, zeroed at first; it stays where it is until
 * `done` was called or it was cancelled.
 */
typedef struct {
    ngx_queue_t                queue;
    ngx_partner_lookup_t      *lookup; /* NULL: not waiting */
    ngx_partner_lookup_done_pt done;
    void                      *data;
} ngx_partner_waiter_t;


void ngx_partner_lookup_init(ngx_partner_lookup_t *lookup);

/*
 * NGX_AGAIN: `waiter->done` will be called once, unless cancelled.
 * NGX_BUSY: too many wait already.  NGX_ERROR: Redis cannot be asked.
 */
ngx_int_t ngx_partner_lookup_start(ngx_partner_lookup_t *lookup,
                                   const u_char         *digest,
                                   ngx_partner_waiter_t *waiter);

/* Also of one that does not wait. */
void ngx_partner_lookup_cancel(ngx_partner_waiter_t *waiter);


#endif
