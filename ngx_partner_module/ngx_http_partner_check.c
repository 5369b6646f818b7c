/*
 * What a location's directives must not be together: mistakes that would leave
 * a door open, found when the configuration is read.
 */

#include "ngx_http_partner_fetch.h"
#include "ngx_http_partner_module.h"


static ngx_int_t ngx_http_partner_check_satisfy(
    ngx_conf_t *cf, const ngx_http_partner_loc_conf_t *conf, const char *said);
static ngx_int_t ngx_http_partner_check_own(
    ngx_conf_t *cf, const ngx_http_partner_loc_conf_t *conf, const char *said);
static ngx_int_t ngx_http_partner_check_inherited(
    ngx_conf_t *cf, const ngx_http_partner_loc_conf_t *conf, const char *said);
static ngx_int_t ngx_http_partner_check_cache(
    ngx_conf_t *cf, const ngx_http_partner_loc_conf_t *conf, const char *said);
static ngx_int_t ngx_http_partner_check_keys(
    ngx_conf_t *cf, const ngx_http_partner_loc_conf_t *conf, const char *said);
static ngx_int_t ngx_http_partner_check_contract(
    ngx_conf_t *cf, const ngx_http_partner_loc_conf_t *conf, const char *said);


typedef ngx_int_t (*ngx_http_partner_check_pt)(
    ngx_conf_t *cf, const ngx_http_partner_loc_conf_t *conf, const char *said);

static const ngx_http_partner_check_pt ngx_http_partner_checks[] = {
    ngx_http_partner_check_satisfy,   ngx_http_partner_check_own,
    ngx_http_partner_check_inherited, ngx_http_partner_check_cache,
    ngx_http_partner_check_keys,      ngx_http_partner_check_contract,
};

#define NGX_HTTP_PARTNER_CHECKS                                               \
    (sizeof(ngx_http_partner_checks) / sizeof(ngx_http_partner_checks[0]))


const char *
ngx_http_partner_asked(const ngx_http_partner_loc_conf_t *conf)
{
    return conf->scopes != NULL                            ? "partner_scope"
           : conf->contract != NULL                        ? "partner_contract"
           : conf->limits != NULL || conf->flights != NULL ? "partner_limit"
           : conf->overload != NULL                        ? "partner_overload"
           : conf->environment < LP_ENVIRONMENTS ? "partner_environment"
           : conf->stale != NGX_CONF_UNSET_MSEC  ? "partner_stale"
                                                 : NULL;
}


static ngx_str_t *
ngx_http_partner_check_name(ngx_conf_t *cf)
{
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    return &clcf->name;
}


static ngx_int_t
ngx_http_partner_check_satisfy(ngx_conf_t                        *cf,
                               const ngx_http_partner_loc_conf_t *conf,
                               const char                        *said)
{
    ngx_http_core_loc_conf_t *clcf;

    (void) said;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (!conf->auth || clcf->satisfy != NGX_HTTP_SATISFY_ANY) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"satisfy any\" would let a call in that "
                       "\"partner_auth\" refuses; allowed beside it is "
                       "\"satisfy all\"");

    return NGX_ERROR;
}


/*
 * A location that names scopes, limits or a contract but lets everybody in is
 * a door left open by mistake; a server block may leave authentication to its
 * locations.
 */
static ngx_int_t
ngx_http_partner_check_own(ngx_conf_t                        *cf,
                           const ngx_http_partner_loc_conf_t *conf,
                           const char                        *said)
{
    ngx_str_t *name;

    name = ngx_http_partner_check_name(cf);

    if (name->len == 0 || conf->auth || said == NULL) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%s\" is without effect in location \"%V\", where "
                       "nobody is authenticated; add \"partner_auth key;\"",
                       said, name);

    return NGX_ERROR;
}


/*
 * What a location inherits is without effect as well where nobody is
 * authenticated; there `partner_auth off` has to say that this is meant.
 */
static ngx_int_t
ngx_http_partner_check_inherited(ngx_conf_t                        *cf,
                                 const ngx_http_partner_loc_conf_t *conf,
                                 const char                        *said)
{
    ngx_str_t *name;

    name = ngx_http_partner_check_name(cf);
    said = ngx_http_partner_asked(conf);

    if (name->len == 0 || conf->auth_said || said == NULL) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "location \"%V\" inherits \"%s\", which is without "
                       "effect where nobody is authenticated; add "
                       "\"partner_auth key;\", or \"partner_auth off;\" if it "
                       "is open",
                       name, said);

    return NGX_ERROR;
}


ngx_http_upstream_conf_t *
ngx_http_partner_upstream(ngx_conf_t *cf, const char *name)
{
    ngx_uint_t           i;
    ngx_module_t        *module;
    ngx_http_conf_ctx_t *ctx;

    ctx = cf->ctx;

    for (i = 0; cf->cycle->modules[i] != NULL; i++) {
        module = cf->cycle->modules[i];

        if (ngx_strcmp(module->name, name) == 0) {

            /* with each module that asks others it is the first member */
            return ctx->loc_conf[module->ctx_index];
        }
    }

    return NULL;
}


