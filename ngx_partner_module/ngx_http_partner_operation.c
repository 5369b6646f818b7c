/*
 * Which operation of the contract is called.
 *
 * What is matched is the path that nginx has decoded and normalised.  The
 * upstream may be sent the path as it came; so where that could be read
 * otherwise than nginx did, the call is refused (lp_target.h).
 */

#include "ngx_http_partner_module.h"

#include "../libpartner/lp_target.h"


static const struct {
    ngx_uint_t  bit;
    lp_method_t method;
} ngx_http_partner_methods[] = {
    { NGX_HTTP_GET, LP_GET },         { NGX_HTTP_POST, LP_POST },
    { NGX_HTTP_PUT, LP_PUT },         { NGX_HTTP_PATCH, LP_PATCH },
    { NGX_HTTP_DELETE, LP_DELETE },   { NGX_HTTP_HEAD, LP_HEAD },
    { NGX_HTTP_OPTIONS, LP_OPTIONS }, { NGX_HTTP_TRACE, LP_TRACE },
};

#define NGX_HTTP_PARTNER_METHODS                                              \
    (sizeof(ngx_http_partner_methods) / sizeof(ngx_http_partner_methods[0]))


static lp_method_t
ngx_http_partner_method(ngx_uint_t bit)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_HTTP_PARTNER_METHODS; i++) {
        if (ngx_http_partner_methods[i].bit == bit) {
            return ngx_http_partner_methods[i].method;
        }
    }

    return LP_METHODS;
}


/* The path as it came; nginx has changed nothing in most. */
static ngx_uint_t
ngx_http_partner_path_plain(ngx_http_request_t *r)
{
    u_char *end, *args;

    if (!r->valid_unparsed_uri || (!r->quoted_uri && !r->complex_uri)) {
        return 1;
    }

    end = r->unparsed_uri.data + r->unparsed_uri.len;
    args = ngx_strlchr(r->unparsed_uri.data, end, '?');

    if (args != NULL) {
        end = args;
    }

    return lp_target_plain((char *) r->unparsed_uri.data,
                           end - r->unparsed_uri.data, 1);
}


ngx_http_partner_verdict_t
ngx_http_partner_operation_find(ngx_http_request_t                *r,
                                const ngx_http_partner_contract_t *contract,
                                ngx_http_partner_operation_t     **operation,
                                const char                       **allow)
{
    lp_contract_match_t match;

    *operation = NULL;

    if (!ngx_http_partner_path_plain(r)) {
        return NGX_HTTP_PARTNER_AMBIGUOUS_PATH;
    }

    switch (lp_contract_find(contract->compiled,
                             ngx_http_partner_method(r->method),
                             (char *) r->uri.data, r->uri.len, &match)) {

    case LP_CONTRACT_FOUND:
        *operation = &contract->operations[match.operation];
        return NGX_HTTP_PARTNER_PASSED;

    case LP_CONTRACT_NO_METHOD:
        *allow = match.allow;
        return NGX_HTTP_PARTNER_METHOD_NOT_ALLOWED;

    default:
        break;
    }

    if (!contract->unknown) {
        return NGX_HTTP_PARTNER_UNKNOWN_OPERATION;
    }

    /* with unknown=pass a known path must not pass in disguise */

    return lp_target_plain((char *) r->uri.data, r->uri.len, 0)
               ? NGX_HTTP_PARTNER_PASSED
               : NGX_HTTP_PARTNER_AMBIGUOUS_PATH;
}


ngx_int_t
ngx_http_partner_operation(ngx_http_request_t      *r,
                           ngx_http_partner_call_t *call)
{
    ngx_http_partner_operation_t      *operation;
    const ngx_http_partner_contract_t *contract;

    contract = call->location->contract;

    if (contract == NULL) {

        /* the operation of a location before, if any, is still what it is */
        return NGX_OK;
    }

    call->verdict = ngx_http_partner_operation_find(r, contract, &operation,
                                                    &call->allow);

    if (operation == NULL && call->within) {

        /* so it is where a call is led to what the contract does not have */

        call->verdict = lp_target_plain((char *) r->uri.data, r->uri.len, 0)
                            ? NGX_HTTP_PARTNER_PASSED
                            : NGX_HTTP_PARTNER_AMBIGUOUS_PATH;

    } else {
        call->operation = operation;
    }

    return call->verdict == NGX_HTTP_PARTNER_PASSED ? NGX_OK : NGX_DECLINED;
}
