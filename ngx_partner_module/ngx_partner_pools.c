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


static void
ngx_partner_pool_id(const ngx_partner_pool_t *pool,
                    ngx_partner_bucket_id_t  *id)
{
    ngx_memzero(id, sizeof(ngx_partner_bucket_id_t));
    id->policy = pool->name;
    id->kind = NGX_PARTNER_POOL_KIND;
}


ngx_int_t
ngx_partner_pool_enter(ngx_partner_pool_t    *pool,
                       ngx_partner_flights_t *flights,
                       ngx_partner_pooled_t *pooled, ngx_uint_t dry)
{
    uint64_t                others;
    ngx_uint_t              full;
    lp_overload_call_t     *call = &pooled->call;
    ngx_partner_bucket_id_t id;

    ngx_partner_pool_id(pool, &id);
    others = lp_overload_others(&pool->overload,
                                ngx_partner_flights_of(flights, &id));

    full = !lp_overload_admits(&pool->overload, call->tier, others,
                               call->begun);
    lp_overload_came(&pool->overload, call->tier, others, !full || dry,
                     call->begun);

    if (full) {
        pool->turned[call->tier]++;

        if (!dry) {
            return NGX_DECLINED;
        }
    }

    pooled->flight = 0;
    call->in_flight = others + 1;

    /* one that finds no place is counted there, and served all the same */

    (void) ngx_partner_flights_begin(flights, &id, NGX_MAX_INT_T_VALUE,
                                     &pooled->flight);

    return NGX_OK;
}


void
ngx_partner_pool_leave(ngx_partner_pool_t    *pool,
                       ngx_partner_flights_t *flights,
                       ngx_partner_pooled_t  *pooled,
                       ngx_partner_pool_end_t how,
                       const uint64_t budgets[LP_TIERS], int64_t now)
{
    ngx_partner_bucket_id_t id;

    if (pooled->flight == 0) {
        return;
    }

    if (how <= NGX_PARTNER_POOL_FAILED) {
        ngx_partner_pool_id(pool, &id);
        lp_overload_heard(&pool->overload,
                          ngx_partner_flights_of(flights, &id), now);
    }

    if (how == NGX_PARTNER_POOL_ANSWERED) {
        lp_overload_answered(&pool->overload, &pooled->call, budgets, now);

    } else if (how == NGX_PARTNER_POOL_LOST) {
        lp_overload_lost(&pool->overload, budgets);
    }

    lp_overload_ended(&pool->overload, &pooled->call);
    ngx_partner_flights_end(flights, pooled->flight);
    pooled->flight = 0;
}
