/*
 * Rounds over the cache: a slice at a time, the next one when Redis has the
 * uses that were found in the one before.
 */

#include "ngx_partner_last_used.h"


#define NGX_PARTNER_LAST_USED_TICK  500 /* ms */
#define NGX_PARTNER_LAST_USED_PAUSE 5   /* ms, after a slice without a use */
#define NGX_PARTNER_LAST_USED_BATCH 64  /* keys in one command */


static void ngx_partner_last_used_step(ngx_partner_last_used_t *last);


/* A round that fails is made again from where it began, when one is due. */
static void
ngx_partner_last_used_rest(ngx_partner_last_used_t *last)
{
    last->busy = 0;
    ngx_add_timer(&last->timer, NGX_PARTNER_LAST_USED_TICK);
}


static void
ngx_partner_last_used_stored(void *data, redisReply *reply)
{
    ngx_partner_last_used_t *last = data;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        ngx_partner_last_used_rest(last);
        return;
    }

    ngx_partner_last_used_step(last);
}


static ngx_int_t
ngx_partner_last_used_send(ngx_partner_last_used_t      *last,
                           const ngx_partner_last_use_t *uses, ngx_uint_t n)
{
    u_char      at[NGX_PARTNER_LAST_USED_BATCH][NGX_INT32_LEN];
    size_t      lens[2 + 2 * NGX_PARTNER_LAST_USED_BATCH];
    ngx_uint_t  i;
    const char *argv[2 + 2 * NGX_PARTNER_LAST_USED_BATCH];

    argv[0] = "HSET";
    lens[0] = 4;
    argv[1] = "partner:used";
    lens[1] = 12;

    for (i = 0; i < n; i++) {
        argv[2 + 2 * i] = (const char *) uses[i].id;
        lens[2 + 2 * i] = uses[i].id_len;
        argv[3 + 2 * i] = (const char *) at[i];
        lens[3 + 2 * i] = ngx_sprintf(at[i], "%uD", uses[i].at) - at[i];
    }

    return (ngx_partner_redis_command(last->redis,
                                      ngx_partner_last_used_stored, last,
                                      (int) (2 + 2 * n), argv, lens)
            != NULL)
               ? NGX_OK
               : NGX_ERROR;
}


static void
ngx_partner_last_used_step(ngx_partner_last_used_t *last)
{
    ngx_uint_t             n;
    ngx_partner_cache_t   *cache;
    ngx_partner_last_use_t uses[NGX_PARTNER_LAST_USED_BATCH];

    cache = &last->zone->shared->cache;
    n = ngx_partner_cache_last_uses(cache, &last->from, last->since, uses,
                                    NGX_PARTNER_LAST_USED_BATCH);

    if (n > 0) {

        if (ngx_partner_last_used_send(last, uses, n) != NGX_OK) {
            ngx_partner_last_used_rest(last);
        }

        return;
    }

    if (last->from < cache->filled) {
        ngx_add_timer(&last->timer, NGX_PARTNER_LAST_USED_PAUSE);
        return;
    }

    last->zone->shared->used_since = (ngx_atomic_uint_t) last->begun;
    ngx_partner_last_used_rest(last);
}


static void
ngx_partner_last_used_tick(ngx_event_t *ev)
{
    ngx_msec_t               now;
    ngx_atomic_t            *at;
    ngx_atomic_uint_t        due;
    ngx_partner_last_used_t *last = ev->data;

    if (last->busy) {
        ngx_partner_last_used_step(last);
        return;
    }

    at = &last->zone->shared->used_at;
    now = ngx_current_msec;
    due = *at;

    if (!last->redis->ready || (ngx_msec_int_t) (now - due) < 0
        || !ngx_atomic_cmp_set(at, due, now + last->redis->conf->last_used)) {
        ngx_partner_last_used_rest(last);
        return;
    }

    last->busy = 1;
    last->begun = ngx_time();
    last->since = (uint32_t) last->zone->shared->used_since;
    last->from = 0;

    ngx_partner_last_used_step(last);
}


void
ngx_partner_last_used_start(ngx_partner_last_used_t *last)
{
    last->timer.handler = ngx_partner_last_used_tick;
    last->timer.data = last;
    last->timer.log = last->log;
    last->timer.cancelable = 1;

    ngx_partner_last_used_rest(last);
}
