/*
 * From the principal of libpartner to the gateway's.
 */

#include "ngx_partner_principal.h"


static ngx_int_t
ngx_partner_principal_name(ngx_partner_names_t *names, const char *text,
                           ngx_partner_name_t *name)
{
    *name = ngx_partner_names_intern(names, text, ngx_strlen(text));

    return (*name != 0 || text[0] == '\0') ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_partner_principal_end(ngx_partner_names_t     *names,
                          const lp_principal_t    *from,
                          ngx_partner_principal_t *principal)
{
    ngx_partner_ending_t ending;

    if (from->deprecated == 0 && from->sunset == 0) {
        return NGX_OK;
    }

    ending.deprecated = from->deprecated;
    ending.sunset = from->sunset;

    principal->ending
        = ngx_partner_names_intern(names, (char *) &ending, sizeof(ending));

    return (principal->ending != 0) ? NGX_OK : NGX_ERROR;
}


ngx_partner_ending_t
ngx_partner_principal_ending(const ngx_partner_principal_t *principal,
                             ngx_partner_names_t           *names)
{
    ngx_partner_ending_t ending;

    ngx_memzero(&ending, sizeof(ending));

    if (principal->ending != 0) {
        ngx_memcpy(&ending,
                   ngx_partner_names_get(names, principal->ending).data,
                   sizeof(ending));
    }

    return ending;
}


ngx_int_t
ngx_partner_principal_set(ngx_partner_principal_t *principal,
                          const lp_principal_t    *from,
                          ngx_partner_names_t     *names)
{
    ngx_memzero(principal, sizeof(ngx_partner_principal_t));

    principal->id_len = ngx_strlen(from->id) & UINT8_MAX;
    ngx_memcpy(principal->id, from->id, principal->id_len);

    principal->tier = from->tier & 0xf;
    principal->status = from->status & 0xf;
    principal->partner_status = from->partner_status & 0xf;
    principal->application_status = from->application_status & 0xf;
    principal->environment = from->environment & 0xf;
    principal->expires = ngx_partner_principal_time(from->expires);
    principal->rate_limit = from->rate_limit;
    principal->version = from->version;

    if (ngx_partner_principal_name(names, from->partner, &principal->partner)
            != NGX_OK
        || ngx_partner_principal_name(names, from->application,
                                      &principal->application)
               != NGX_OK
        || ngx_partner_principal_name(names, from->category,
                                      &principal->category)
               != NGX_OK
        || ngx_partner_principal_name(names, from->scopes, &principal->scopes)
               != NGX_OK
        || ngx_partner_principal_end(names, from, principal) != NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}
