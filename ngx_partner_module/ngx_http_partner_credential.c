/*
 * Stage 1: which credential the call carries.  Only its digest is kept.
 */

#include "ngx_http_partner_module.h"

#include "../libpartner/lp_key.h"


#define NGX_HTTP_PARTNER_BEARER "Bearer "


/* The token of `Authorization: Bearer <token>` (RFC 6750, section 2.1). */
static ngx_int_t
ngx_http_partner_bearer(ngx_http_request_t *r, ngx_str_t *token)
{
    size_t     scheme;
    ngx_str_t *value;

    scheme = sizeof(NGX_HTTP_PARTNER_BEARER) - 1;

    if (r->headers_in.authorization == NULL) {
        return NGX_DECLINED;
    }

    value = &r->headers_in.authorization->value;

    if (value->len < scheme
        || ngx_strncasecmp(value->data, (u_char *) NGX_HTTP_PARTNER_BEARER,
                           scheme)
               != 0) {
        return NGX_DECLINED;
    }

    token->data = value->data + scheme;
    token->len = value->len - scheme;

    while (token->len > 0 && token->data[0] == ' ') {
        token->data++;
        token->len--;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_credential(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call)
{
    ngx_str_t token;

    if (call->digested) {
        return NGX_OK;
    }

    if (ngx_http_partner_bearer(r, &token) != NGX_OK) {
        call->verdict = NGX_HTTP_PARTNER_MISSING_CREDENTIAL;
        return NGX_DECLINED;
    }

    if (!lp_key_well_formed((char *) token.data, token.len)) {
        call->verdict = NGX_HTTP_PARTNER_MALFORMED_CREDENTIAL;
        return NGX_DECLINED;
    }

    if (lp_digest_sha256(call->pmcf->digest, token.data, token.len,
                         call->digest)
        != LP_OK) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0, "SHA-256 failed");
        return NGX_ERROR;
    }

    call->digested = 1;

    return NGX_OK;
}
