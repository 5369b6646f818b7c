/*
 * What services bear.
 */

#include "ngx_partner_pools.h"


/* No kind of subject that a policy counts by (ngx_http_partner_per_t). */
#define NGX_PARTNER_POOL_KIND 0x706f6f6c


/*
 * Places are taken in order and never given back, so behind the first free one
 * there is nothing.
 */
ngx_partner_pool_t *
ngx_partner_pools_get(ngx_partner_pools_t *pools, ngx_partner_name_t name)
{
    ngx_uint_t          i;
    ngx_partner_pool_t *pool;

    for (i = 0; i < NGX_PARTNER_POOLS; i++) {
        pool = &pools->pools[i];

        if (pool->name == 0) {
            pool->name = name;
        }

        if (pool->name == name) {
            return pool;
        }
    }

    return NULL;
}


ngx_int_t
ngx_partner_pool_enter(ngx_partner_pool_t    *pool,
                       ngx_partner_flights_t *flights,
                       ngx_partner_pooled_t *call, ngx_uint_t dry)
{
    ngx_uint_t              full;
    ngx_partner_bucket_id_t id;

    ngx_memzero(&id, sizeof(ngx_partner_bucket_id_t));
    id.policy = pool->name;
    id.kind = NGX_PARTNER_POOL_KIND;

    call->in_flight = ngx_partner_flights_of(flights, &id);
    full = call->in_flight >= lp_overload_limit(&pool->overload, call->tier);
    lp_overload_came(&pool->overload, call->tier, full && !dry);

    if (full) {
        pool->turned[call->tier]++;

        if (!dry) {
            return NGX_DECLINED;
        }
    }

    call->flight = 0;
    call->in_flight++;

    /* one that finds no place is counted there, and served all the same */

    (void) ngx_partner_flights_begin(flights, &id, NGX_MAX_INT_T_VALUE,
                                     &call->flight);

    return NGX_OK;
}


void
ngx_partner_pool_leave(ngx_partner_flights_t *flights,
                       ngx_partner_pooled_t  *call)
{
    if (call->flight != 0) {
        ngx_partner_flights_end(flights, call->flight);
        call->flight = 0;
    }
}


void
ngx_partner_pool_learn(ngx_partner_pool_t         *pool,
                       const ngx_partner_pooled_t *call, uint64_t us,
                       const uint64_t budgets[LP_TIERS], int64_t now)
{
    lp_overload_call_t answered;

    answered.begun = call->begun;
    answered.in_flight = call->in_flight;
    answered.us = us;
    answered.tier = call->tier;

    lp_overload_answered(&pool->overload, &answered, budgets, now);
}
