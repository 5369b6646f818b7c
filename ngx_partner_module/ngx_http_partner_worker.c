/*
 * What a worker process starts, and stops before it leaves.
 */

#include "ngx_http_partner_jwt.h"
#include "ngx_http_partner_limit.h"
#include "ngx_http_partner_slo.h"


#define NGX_HTTP_PARTNER_RECENT 4096 /* credentials of each kind: 192 KB */


static ngx_http_partner_main_conf_t *
ngx_http_partner_worker_conf(ngx_cycle_t *cycle)
{
    ngx_http_conf_ctx_t          *http;
    ngx_http_partner_main_conf_t *pmcf;

    http = (ngx_http_conf_ctx_t *) ngx_get_conf(cycle->conf_ctx,
                                                ngx_http_module);

    if (http == NULL) {
        return NULL;
    }

    pmcf = http->main_conf[ngx_http_partner_module.ctx_index];

    return pmcf->used ? pmcf : NULL;
}


static void
ngx_http_partner_init_redis(ngx_http_partner_main_conf_t *pmcf,
                            ngx_partner_redis_t *redis, const char *name,
                            ngx_cycle_t *cycle)
{
    ngx_partner_stats_t *stats;

    stats = &pmcf->zone->shared->stats;

    redis->conf = pmcf->redis_conf;
    redis->name = name;
    redis->log = cycle->log;
    redis->pool = cycle->pool;

    redis->counters.commands = &stats->redis_commands;
    redis->counters.errors = &stats->redis_errors;
    redis->counters.timeouts = &stats->redis_timeouts;
    redis->counters.connects = &stats->redis_connects;
    redis->counters.answers = &stats->redis_answers;
    redis->counters.us = &stats->redis_us;
}


static void
ngx_http_partner_init_presence(ngx_http_partner_main_conf_t *pmcf,
                               ngx_cycle_t                  *cycle)
{
    ngx_uint_t              i;
    ngx_partner_presence_t *presence;

    presence = &pmcf->presence;
    presence->redis = &pmcf->redis;
    presence->zone = pmcf->zone;
    ngx_str_set(&presence->node, "-");

    /* it is written into JSON as it is */

    if (lp_id_plain((char *) cycle->hostname.data, cycle->hostname.len)) {
        presence->node = cycle->hostname;
    }

    for (i = 0; i < LP_TIERS; i++) {
        presence->lease[i] = pmcf->tiers[i].lease;
        presence->stale[i] = pmcf->tiers[i].stale;
    }
}


/* Before any call that waits for this connection goes on. */
static void
ngx_http_partner_connected(void *data, redisReply *reply)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = data;

    ngx_http_partner_limit_loaded(&pmcf->asker, reply);
    ngx_partner_presence_announce(&pmcf->presence);
}


static void
ngx_http_partner_start_services(ngx_http_partner_main_conf_t *pmcf,
                                ngx_cycle_t                  *cycle)
{
    ngx_http_partner_init_redis(pmcf, &pmcf->redis, "commands", cycle);
    pmcf->redis.counters.away = &pmcf->zone->shared->stats.commands_away;
    pmcf->redis.hello = ngx_http_partner_limit_hello;
    pmcf->redis.hello_argc = 3;
    pmcf->redis.on_hello = ngx_http_partner_connected;
    pmcf->redis.data = pmcf;
    ngx_partner_redis_start(&pmcf->redis);

    pmcf->lookup.redis = &pmcf->redis;
    pmcf->lookup.channel = &pmcf->revisions.redis;
    pmcf->lookup.zone = pmcf->zone;
    pmcf->lookup.pool = cycle->pool;
    pmcf->lookup.log = cycle->log;
    pmcf->lookup.peppers = pmcf->peppers;
    ngx_partner_lookup_init(&pmcf->lookup);

    ngx_http_partner_init_presence(pmcf, cycle);

    ngx_http_partner_init_redis(pmcf, &pmcf->revisions.redis, "revisions",
                                cycle);
    pmcf->revisions.redis.counters.away
        = &pmcf->zone->shared->stats.channel_away;
    pmcf->revisions.zone = pmcf->zone;
    pmcf->revisions.presence = &pmcf->presence;
    ngx_partner_revisions_start(&pmcf->revisions);

    pmcf->last_used.redis = &pmcf->redis;
    pmcf->last_used.zone = pmcf->zone;
    pmcf->last_used.log = cycle->log;
    ngx_partner_last_used_start(&pmcf->last_used);

    ngx_http_partner_limit_start(pmcf, cycle);
}


