/*
 * From the principal of libpartner to the gateway's.
 */

#include "ngx_partner_principal.h"


/*
 * 0 is the name of an empty text, and of one that found no room: the text
 * tells which.
 */
static ngx_int_t
ngx_partner_principal_name(ngx_partner_names_t       *names,
                           const ngx_partner_owner_t *owner, const char *text,
                           ngx_partner_name_t *name)
{
    *name = ngx_partner_names_own(names, owner, text, ngx_strlen(text));

    return (*name != 0 || text[0] == '\0') ? NGX_OK : NGX_ERROR;
}


/*
 * Two times are kept as a name is, 16 bytes of any kind: few applications end,
 * and a principal in the cache has no room for what most do not have.
 */
static ngx_int_t
ngx_partner_principal_end(ngx_partner_names_t       *names,
                          const ngx_partner_owner_t *owner,
                          const lp_principal_t      *from,
                          ngx_partner_principal_t   *principal)
{
    ngx_partner_ending_t ending;

    if (from->deprecated == 0 && from->sunset == 0) {
        return NGX_OK;
    }

    ending.deprecated = from->deprecated;
    ending.sunset = from->sunset;

    principal->ending = ngx_partner_names_own(names, owner, (char *) &ending,
                                              sizeof(ending));

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


/* Each text of the record, in the order in which it is kept. */
static ngx_int_t
ngx_partner_principal_names(ngx_partner_principal_t   *principal,
                            const lp_principal_t      *from,
                            ngx_partner_names_t       *names,
                            const ngx_partner_owner_t *owner)
{
    ngx_uint_t i;

    const struct {
        const char         *text;
        ngx_partner_name_t *name;
    } texts[] = {
        { from->partner, &principal->partner },
        { from->application, &principal->application },
        { from->category, &principal->category },
        { from->scopes, &principal->scopes },
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (ngx_partner_principal_name(names, owner, texts[i].text,
                                       texts[i].name)
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_partner_principal_end(names, owner, from, principal);
}


ngx_int_t
ngx_partner_principal_set(ngx_partner_principal_t   *principal,
                          const lp_principal_t      *from,
                          ngx_partner_names_t       *names,
                          const ngx_partner_owner_t *owner)
{
    ngx_memzero(principal, sizeof(ngx_partner_principal_t));

    principal->id_len = ngx_strlen(from->id) & UINT8_MAX;
    ngx_memcpy(principal->id, from->id, principal->id_len);

    /* four bits each; every enumeration of libpartner has fewer values */
    principal->tier = from->tier & 0xf;
    principal->status = from->status & 0xf;
    principal->partner_status = from->partner_status & 0xf;
    principal->application_status = from->application_status & 0xf;
    principal->environment = from->environment & 0xf;
    principal->expires = ngx_partner_principal_time(from->expires);
    principal->rate_limit = from->rate_limit;
    principal->version = from->version;

    return ngx_partner_principal_names(principal, from, names, owner);
}
