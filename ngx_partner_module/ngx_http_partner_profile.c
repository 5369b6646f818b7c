/*
 * Redaction profiles: partner_redact_profile.
 */

#include "ngx_http_partner_directives.h"

#include "../libpartner/lp_id.h"


ngx_http_partner_profile_t *
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


static ngx_int_t
ngx_http_partner_profile_rule(ngx_conf_t                 *cf,
                              ngx_http_partner_profile_t *profile,
                              ngx_str_t                  *rule)
{
    lp_error_t err;

    if (lp_redact_profile_rule(profile->profile, (char *) rule->data,
                               rule->len, &err)
        != LP_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile: invalid rule \"%V\": %s",
                           rule, err.text);
        return NGX_ERROR;
    }

    /* for who asks later: the keys may be named below */
    if (profile->keyed.len == 0
        && lp_redact_profile_wants_keys(profile->profile)) {
        profile->keyed = *rule;
    }

    return NGX_OK;
}


/* One without a rule, so that what a contract marks is masked. */
ngx_http_partner_profile_t *
ngx_http_partner_profile_add(ngx_conf_t                   *cf,
                             ngx_http_partner_main_conf_t *pmcf,
                             const ngx_str_t              *name)
{
    ngx_http_partner_profile_t *profile, **place;

    place = ngx_array_push(&pmcf->profiles);
    profile = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_profile_t));

    if (place == NULL || profile == NULL) {
        return NULL;
    }

    *place = profile;
    profile->name = *name;
    profile->index = pmcf->profiles.nelts - 1;
    profile->profile = ngx_palloc(cf->pool, lp_redact_profile_size());

    if (profile->profile == NULL) {
        return NULL;
    }

    lp_redact_profile_init(profile->profile);

    return profile;
}


char *
ngx_http_partner_profile_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                   void *conf)
{
    ngx_str_t                    *args;
    ngx_uint_t                    i;
    ngx_http_partner_profile_t   *profile;
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

    if (!lp_id_plain((char *) args[1].data, args[1].len)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile: invalid name \"%V\", "
                           "allowed: 1 to 63 letters, digits, ., _ and -",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_partner_profile_find(pmcf, &args[1]) != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile \"%V\" is given twice",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    profile = ngx_http_partner_profile_add(cf, pmcf, &args[1]);

    if (profile == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strcmp(args[i].data, "case=exact") == 0) {

            /* names are folded as they are added */
            if (i != 2) {
                return "has \"case=exact\" behind a rule, allowed is before";
            }

            if (cf->args->nelts == 3) {
                return "has no rule behind \"case=exact\"";
            }

            lp_redact_profile_exact(profile->profile);
            continue;
        }

        if (ngx_http_partner_profile_rule(cf, profile, &args[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
