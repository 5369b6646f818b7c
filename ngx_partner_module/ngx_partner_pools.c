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


void
ngx_partner_pools_clear(ngx_partner_pools_t *pools)
{
    ngx_uint_t     i;
    uint64_t       life;
    lp_overload_t *overload;

    for (i = 0; i < NGX_PARTNER_POOLS; i++) {
        overload = &pools->pools[i].overload;
        life = overload->life + 1;
        ngx_memzero(overload, sizeof(lp_overload_t));
        overload->life = life;
    }
}


/*
 * Calls that wait are counted apart, by the life of the service that they wait
 * for: those of an earlier one keep their places, and are in no count.
 */
static void
ngx_partner_pool_id(const ngx_partner_pool_t *pool, ngx_uint_t waiting,
                    ngx_partner_bucket_id_t *id)
{
    uint64_t life = waiting ? pool->overload.life + 1 : 0;

    ngx_memzero(id, sizeof(ngx_partner_bucket_id_t));
    id->policy = pool->name;
    id->kind = NGX_PARTNER_POOL_KIND;
    ngx_memcpy(id->subject, &life, sizeof(life));
}


static uint64_t
ngx_partner_pool_count(const ngx_partner_pool_t *pool,
                       ngx_partner_flights_t *flights, ngx_uint_t waiting)
{
    ngx_partner_bucket_id_t id;

    ngx_partner_pool_id(pool, waiting, &id);

    return ngx_partner_flights_of(flights, &id);
}


/* One that finds no place is in no count, and served all the same. */
static void
ngx_partner_pool_place(const ngx_partner_pool_t *pool,
                       ngx_partner_flights_t    *flights,
                       ngx_partner_pooled_t     *pooled)
{
    ngx_partner_bucket_id_t id;

    if (pooled->flight != 0) {
        ngx_partner_flights_end(flights, pooled->flight);
        pooled->flight = 0;
    }

    ngx_partner_pool_id(pool, pooled->phase == NGX_PARTNER_POOL_WAITING, &id);
    (void) ngx_partner_flights_begin(flights, &id, NGX_MAX_INT_T_VALUE,
                                     &pooled->flight);
}


ngx_int_t
ngx_partner_pool_enter(ngx_partner_pool_t    *pool,
                       ngx_partner_flights_t *flights,
                       ngx_partner_pooled_t *pooled, ngx_uint_t dry)
{
    uint64_t            others, waiting;
    ngx_uint_t          full;
    lp_overload_call_t *call = &pooled->call;

    waiting = ngx_partner_pool_count(pool, flights, 1);
    others = waiting + ngx_partner_pool_count(pool, flights, 0);

    full = !lp_overload_admits(&pool->overload, call->tier, others, waiting,
                               call->begun);
    lp_overload_came(&pool->overload, call->tier, !full || dry, call->begun);

    if (full) {
        pool->turned[call->tier]++;

        if (!dry) {
            return NGX_DECLINED;
        }
    }

    call->in_flight = others + 1;
    ngx_partner_pool_place(pool, flights, pooled);

    return NGX_OK;
}


void
ngx_partner_pool_asked(ngx_partner_pool_t    *pool,
                       ngx_partner_flights_t *flights,
                       ngx_partner_pooled_t *pooled, int64_t now)
{
    if (pooled->flight == 0 || pooled->phase != NGX_PARTNER_POOL_ASKING) {
        return;
    }

    pooled->phase = NGX_PARTNER_POOL_WAITING;
    pooled->asked = now;
    ngx_partner_pool_place(pool, flights, pooled);
    lp_overload_asked(&pool->overload,
                      ngx_partner_pool_count(pool, flights, 1), now);
}


void
ngx_partner_pool_heard(ngx_partner_pool_t    *pool,
                       ngx_partner_flights_t *flights,
                       ngx_partner_pooled_t *pooled, int64_t now)
{
    if (pooled->flight == 0 || pooled->phase == NGX_PARTNER_POOL_TOLD) {
        return;
    }

    if (pooled->phase == NGX_PARTNER_POOL_WAITING) {
        pooled->call.waited = (uint64_t) (now - pooled->asked);
    }

    lp_overload_heard(&pool->overload,
                      ngx_partner_pool_count(pool, flights, 1), now);
    pooled->phase = NGX_PARTNER_POOL_TOLD;
    ngx_partner_pool_place(pool, flights, pooled);
}


void
ngx_partner_pool_leave(ngx_partner_pool_t    *pool,
                       ngx_partner_flights_t *flights,
                       ngx_partner_pooled_t  *pooled,
                       ngx_partner_pool_end_t how,
                       const uint64_t budgets[LP_TIERS], int64_t now)
{
    if (how <= NGX_PARTNER_POOL_FAILED) {
        ngx_partner_pool_heard(pool, flights, pooled, now);
    }

    if (pooled->flight == 0) {
        return;
    }

    if (how == NGX_PARTNER_POOL_ANSWERED) {
        lp_overload_answered(&pool->overload, &pooled->call, budgets, now);

    } else if (how == NGX_PARTNER_POOL_LOST) {
        lp_overload_lost(&pool->overload, budgets);
    }

    ngx_partner_flights_end(flights, pooled->flight);
    pooled->flight = 0;
}
