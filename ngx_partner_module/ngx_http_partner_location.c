/*
 * What a location asks for: partner_scope, partner_redact, and the profiles of
 * the last.
 */

#include "ngx_http_partner_module.h"


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


static ngx_http_partner_profile_t *
ngx_http_partner_profile_find(ngx_http_partner_main_conf_t *pmcf,
                              const ngx_str_t              *name)
{
    ngx_uint_t                   i;
    ngx_http_partner_profile_t **profile;

    profile = pmcf->profiles.elts;

    for (i = 0; i < pmcf->profiles.nelts; i++) {

        if (profile[i]->name.len == name->len
            && ngx_memcmp(profile[i]->name.data, name->data, name->len) == 0) {
            return profile[i];
        }
    }

    return NULL;
}


/* "field=action" */
static ngx_int_t
ngx_http_partner_profile_rule(ngx_conf_t                 *cf,
                              ngx_http_partner_profile_t *profile,
                              ngx_str_t                  *rule)
{
    u_char            *equal;
    lp_error_t         err;
    lp_redact_action_t action;

    equal = ngx_strlchr(rule->data, rule->data + rule->len, '=');
    action = LP_REDACT_NONE;

    if (equal != NULL) {
        action = lp_redact_action_parse((char *) equal + 1,
                                        rule->data + rule->len - equal - 1);
    }

    if (action == LP_REDACT_NONE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile: invalid rule \"%V\", "
                           "allowed is FIELD=ACTION with one of the "
                           "actions " LP_REDACT_ALLOWED,
                           rule);
        return NGX_ERROR;
    }

    if (lp_redact_profile_add(profile->profile, (char *) rule->data,
                              equal - rule->data, action, &err)
        != LP_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile: rule \"%V\": %s", rule,
                           err.text);
        return NGX_ERROR;
    }

    return NGX_OK;
}


char *
ngx_http_partner_profile_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                   void *conf)
{
    ngx_str_t                    *args;
    ngx_uint_t                    i;
    ngx_http_partner_profile_t   *profile, **place;
    ngx_http_partner_main_conf_t *pmcf = conf;

    (void) cmd;

    args = cf->args->elts;
    pmcf->used = 1;

    if (ngx_strcmp(args[1].data, "off") == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile: invalid name \"off\", "
                           "which means no profile in partner_redact");
        return NGX_CONF_ERROR;
    }

    if (ngx_http_partner_profile_find(pmcf, &args[1]) != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile \"%V\" is given twice",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    place = ngx_array_push(&pmcf->profiles);
    profile = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_profile_t));

    if (place == NULL || profile == NULL) {
        return NGX_CONF_ERROR;
    }

    *place = profile;
    profile->name = args[1];
    profile->profile = ngx_palloc(cf->pool, lp_redact_profile_size());

    if (profile->profile == NULL) {
        return NGX_CONF_ERROR;
    }

    lp_redact_profile_init(profile->profile);

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_partner_profile_rule(cf, profile, &args[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_partner_redact_other(ngx_conf_t *cf, ngx_str_t *value,
                              ngx_http_partner_loc_conf_t *plcf)
{
    if (ngx_strcmp(value->data, "other=pass") == 0) {
        plcf->redact_other = 1;
        return NGX_OK;
    }

    if (ngx_strcmp(value->data, "other=refuse") == 0) {
        plcf->redact_other = 0;
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "partner_redact: invalid parameter \"%V\", allowed is "
                       "other=refuse or other=pass",
                       value);

    return NGX_ERROR;
}


char *
ngx_http_partner_redact_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf)
{
    ngx_str_t                    *args;
    ngx_http_partner_loc_conf_t  *plcf = conf;
    ngx_http_partner_main_conf_t *pmcf;

    (void) cmd;

    if (plcf->redact_set) {
        return "is duplicate";
    }

    plcf->redact_set = 1;
    args = cf->args->elts;
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    plcf->redact = ngx_http_partner_profile_find(pmcf, &args[1]);

    if (plcf->redact == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact: unknown profile \"%V\", allowed "
                           "is \"off\" or a name that a "
                           "partner_redact_profile above has defined",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3
        && ngx_http_partner_redact_other(cf, &args[2], plcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
