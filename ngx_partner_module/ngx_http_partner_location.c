/*
 * What a location asks for: partner_scope.
 */

#include "ngx_http_partner_directives.h"


/*
 * The words that stand alone are no scopes: one that slipped in between would
 * be a scope that nobody has.
 */
static ngx_int_t
ngx_http_partner_scope_check(ngx_conf_t *cf, const ngx_str_t *scope)
{
    static const ngx_str_t words[] = { ngx_string("off"), ngx_string("any"),
                                       ngx_string("all"), ngx_null_string };
    const ngx_str_t       *word;

    for (word = words; word->len != 0; word++) {
        if (ngx_strcmp(scope->data, word->data) == 0) {
            break;
        }
    }

    if (word->len == 0
        && lp_scope_required_valid((char *) scope->data, scope->len)) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "partner_scope: invalid scope \"%V\", allowed is "
                       "\"off\" or, after \"any\" or \"all\" or without, "
                       "scopes, each " LP_SCOPE_REQUIRED,
                       scope);

    return NGX_ERROR;
}


/* One set of all of them. */
static ngx_int_t
ngx_http_partner_scope_all(ngx_conf_t *cf, lp_scope_need_t *need,
                           const ngx_str_t *scope, ngx_uint_t n)
{
    u_char    *text, *p;
    size_t     len;
    ngx_uint_t i;

    for (len = 0, i = 0; i < n; i++) {
        len += scope[i].len + 1;
    }

    if (len - 1 > LP_SCOPE_SET_LEN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_scope: the scopes have %uz bytes, at "
                           "most %d are allowed",
                           len - 1, LP_SCOPE_SET_LEN);
        return NGX_ERROR;
    }

    text = ngx_pnalloc(cf->pool, len);

    if (text == NULL) {
        return NGX_ERROR;
    }

    for (p = text, i = 0; i < n; i++) {
        p = ngx_cpymem(p, scope[i].data, scope[i].len);
        *p++ = ' ';
    }

    need->n = 1;
    need->sets[0].text = (char *) text;
    need->sets[0].len = len - 1;

    return NGX_OK;
}


/* A set of each. */
static ngx_int_t
ngx_http_partner_scope_any(ngx_conf_t *cf, lp_scope_need_t *need,
                           const ngx_str_t *scope, ngx_uint_t n)
{
    if (n > LP_SCOPE_ALTERNATIVES) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_scope any: %ui scopes, at most %d are "
                           "allowed",
                           n, LP_SCOPE_ALTERNATIVES);
        return NGX_ERROR;
    }

    for (need->n = 0; need->n < n; need->n++) {
        need->sets[need->n].text = (char *) scope[need->n].data;
        need->sets[need->n].len = scope[need->n].len;
    }

    return NGX_OK;
}


char *
ngx_http_partner_scope_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                 void *conf)
{
    ngx_int_t                     rc;
    ngx_str_t                    *args;
    ngx_uint_t                    i, first, any;
    ngx_http_partner_loc_conf_t  *plcf = conf;
    ngx_http_partner_main_conf_t *pmcf;

    (void) cmd;

    if (plcf->scopes_set) {
        return "is duplicate";
    }

    plcf->scopes_set = 1;
    args = cf->args->elts;
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    any = ngx_strcmp(args[1].data, "any") == 0;
    first = (cf->args->nelts > 2
             && (any || ngx_strcmp(args[1].data, "all") == 0))
                ? 2
                : 1;

    for (i = first; i < cf->args->nelts; i++) {
        if (ngx_http_partner_scope_check(cf, &args[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    plcf->scopes = ngx_pcalloc(cf->pool, sizeof(lp_scope_need_t));

    if (plcf->scopes == NULL) {
        return NGX_CONF_ERROR;
    }

    rc = (any ? ngx_http_partner_scope_any : ngx_http_partner_scope_all)(
        cf, plcf->scopes, &args[first], cf->args->nelts - first);

    return (rc == NGX_OK) ? NGX_CONF_OK : NGX_CONF_ERROR;
}