#if (NGX_HTTP_CACHE)

/* Modules that keep answers; NULL where none of them does so here. */
static const char *
ngx_http_partner_check_keeps(ngx_conf_t *cf)
{
    static const char *const modules[][2] = {
        { "ngx_http_proxy_module", "proxy_cache" },
        { "ngx_http_fastcgi_module", "fastcgi_cache" },
        { "ngx_http_uwsgi_module", "uwsgi_cache" },
        { "ngx_http_scgi_module", "scgi_cache" },
    };
    ngx_uint_t                i;
    ngx_http_upstream_conf_t *upstream;

    for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
        upstream = ngx_http_partner_upstream(cf, modules[i][0]);

        if (upstream != NULL && upstream->cache == 1) {
            return modules[i][1];
        }
    }

    return NULL;
}


/* Whether anything in the whole configuration names the variable. */
static ngx_uint_t
ngx_http_partner_check_keyed(ngx_conf_t *cf)
{
    static const ngx_str_t     wanted = ngx_string("partner_cache_key");
    ngx_uint_t                 i;
    ngx_http_variable_t       *v;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        if (v[i].name.len == wanted.len
            && ngx_memcmp(v[i].name.data, wanted.data, wanted.len) == 0) {
            return 1;
        }
    }

    return 0;
}

#endif


/*
 * A key that leaves the caller out hands one partner's answer to another.  The
 * key itself is the proxy's secret: what is found here is that nothing at all
 * names the variable, and ngx_http_partner_cached.c sees to the rest.
 */
static ngx_int_t
ngx_http_partner_check_cache(ngx_conf_t                        *cf,
                             const ngx_http_partner_loc_conf_t *conf,
                             const char                        *said)
{
#if (NGX_HTTP_CACHE)
    const char *keeps;

    (void) said;

    keeps = conf->auth && ngx_http_partner_check_name(cf)->len != 0
                ? ngx_http_partner_check_keeps(cf)
                : NULL;

    if (keeps != NULL && !ngx_http_partner_check_keyed(cf)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" in location \"%V\" would hand one "
                           "partner's answers to another; add \"%s_key "
                           "$partner_cache_key;\"",
                           keeps, ngx_http_partner_check_name(cf), keeps);
        return NGX_ERROR;
    }
#endif

    return NGX_OK;
}


/* Whoever takes keys has to get them from somewhere, or refuses every call. */
static ngx_int_t
ngx_http_partner_check_keys(ngx_conf_t                        *cf,
                            const ngx_http_partner_loc_conf_t *conf,
                            const char                        *said)
{
    ngx_str_t                    *name;
    ngx_http_partner_main_conf_t *pmcf;

    (void) said;

    name = ngx_http_partner_check_name(cf);
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);

    if (name->len == 0 || !(conf->auth & NGX_HTTP_PARTNER_AUTH_KEY)
        || pmcf->registry != NULL || pmcf->redis_conf != NULL) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"partner_auth key\" in location \"%V\" would refuse "
                       "every call, for no key is known; add \"partner_keys\" "
                       "or \"partner_redis\" to the http block",
                       name);

    return NGX_ERROR;
}


/*
 * A contract of other paths than those that come here knows none of them.  It
 * may be meant where a rewrite leads elsewhere: a warning.
 */
static ngx_int_t
ngx_http_partner_check_contract(ngx_conf_t                        *cf,
                                const ngx_http_partner_loc_conf_t *conf,
                                const char                        *said)
{
    ngx_str_t                *name;
    lp_contract_match_t       match;
    ngx_http_core_loc_conf_t *clcf;

    (void) said;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    name = &clcf->name;

    /* `if`, @named and ~ locations say nothing of the path */

    if (conf->contract == NULL || !conf->contract_set || name->len == 0
        || clcf->noname || clcf->named
#if (NGX_PCRE)
        || clcf->regex != NULL
#endif
        || (clcf->exact_match
                ? lp_contract_find(conf->contract->compiled, LP_GET,
                                   (char *) name->data, name->len, &match)
                      != LP_CONTRACT_NO_PATH
                : lp_contract_reaches(conf->contract->compiled,
                                      (char *) name->data, name->len))) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"partner_contract\" in location \"%V\" has no path "
                       "that comes here; check its \"servers\", or say where "
                       "it begins with \"prefix=\"",
                       name);

    return NGX_OK;
}


/* Errors of locations are found late, and shall name where they stand. */
ngx_int_t
ngx_http_partner_check(ngx_conf_t *cf, const ngx_http_partner_loc_conf_t *conf,
                       const char *said)
{
    ngx_uint_t      i;
    ngx_conf_t      here;
    ngx_conf_file_t file;

    here = *cf;

    if (conf->file.len != 0) {
        file = *cf->conf_file;
        file.file.name = conf->file;
        file.line = conf->line;
        here.conf_file = &file;
    }

    for (i = 0; i < NGX_HTTP_PARTNER_CHECKS; i++) {

        if (ngx_http_partner_checks[i](&here, conf, said) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
