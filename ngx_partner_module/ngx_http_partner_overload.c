/*
 * A call counts against the pool of its location from the stage until the
 * upstream's last byte, or until it ends in another way.  It waits from when
 * it passed and its body is here until there is a header.
 */

#include "ngx_http_partner_limit.h"
#include "ngx_http_partner_option.h"
#include "ngx_http_partner_overload.h"


typedef struct {
    ngx_uint_t dry;
} ngx_http_partner_overload_options_t;

static const ngx_str_t ngx_http_partner_overload_words[]
    = { ngx_string("off"), ngx_string("on"), ngx_null_string };

/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_overload_options[] = {

    { ngx_string("dry_run"), ngx_http_partner_option_word,
      offsetof(ngx_http_partner_overload_options_t, dry), 0, 0,
      "on or off", ngx_http_partner_overload_words },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


/* Locations that name the same pool share it. */
static ngx_http_partner_pool_t *
ngx_http_partner_overload_pool(ngx_conf_t *cf, const ngx_str_t *name)
{
    ngx_uint_t                    i;
    ngx_http_partner_pool_t     **pool;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;
    pool = pmcf->pools.elts;

    for (i = 0; i < pmcf->pools.nelts; i++) {

        if (pool[i]->name.len == name->len
            && ngx_memcmp(pool[i]->name.data, name->data, name->len) == 0) {
            return pool[i];
        }
    }

    pool = ngx_array_push(&pmcf->pools);

    if (pool == NULL) {
        return NULL;
    }

    *pool = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_pool_t));

    if (*pool != NULL) {
        (*pool)->name = *name;
    }

    return *pool;
}


