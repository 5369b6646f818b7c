/*
 * What tokens need of the configuration as a whole: a zone, the locations that
 * keys are fetched from, and a worker's own part.
 */

#include "ngx_http_partner_introspection.h"


ngx_http_partner_jwt_t *
ngx_http_partner_jwt_conf(ngx_conf_t *cf)
{
    ngx_http_partner_jwt_t       *jwt;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);

    if (pmcf->jwt != NULL) {
        return pmcf->jwt;
    }

    jwt = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_jwt_t));

    if (jwt == NULL) {
        return NULL;
    }

    jwt->jwt = ngx_pcalloc(cf->pool, sizeof(lp_jwt_t));

    if (jwt->jwt == NULL
        || ngx_array_init(&jwt->issuers, cf->pool, 2,
                          sizeof(ngx_http_partner_issuer_t *))
               != NGX_OK) {
        return NULL;
    }

    pmcf->jwt = jwt;

    return jwt;
}


static ngx_int_t
ngx_http_partner_jwt_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    uint64_t                    ids[NGX_PARTNER_KEYSETS];
    ngx_uint_t                  i;
    ngx_http_partner_jwt_t     *jwt, *old;
    ngx_http_partner_issuer_t **issuer;

    jwt = shm_zone->data;
    old = data;

    if (ngx_partner_tokens_init(jwt->zone, shm_zone,
                                old != NULL ? old->zone : NULL)
        == NGX_ERROR) {
        return NGX_ERROR;
    }

    issuer = jwt->issuers.elts;

    for (i = 0; i < jwt->issuers.nelts; i++) {
        ids[i] = issuer[i]->id;
    }

    ngx_partner_tokens_lock(jwt->zone);

    for (i = 0; i < jwt->issuers.nelts; i++) {
        issuer[i]->zone = jwt->zone;

        if (issuer[i]->location.len > 0 && !issuer[i]->opaque) {
            issuer[i]->shared = ngx_partner_keysets_place(
                &jwt->zone->shared->keysets, ids[i], ids, jwt->issuers.nelts);
        }
    }

    ngx_partner_tokens_unlock(jwt->zone);

    return NGX_OK;
}