/* Without Redis it looks after the journal alone. */
static void
ngx_http_partner_start_publisher(ngx_http_partner_main_conf_t *pmcf,
                                 ngx_cycle_t                  *cycle)
{
    pmcf->publisher.redis = &pmcf->redis;
    pmcf->publisher.zone = pmcf->zone;
    pmcf->publisher.journals = &pmcf->journals;
    pmcf->publisher.usage = &pmcf->usage;
    pmcf->publisher.log = cycle->log;
    pmcf->publisher.tender.journals = &pmcf->journals;
    pmcf->publisher.tender.log = cycle->log;
    ngx_partner_publisher_start(&pmcf->publisher);
}


static ngx_int_t
ngx_http_partner_start_digests(ngx_http_partner_main_conf_t *pmcf,
                               ngx_cycle_t                  *cycle)
{
    pmcf->digest = lp_digest_create();

    if (pmcf->digest == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "OpenSSL has no SHA-256 to give");
        return NGX_ERROR;
    }

    pmcf->recent_keys = lp_recent_create(NGX_HTTP_PARTNER_RECENT);
    pmcf->recent_subjects = lp_recent_create(NGX_HTTP_PARTNER_RECENT);

    return (pmcf->recent_keys != NULL && pmcf->recent_subjects != NULL)
               ? NGX_OK
               : NGX_ERROR;
}


ngx_int_t
ngx_http_partner_init_worker(ngx_cycle_t *cycle)
{
    ngx_http_partner_main_conf_t *pmcf;

    if (ngx_process != NGX_PROCESS_WORKER
        && ngx_process != NGX_PROCESS_SINGLE) {
        return NGX_OK;
    }

    pmcf = ngx_http_partner_worker_conf(cycle);

    if (pmcf == NULL) {
        return NGX_OK;
    }

    /*
     * Its clock stands where the configuration began to be read: timers that
     * start here would be due before the first event.
     */
    ngx_time_update();

    pmcf->series = ngx_pcalloc(
        cycle->pool, NGX_PARTNER_SERIES * sizeof(ngx_partner_series_t));

    if (pmcf->series == NULL
        || ngx_http_partner_start_digests(pmcf, cycle) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_partner_usage_start(&pmcf->usage, cycle->log);

    /* a worker that was killed has left its calls in flight */

    ngx_partner_zone_lock(pmcf->zone);
    ngx_partner_flights_rebuild(&pmcf->zone->shared->flights, 1);
    pmcf->seat
        = ngx_partner_tallies_sit(&pmcf->zone->shared->stats.tallies,
                                  (uint32_t) ngx_pid, ngx_partner_alive);
    ngx_partner_zone_unlock(pmcf->zone);

    if (ngx_http_partner_jwt_start(pmcf, cycle) != NGX_OK) {
        return NGX_ERROR;
    }

    if (pmcf->redis_conf != NULL) {
        ngx_http_partner_start_services(pmcf, cycle);
    }

    if (pmcf->usage.kept) {
        ngx_http_partner_start_publisher(pmcf, cycle);
    }

    return NGX_OK;
}


void
ngx_http_partner_exit_worker(ngx_cycle_t *cycle)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_partner_worker_conf(cycle);

    if (pmcf == NULL || pmcf->digest == NULL) {
        return;
    }

    pmcf->leaving = 1;

    ngx_http_partner_jwt_stop(pmcf);

    if (pmcf->redis_conf != NULL) {
        ngx_http_partner_limit_stop(pmcf);
        ngx_partner_publisher_stop(&pmcf->publisher);
        ngx_partner_redis_stop(&pmcf->revisions.redis);
        ngx_partner_redis_stop(&pmcf->redis);
    }

    ngx_partner_tallies_leave(&pmcf->zone->shared->stats.tallies, pmcf->seat);
    ngx_partner_usage_stop(&pmcf->usage);
    lp_recent_free(pmcf->recent_keys);
    lp_recent_free(pmcf->recent_subjects);
    lp_digest_free(pmcf->digest);
    pmcf->digest = NULL;
}


/*
 * Here no worker is left that could serve, so the platform need not wait for
 * this gateway any more, unless another binary's workers go on.
 */
void
ngx_http_partner_exit_master(ngx_cycle_t *cycle)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_partner_worker_conf(cycle);

    if (pmcf == NULL || pmcf->zone->shared == NULL) {
        return;
    }

    if (pmcf->journals.conf != NULL) {
        ngx_partner_snapshot_write(&pmcf->journals, cycle->log);
        ngx_http_partner_slo_save(pmcf, cycle->log);
    }

    if (pmcf->redis_conf != NULL
        && !ngx_partner_memory_shared(&pmcf->zone->memory, ngx_pid)
        && !ngx_partner_tallies_seated(&pmcf->zone->shared->stats.tallies,
                                       ngx_partner_alive)) {
        ngx_partner_presence_leave(
            pmcf->redis_conf, pmcf->zone->shared->incarnation, cycle->log);
    }
}
