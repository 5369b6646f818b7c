/*
 * Whether the credential's scopes cover what the location and the
 * operation require, each by itself.
 */

#include "ngx_http_partner_module.h"


static ngx_int_t
ngx_http_partner_scope_met(ngx_http_partner_call_t *call,
                           const lp_scope_need_t   *need)
{
    ngx_str_t granted;

    if (need == NULL || need->n == 0) {
        return 1;
    }

    granted = ngx_partner_names_get(&call->pmcf->zone->shared->names,
                                    call->principal.scopes);

    if (lp_scope_need_met(need, (char *) granted.data, granted.len)) {
        return 1;
    }

    call->lacking = need;
    call->verdict = NGX_HTTP_PARTNER_INSUFFICIENT_SCOPE;

    return 0;
}


ngx_int_t
ngx_http_partner_scope(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    const lp_scope_need_t *declared;

    /* an operation known from another location was checked there */
    declared = (call->location->contract != NULL && call->operation != NULL)
                   ? &call->operation->declared->need
                   : NULL;

    return ngx_http_partner_scope_met(call, call->location->scopes)
                   && ngx_http_partner_scope_met(call, declared)
               ? NGX_OK
               : NGX_DECLINED;
}
