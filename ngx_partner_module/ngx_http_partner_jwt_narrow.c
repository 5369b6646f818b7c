/*
 * The scopes of a caller whom a token and a record speak for.
 */

#include "ngx_http_partner_jwt.h"


/* Keeps the narrower set on the account of the partner. */
static ngx_int_t
ngx_http_partner_narrowed(ngx_http_partner_call_t *call, u_char *set,
                          size_t len)
{
    ngx_partner_zone_t  *zone;
    ngx_partner_owner_t  owner;
    ngx_partner_names_t *names;

    zone = call->pmcf->zone;
    names = &zone->shared->names;
    owner = ngx_partner_names_get(names, call->principal.partner);

    ngx_partner_zone_lock(zone);

    call->principal.scopes
        = ngx_partner_names_admit(names, &owner, (char *) set, len);

    if (call->principal.scopes == 0 && len > 0) {
        ngx_partner_zone_crowded(zone, &owner, 0,
                                 call->request->connection->log);
        call->verdict = NGX_HTTP_PARTNER_STORE_UNAVAILABLE;
    }

    ngx_partner_zone_unlock(zone);

    return (call->principal.scopes != 0 || len == 0) ? NGX_OK : NGX_DECLINED;
}


/*
 * The scopes of the token that the client's record covers: neither the issuer
 * nor the record alone decides.
 */
ngx_int_t
ngx_http_partner_narrow(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    u_char              set[LP_SCOPE_SET_LEN], *out, *p, *end, *space;
    ngx_str_t           token, record;
    ngx_partner_zone_t *zone;

    (void) r;

    if (call->token == NULL || call->token->narrowed) {
        return NGX_OK;
    }

    call->token->narrowed = 1;
    zone = call->pmcf->zone;
    token = ngx_partner_names_get(&zone->shared->names, call->token->scopes);
    record
        = ngx_partner_names_get(&zone->shared->names, call->principal.scopes);
    out = set;

    for (p = token.data, end = p + token.len; p < end; p = space + 1) {
        space = ngx_strlchr(p, end, ' ');
        space = (space != NULL) ? space : end;

        if (lp_scope_set_covers((char *) record.data, record.len, (char *) p,
                                space - p)) {
            out = (out > set) ? ngx_cpymem(out, " ", 1) : out;
            out = ngx_cpymem(out, p, space - p);
        }
    }

    if ((size_t) (out - set) == token.len) {
        call->principal.scopes = call->token->scopes;
        return NGX_OK;
    }

    return ngx_http_partner_narrowed(call, set, out - set);
}