char *
ngx_http_partner_overload_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                    void *conf)
{
    ngx_str_t                          *args, name;
    ngx_http_partner_loc_conf_t        *plcf = conf;
    ngx_http_partner_overload_options_t options;

    (void) cmd;

    if (plcf->overload_set) {
        return "is duplicate";
    }

    plcf->overload_set = 1;
    args = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    if (ngx_http_partner_option_name(cf, &args[1], NULL, &name) != NGX_OK
        || ngx_strcmp(args[1].data, "off") == 0) {
        ngx_conf_log_error(
            NGX_LOG_EMERG, cf, 0,
            "partner_overload: invalid name \"%V\", allowed "
            "is \"off\" alone, or " NGX_HTTP_PARTNER_NAME_ALLOWED,
            &args[1]);
        return NGX_CONF_ERROR;
    }

    options.dry = 0;

    if (ngx_http_partner_options(cf, 2, ngx_http_partner_overload_options,
                                 &options)
        != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    plcf->overload_dry = options.dry != 0;
    plcf->overload = ngx_http_partner_overload_pool(cf, &name);

    return plcf->overload != NULL ? NGX_CONF_OK : NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_partner_overload_bind(ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t                i;
    ngx_partner_name_t        name;
    ngx_partner_shared_t     *shared;
    ngx_http_partner_pool_t **pool;

    shared = pmcf->zone->shared;
    pool = pmcf->pools.elts;

    for (i = 0; i < pmcf->pools.nelts; i++) {
        name = ngx_partner_names_intern(
            &shared->names, (char *) pool[i]->name.data, pool[i]->name.len);
        pool[i]->shared
            = name == 0 ? NULL : ngx_partner_pools_get(&shared->pools, name);

        if (pool[i]->shared == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Once a call: a location behind an internal redirect finds it counted. */
ngx_int_t
ngx_http_partner_overload(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    ngx_int_t                rc;
    ngx_http_partner_pool_t *pool;

    pool = call->location->overload;

    if (pool == NULL || call->pool != NULL) {
        return NGX_OK;
    }

    call->pooled = ngx_pcalloc(r->pool, sizeof(ngx_partner_pooled_t));

    if (call->pooled == NULL) {
        return NGX_ERROR;
    }

    call->pooled->call.tier = (lp_tier_t) call->principal.tier;
    call->pooled->call.begun = ngx_http_partner_limit_clock();

    ngx_partner_zone_lock(call->pmcf->zone);
    rc = ngx_partner_pool_enter(pool->shared,
                                &call->pmcf->zone->shared->flights,
                                call->pooled, call->location->overload_dry);
    ngx_partner_zone_unlock(call->pmcf->zone);

    if (rc != NGX_OK) {
        call->verdict = NGX_HTTP_PARTNER_OVERLOADED;
        return NGX_DECLINED;
    }

    call->pool = pool;

    return NGX_OK;
}


void
ngx_http_partner_overload_asked(ngx_http_partner_call_t *call)
{
    if (call->pool == NULL || call->pooled->flight == 0) {
        return;
    }

    ngx_partner_zone_lock(call->pmcf->zone);
    ngx_partner_pool_asked(call->pool->shared,
                           &call->pmcf->zone->shared->flights, call->pooled,
                           ngx_http_partner_limit_clock());
    ngx_partner_zone_unlock(call->pmcf->zone);
}


void
ngx_http_partner_overload_passed(const ngx_http_request_t *r,
                                 ngx_http_partner_call_t  *call)
{
    if (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked) {
        ngx_http_partner_overload_asked(call);
    }
}


/*
 * What it says of the API.  nginx gives each try that it gave up waiting for
 * the status 504; an answer that a cache kept is not the API's, unless the API
 * was asked whether it is still good.
 */
static ngx_partner_pool_end_t
ngx_http_partner_overload_how(const ngx_http_request_t *r)
{
    const ngx_http_upstream_t *u;

    u = r->upstream;

#if (NGX_HTTP_CACHE)
    if (r->cached) {
        return u != NULL && u->cache_status == NGX_HTTP_CACHE_REVALIDATED
                   ? NGX_PARTNER_POOL_FAILED
                   : NGX_PARTNER_POOL_UNHEARD;
    }
#endif

    if (u == NULL || u->state == NULL || u->state->peer == NULL) {
        return NGX_PARTNER_POOL_UNHEARD;
    }

    if (u->headers_in.status_n != 0) {
        return u->headers_in.status_n < NGX_HTTP_INTERNAL_SERVER_ERROR
                   ? NGX_PARTNER_POOL_ANSWERED
                   : NGX_PARTNER_POOL_FAILED;
    }

    return u->state->status == NGX_HTTP_GATEWAY_TIME_OUT
               ? NGX_PARTNER_POOL_LOST
               : NGX_PARTNER_POOL_FAILED;
}


static void
ngx_http_partner_overload_leave(ngx_http_partner_call_t *call,
                                ngx_partner_pool_end_t   how)
{
    uint64_t            asked, budgets[LP_TIERS];
    ngx_uint_t          i;
    ngx_partner_zone_t *zone;

    if (call->pool == NULL || call->pooled->flight == 0) {
        return;
    }

    zone = call->pmcf->zone;
    asked = ngx_max(call->stages_us, call->body_us);
    call->pooled->call.us
        = call->answered_us - ngx_min(asked, call->answered_us);

    for (i = 0; i < LP_TIERS; i++) {
        budgets[i] = (uint64_t) call->pmcf->tiers[i].latency * 1000;
    }

    ngx_partner_zone_lock(zone);
    ngx_partner_pool_leave(call->pool->shared, &zone->shared->flights,
                           call->pooled, how, budgets,
                           ngx_http_partner_limit_clock());
    ngx_partner_zone_unlock(zone);
}


void
ngx_http_partner_overload_heard(ngx_http_request_t      *r,
                                ngx_http_partner_call_t *call)
{
    ngx_partner_pool_end_t how;

    if (call->pool == NULL || call->pooled->flight == 0) {
        return;
    }

    how = ngx_http_partner_overload_how(r);

    /* what the API has no part in is not in flight there */

    if (how > NGX_PARTNER_POOL_FAILED) {
        ngx_http_partner_overload_leave(call, how);
        return;
    }

    ngx_partner_zone_lock(call->pmcf->zone);
    ngx_partner_pool_heard(call->pool->shared,
                           &call->pmcf->zone->shared->flights, call->pooled,
                           ngx_http_partner_limit_clock());
    ngx_partner_zone_unlock(call->pmcf->zone);
}


void
ngx_http_partner_overload_answered(ngx_http_request_t      *r,
                                   ngx_http_partner_call_t *call)
{
    ngx_http_partner_overload_leave(call, ngx_http_partner_overload_how(r));
}


/* What had no answer, or never asked for one. */
void
ngx_http_partner_overload_end(ngx_http_partner_call_t *call)
{
    ngx_http_partner_overload_leave(call, NGX_PARTNER_POOL_UNHEARD);
}