char *
ngx_http_partner_jwt_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                    void *conf)
{
    ssize_t                       size;
    ngx_str_t                    *args, name;
    ngx_shm_zone_t               *shm_zone;
    ngx_http_partner_jwt_t       *jwt;
    ngx_http_partner_main_conf_t *pmcf = conf;

    (void) cmd;

    pmcf->used = 1;
    args = cf->args->elts;
    jwt = ngx_http_partner_jwt_conf(cf);

    if (jwt == NULL) {
        return NGX_CONF_ERROR;
    }

    if (jwt->zone != NULL) {
        return "is duplicate";
    }

    if (ngx_http_partner_option_zone(&args[1], NGX_PARTNER_TOKENS_MIN, &name,
                                     &size)
        != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt_zone: invalid zone \"%V\", allowed is "
                           "zone=NAME:SIZE with at least 4m, such as "
                           "zone=tokens:32m",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    jwt->zone = ngx_pcalloc(cf->pool, sizeof(ngx_partner_token_zone_t));
    shm_zone
        = ngx_shared_memory_add(cf, &name, size, &ngx_http_partner_module);

    if (jwt->zone == NULL || shm_zone == NULL
        || ngx_partner_memory_create(&jwt->zone->memory, cf,
                                     NGX_PARTNER_ZONE_OF_TOKENS, &name)
               != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (shm_zone->data != NULL) {
        return "has the name of another zone";
    }

    shm_zone->init = ngx_http_partner_jwt_zone_init;
    shm_zone->data = jwt;

    return NGX_CONF_OK;
}


/* What would have to say that it looks who answers over TLS; NULL: it does. */
static const char *
ngx_http_partner_jwt_unverified(ngx_conf_t *cf)
{
#if (NGX_HTTP_SSL)
    static const char *const modules[][2] = {
        { "ngx_http_proxy_module",
          "whoever answers would be believed, it has to have "
          "\"proxy_ssl_verify on\"" },
        { "ngx_http_uwsgi_module",
          "whoever answers would be believed, it has to have "
          "\"uwsgi_ssl_verify on\"" },
    };
    ngx_uint_t                i;
    ngx_http_upstream_conf_t *upstream;

    for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
        upstream = ngx_http_partner_upstream(cf, modules[i][0]);

        if (upstream != NULL && upstream->ssl != NULL
            && upstream->ssl_verify != 1) {
            return modules[i][1];
        }
    }
#else
    (void) cf;
#endif

    return NULL;
}


/* What makes the location one that keys cannot be fetched from, or NULL. */
static const char *
ngx_http_partner_jwt_unfit(ngx_conf_t                     *cf,
                           const ngx_http_core_loc_conf_t *clcf,
                           ngx_uint_t auth, ngx_uint_t redacted)
{
    if (!clcf->internal) {
        return "anybody could call it, it has to be \"internal\"";
    }

    if (!clcf->exact_match && !clcf->noregex) {
        return "a location with a regular expression could take its place, it "
               "has to have \"=\" or \"^~\"";
    }

    if (clcf->handler == NULL) {
        return "it asks nobody, it has to have a \"proxy_pass\"";
    }

    if (redacted) {
        return "the gateway has to see what it answers, it has to have "
               "\"partner_redact off\"";
    }

    return auth ? "nobody calls it who could be authenticated, it cannot have "
                  "\"partner_auth\""
                : ngx_http_partner_jwt_unverified(cf);
}


/*
 * Run for each location: the one that keys are fetched from is remembered with
 * its server, and keeps an answer in memory as large as a key set may be.
 */
char *
ngx_http_partner_jwt_locate(ngx_conf_t *cf, ngx_http_partner_main_conf_t *pmcf,
                            ngx_uint_t auth, ngx_uint_t redacted)
{
    const char                 *unfit;
    ngx_uint_t                  i;
    ngx_http_core_srv_conf_t   *cscf;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_partner_issuer_t **issuer;

    if (pmcf->jwt == NULL) {
        return NGX_CONF_OK;
    }

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    issuer = pmcf->jwt->issuers.elts;

    for (i = 0; i < pmcf->jwt->issuers.nelts; i++) {

        if (clcf->name.len == 0 || clcf->noname
            || clcf->name.len != issuer[i]->location.len
            || ngx_strncmp(clcf->name.data, issuer[i]->location.data,
                           clcf->name.len)
                   != 0) {
            continue;
        }

        if (issuer[i]->server != NULL && issuer[i]->server != cscf->ctx) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "%s \"%V\": two servers have a "
                               "location \"%V\"",
                               ngx_http_partner_issuer_directive(issuer[i]),
                               &issuer[i]->name, &issuer[i]->location);
            return NGX_CONF_ERROR;
        }

        unfit = ngx_http_partner_jwt_unfit(cf, clcf, auth, redacted);

        if (unfit != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "%s \"%V\": location \"%V\": %s",
                               ngx_http_partner_issuer_directive(issuer[i]),
                               &issuer[i]->name, &issuer[i]->location, unfit);
            return NGX_CONF_ERROR;
        }

        issuer[i]->server = cscf->ctx;
        clcf->subrequest_output_buffer_size
            = ngx_max(clcf->subrequest_output_buffer_size, LP_JWKS_MAX);
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_partner_jwt_check(ngx_conf_t *cf, ngx_http_partner_main_conf_t *pmcf,
                           ngx_http_partner_issuer_t *issuer)
{
    if (issuer->location.len > 0 && issuer->server == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s \"%V\": no server has a location "
                           "\"%V\" to ask",
                           ngx_http_partner_issuer_directive(issuer),
                           &issuer->name, &issuer->location);
        return NGX_ERROR;
    }

    if (issuer->partner_claim.len == 0 && pmcf->redis_conf == NULL
        && pmcf->registry == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s \"%V\": nothing says which partner a "
                           "token speaks for, add \"partner=\" with a claim, "
                           "or partner_redis for the records of clients",
                           ngx_http_partner_issuer_directive(issuer),
                           &issuer->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


char *
ngx_http_partner_jwt_init(ngx_conf_t *cf, ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t                  i, signers;
    ngx_http_partner_jwt_t     *jwt;
    ngx_http_partner_issuer_t **issuer;

    jwt = pmcf->jwt;

    if (jwt == NULL) {
        return NGX_CONF_OK;
    }

    jwt->redis = pmcf->redis_conf != NULL;

    if (jwt->inspect == NULL && jwt->asked_opaque) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_introspection is missing, it is required "
                           "by \"partner_auth opaque\"");
        return NGX_CONF_ERROR;
    }

    /* the one that is asked about tokens stands among those who sign them */
    signers = jwt->issuers.nelts - (jwt->inspect != NULL);

    if (signers == 0 && jwt->asked) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt is missing, it is required by "
                           "\"partner_auth jwt\": nobody's tokens would be "
                           "accepted");
        return NGX_CONF_ERROR;
    }

    if (jwt->zone == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt_zone is missing, it is required by "
                           "partner_jwt; add \"partner_jwt_zone "
                           "zone=tokens:32m;\" to the http block");
        return NGX_CONF_ERROR;
    }

    issuer = jwt->issuers.elts;

    for (i = 0; i < jwt->issuers.nelts; i++) {
        if (ngx_http_partner_jwt_check(cf, pmcf, issuer[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_partner_jwt_start(ngx_http_partner_main_conf_t *pmcf,
                           ngx_cycle_t                  *cycle)
{
    ngx_uint_t                  i;
    ngx_http_partner_jwt_t     *jwt;
    ngx_http_partner_issuer_t **issuer;

    jwt = pmcf->jwt;

    if (jwt == NULL) {
        return NGX_OK;
    }

    issuer = jwt->issuers.elts;

    for (i = 0; i < jwt->issuers.nelts; i++) {
        ngx_http_partner_issuer_start(issuer[i], cycle);
    }

    if (jwt->inspect != NULL
        && ngx_http_partner_inspect_start(jwt->inspect) != NGX_OK) {
        return NGX_ERROR;
    }

    if (jwt->redis) {
        jwt->revocations.redis = &pmcf->redis;
        jwt->revocations.channel = &pmcf->revisions.redis;
        jwt->revocations.zone = pmcf->zone;
        jwt->revocations.tokens = jwt->zone;
        jwt->revocations.log = cycle->log;
        ngx_partner_revocations_start(&jwt->revocations,
                                      pmcf->redis_conf->waiting);

        pmcf->revisions.revoked = ngx_partner_revocations_hear;
        pmcf->revisions.restored = ngx_partner_revocations_restored;
        pmcf->revisions.data = &jwt->revocations;
    }

    return NGX_OK;
}


void
ngx_http_partner_jwt_stop(ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t                  i;
    ngx_http_partner_issuer_t **issuer;

    if (pmcf->jwt == NULL) {
        return;
    }

    issuer = pmcf->jwt->issuers.elts;

    for (i = 0; i < pmcf->jwt->issuers.nelts; i++) {
        ngx_http_partner_issuer_stop(issuer[i]);
    }

    if (pmcf->jwt->inspect != NULL) {
        ngx_http_partner_inspect_stop(pmcf->jwt->inspect);
    }

    if (pmcf->jwt->redis) {
        ngx_partner_revocations_stop(&pmcf->jwt->revocations);
    }
}
