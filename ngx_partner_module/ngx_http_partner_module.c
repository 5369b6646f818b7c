/*
 * The module: its directives, its configuration, its places in nginx.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_jwt.h"
#include "ngx_http_partner_meter.h"
#include "ngx_http_partner_limit.h"
#include "ngx_http_partner_overload.h"
#include "ngx_http_partner_pepper.h"
#include "ngx_http_partner_slo.h"
#include "ngx_http_partner_trace.h"


static ngx_int_t ngx_http_partner_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_partner_postconfiguration(ngx_conf_t *cf);
static void     *ngx_http_partner_create_main_conf(ngx_conf_t *cf);
static char     *ngx_http_partner_init_main_conf(ngx_conf_t *cf, void *conf);
static void     *ngx_http_partner_create_loc_conf(ngx_conf_t *cf);
static char     *ngx_http_partner_merge_loc_conf(ngx_conf_t *cf, void *parent,
                                                 void *child);
static char     *ngx_http_partner_content(ngx_conf_t *cf, ngx_command_t *cmd,
                                          void *conf);


#define NGX_HTTP_PARTNER_ANY_CONF                                             \
    (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)


/* clang-format off */

static ngx_command_t ngx_http_partner_commands[] = {

    { ngx_string("partner_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_partner_zone_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_journal"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_partner_journal_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_partner_redis_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_key_pepper"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_partner_pepper_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_keys"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_partner_keys_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_jwt"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_partner_jwt_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_introspection"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_partner_introspection_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_jwt_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_partner_jwt_zone_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_tier"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_partner_tier_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_slo"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_partner_slo_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_limit_policy"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_partner_policy_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_redact_keys"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_partner_redact_keys_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_redact_profile"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_partner_profile_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_ramp"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_partner_ramp_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_contract"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_1MORE,
      ngx_http_partner_contract_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_auth"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_1MORE,
      ngx_http_partner_auth_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_environment"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_TAKE1,
      ngx_http_partner_environment_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_stale"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_TAKE1,
      ngx_http_partner_stale_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_scope"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_1MORE,
      ngx_http_partner_scope_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_limit"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_1MORE,
      ngx_http_partner_limit_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_overload"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_TAKE12,
      ngx_http_partner_overload_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_redact"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_TAKE123,
      ngx_http_partner_redact_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_redact_for"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_2MORE,
      ngx_http_partner_redact_for_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_meter"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_partner_loc_conf_t, meter),
      NULL },

    { ngx_string("partner_trace"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_TAKE12,
      ngx_http_partner_trace_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_server_timing"),
      NGX_HTTP_PARTNER_ANY_CONF|NGX_CONF_FLAG,
      ngx_http_partner_timing_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_partner_loc_conf_t, server_timing),
      NULL },

    { ngx_string("partner_safe_errors"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_http_partner_safe_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_partner_loc_conf_t, safe_errors),
      NULL },

    { ngx_string("partner_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_partner_metrics_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("partner_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_partner_content,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_http_partner_status_handler },

    { ngx_string("partner_slo_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_partner_content,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_http_partner_slo_status_handler },

    { ngx_string("partner_problem"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_partner_content,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_http_partner_problem_handler },

      ngx_null_command
};

/* clang-format on */


static ngx_http_module_t ngx_http_partner_module_ctx = {
    ngx_http_partner_preconfiguration,  /* preconfiguration */
    ngx_http_partner_postconfiguration, /* postconfiguration */

    ngx_http_partner_create_main_conf, /* create main configuration */
    ngx_http_partner_init_main_conf,   /* init main configuration */

    NULL, /* create server configuration */
    NULL, /* merge server configuration */

    ngx_http_partner_create_loc_conf, /* create location configuration */
    ngx_http_partner_merge_loc_conf   /* merge location configuration */
};


ngx_module_t ngx_http_partner_module
    = { NGX_MODULE_V1,
        &ngx_http_partner_module_ctx, /* module context */
        ngx_http_partner_commands,    /* module directives */
        NGX_HTTP_MODULE,              /* module type */
        NULL,                         /* init master */
        ngx_http_partner_accept,      /* init module */
        ngx_http_partner_init_worker, /* init process */
        NULL,                         /* init thread */
        NULL,                         /* exit thread */
        ngx_http_partner_exit_worker, /* exit process */
        ngx_http_partner_exit_master, /* exit master */
        NGX_MODULE_V1_PADDING };


/* The objectives of G-02, and the defaults of design section 8. */
static const ngx_http_partner_tier_t ngx_http_partner_tiers[LP_TIERS] = {
    [LP_TIER_BASIC] = { .latency = 800, .availability = 99500 },
    [LP_TIER_SILVER] = { .latency = 400, .availability = 99900 },
    [LP_TIER_GOLD] = { .latency = 200, .availability = 99990 },
};

#define NGX_HTTP_PARTNER_LEASE 5000             /* ms */
#define NGX_HTTP_PARTNER_STALE (10 * 60 * 1000) /* ms */


static ngx_int_t
ngx_http_partner_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_partner_safe_add_variables(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_partner_add_variables(cf);
}


static void *
ngx_http_partner_create_main_conf(ngx_conf_t *cf)
{
    ngx_uint_t                    i;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_main_conf_t));

    if (pmcf == NULL
        || ngx_array_init(&pmcf->policies, cf->pool, 4,
                          sizeof(ngx_http_partner_policy_t *))
               != NGX_OK
        || ngx_array_init(&pmcf->contracts, cf->pool, 2,
                          sizeof(ngx_http_partner_contract_t *))
               != NGX_OK
        || ngx_array_init(&pmcf->profiles, cf->pool, 4,
                          sizeof(ngx_http_partner_profile_t *))
               != NGX_OK
        || ngx_array_init(&pmcf->ramps, cf->pool, 4,
                          sizeof(ngx_http_partner_ramp_t))
               != NGX_OK
        || ngx_array_init(&pmcf->pools, cf->pool, 4,
                          sizeof(ngx_http_partner_pool_t *))
               != NGX_OK
        || ngx_array_init(&pmcf->slos, cf->pool, 4,
                          sizeof(ngx_http_partner_slo_t))
               != NGX_OK) {
        return NULL;
    }

    for (i = 0; i < LP_TIERS; i++) {
        pmcf->tiers[i] = ngx_http_partner_tiers[i];
        pmcf->tiers[i].mode = NGX_CONF_UNSET_UINT;
        pmcf->tiers[i].lease = NGX_HTTP_PARTNER_LEASE;
        pmcf->tiers[i].stale = NGX_HTTP_PARTNER_STALE;
    }

    return pmcf;
}


static char *
ngx_http_partner_init_tiers(ngx_conf_t *cf, ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t               i;
    ngx_http_partner_tier_t *tier;

    for (i = 0; i < LP_TIERS; i++) {
        tier = &pmcf->tiers[i];

        if (tier->mode == NGX_CONF_UNSET_UINT) {
            tier->mode = (pmcf->redis_conf != NULL) ? NGX_HTTP_PARTNER_STRICT
                                                    : NGX_HTTP_PARTNER_LOCAL;
        }

        if (tier->mode != NGX_HTTP_PARTNER_LOCAL && pmcf->redis_conf == NULL) {
            ngx_conf_log_error(
                NGX_LOG_EMERG, cf, 0,
                "partner_tier \"%s\": limit_mode=%s needs "
                "partner_redis, limit_mode=local does not",
                lp_tier_name((lp_tier_t) i),
                tier->mode == NGX_HTTP_PARTNER_STRICT ? "strict" : "lease");
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_partner_init_main_conf(ngx_conf_t *cf, void *conf)
{
    static ngx_str_t              request_id = ngx_string("request_id");
    ngx_http_partner_main_conf_t *pmcf = conf;

    pmcf->request_id = ngx_http_get_variable_index(cf, &request_id);

    if (pmcf->request_id == NGX_ERROR
        || ngx_http_partner_pepper_default(cf, pmcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (pmcf->zone == NULL && pmcf->used) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_zone is missing, it is required by every "
                           "other partner directive; add \"partner_zone "
                           "zone=partners:64m;\" to the http block");
        return NGX_CONF_ERROR;
    }

    if (pmcf->zone == NULL) {
        return NGX_CONF_OK;
    }

    pmcf->used = 1;

    return ngx_http_partner_init_tiers(cf, pmcf);
}


static void *
ngx_http_partner_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_partner_loc_conf_t *plcf;

    plcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_loc_conf_t));

    if (plcf == NULL) {
        return NULL;
    }

    if (cf->conf_file != NULL) {
        plcf->file = cf->conf_file->file.name;
        plcf->line = cf->conf_file->line;
    }

    plcf->auth = NGX_CONF_UNSET_UINT;
    plcf->environment = NGX_CONF_UNSET_UINT;
    plcf->stale = NGX_CONF_UNSET_MSEC;
    plcf->safe_errors = NGX_CONF_UNSET;
    plcf->trace = NGX_CONF_UNSET_UINT;
    plcf->server_timing = NGX_CONF_UNSET;
    plcf->meter = NGX_CONF_UNSET;

    return plcf;
}


/* What consists of several fields is inherited whole, or not at all. */
static void
ngx_http_partner_inherit(ngx_http_partner_loc_conf_t       *conf,
                         const ngx_http_partner_loc_conf_t *prev)
{
    if (conf->auth == NGX_CONF_UNSET_UINT) {
        conf->place = prev->place;
        conf->auth_said = prev->auth_said;
    }

    if (conf->trace == NGX_CONF_UNSET_UINT) {
        conf->trace_sample = prev->trace_sample;
    }

    if (!conf->scopes_set) {
        conf->scopes = prev->scopes;
    }

    if (!conf->contract_set) {
        conf->contract = prev->contract;
    }

    if (!conf->limits_set) {
        conf->limits = prev->limits;
        conf->flights = prev->flights;
    }

    if (!conf->overload_set) {
        conf->overload = prev->overload;
        conf->overload_dry = prev->overload_dry;
    }
}


static char *
ngx_http_partner_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    const char                  *said;
    ngx_uint_t                   own_auth;
    ngx_http_core_loc_conf_t    *clcf;
    ngx_http_partner_loc_conf_t *prev = parent;
    ngx_http_partner_loc_conf_t *conf = child;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == ngx_http_partner_problem_handler) {

        /* else a body that is too large would be so again behind error_page */
        clcf->client_max_body_size = 0;
    }

    said = ngx_http_partner_asked(conf);
    own_auth = conf->auth != NGX_CONF_UNSET_UINT && conf->auth != 0;

    /* before the merge, which hides what this location has said itself */
    ngx_http_partner_inherit(conf, prev);

    ngx_conf_merge_uint_value(conf->trace, prev->trace,
                              NGX_HTTP_PARTNER_TRACE_OFF);
    ngx_conf_merge_value(conf->server_timing, prev->server_timing, 0);
    ngx_conf_merge_value(conf->meter, prev->meter, 1);
    ngx_conf_merge_value(conf->safe_errors, prev->safe_errors, 0);
    ngx_conf_merge_uint_value(conf->auth, prev->auth, 0);
    ngx_conf_merge_uint_value(conf->environment, prev->environment,
                              LP_ENVIRONMENTS);
    ngx_conf_merge_msec_value(conf->stale, prev->stale, NGX_CONF_UNSET_MSEC);

    if (ngx_http_partner_check(cf, conf, said) != NGX_OK
        || ngx_http_partner_redact_merge(cf, conf, prev) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_partner_jwt_locate(
        cf, ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module),
        own_auth, conf->redact != NULL);
}


static char *
ngx_http_partner_content(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t     *clcf;
    ngx_http_partner_main_conf_t *pmcf;

    (void) conf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = (ngx_http_handler_pt) cmd->post;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_partner_add_handler(ngx_conf_t *cf, ngx_http_phases phase,
                             ngx_http_handler_pt handler)
{
    ngx_http_handler_pt       *h;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    h = ngx_array_push(&cmcf->phases[phase].handlers);

    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = handler;

    return NGX_OK;
}


/* A configuration that uses nothing of the module pays nothing for it. */
static ngx_int_t
ngx_http_partner_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);

    if (!pmcf->used) {
        return NGX_OK;
    }

    /* here every location is known */

    if (ngx_http_partner_jwt_init(cf, pmcf) != NGX_CONF_OK
        || ngx_http_partner_slo_init(cf, pmcf) != NGX_OK
        || ngx_http_partner_ramp_init(cf, pmcf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (pmcf->safe_errors
        && ngx_http_partner_add_handler(cf, NGX_HTTP_POST_READ_PHASE,
                                        ngx_http_partner_safe_handler)
               != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_partner_identity_init();

    ngx_http_partner_replaced_init();

    if (ngx_http_partner_add_handler(cf, NGX_HTTP_POST_READ_PHASE,
                                     ngx_http_partner_identity_handler)
            != NGX_OK
        || ngx_http_partner_add_handler(cf, NGX_HTTP_ACCESS_PHASE,
                                        ngx_http_partner_access_handler)
               != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_partner_add_handler(cf, NGX_HTTP_LOG_PHASE,
                                        ngx_http_partner_meter_handler);
}
