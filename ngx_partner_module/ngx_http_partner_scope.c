/*
 * Stage 3: whether the credential's scopes cover what the location requires.
 */

#include "ngx_http_partner_module.h"


ngx_int_t
ngx_http_partner_scope(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    ngx_str_t  granted, *required;
    ngx_uint_t i;

    if (call->location->scopes == NULL) {
        return NGX_OK;
    }

    granted = ngx_partner_names_get(&call->pmcf->zone->shared->names,
                                    call->principal.scopes);
    required = call->location->scopes->elts;

    for (i = 0; i < call->location->scopes->nelts; i++) {

        if (!lp_scope_set_covers((char *) granted.data, granted.len,
                                 (char *) required[i].data, required[i].len)) {
            call->verdict = NGX_HTTP_PARTNER_INSUFFICIENT_SCOPE;
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}
