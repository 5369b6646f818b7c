/*
 * Which credential the call carries, and that it carries one alone.
 * Only its digest is kept.
 */

#include "ngx_http_partner_introspection.h"
#include "ngx_http_partner_pepper.h"

#include "../libpartner/lp_jws.h"
#include "../libpartner/lp_key.h"


#define NGX_HTTP_PARTNER_BEARER "Bearer"


/*
 * What the call brought, wherever it stands: more than one is refused, even if
 * they are the same, since nobody can say which of them was meant.
 */
typedef struct {
    ngx_str_t  token;  /* the last one found */
    ngx_uint_t tokens; /* how many there are */
} ngx_http_partner_brought_t;


/*
 * The token of `Authorization: Bearer <token>` (RFC 6750, section 2.1), behind
 * spaces (RFC 9110, section 11.4).  A tab is nothing else there, but is said to
 * be the mistake: it begins a token that has no form.  nginx itself refuses a
 * request with two such fields.
 */
static void
ngx_http_partner_bearer(ngx_http_request_t         *r,
                        ngx_http_partner_brought_t *brought)
{
    u_char    *p, *end;
    size_t     scheme;
    ngx_str_t *value;

    if (r->headers_in.authorization == NULL) {
        return;
    }

    value = &r->headers_in.authorization->value;
    scheme = sizeof(NGX_HTTP_PARTNER_BEARER) - 1;

    if (value->len <= scheme
        || (value->data[scheme] != ' ' && value->data[scheme] != '\t')
        || (ngx_memcmp(value->data, NGX_HTTP_PARTNER_BEARER, scheme) != 0
            && ngx_strncasecmp(value->data, (u_char *) NGX_HTTP_PARTNER_BEARER,
                               scheme)
                   != 0)) {
        return;
    }

    end = value->data + value->len;

    for (p = value->data + scheme; p < end && *p == ' '; p++) {
        /* void */
    }

    brought->token.data = p;
    brought->token.len = end - p;
    brought->tokens++;
}


static ngx_int_t
ngx_http_partner_credential_token(ngx_http_request_t      *r,
                                  ngx_http_partner_call_t *call,
                                  const ngx_str_t *token, ngx_uint_t kind)
{
    if (!(call->location->auth & kind)) {
        call->verdict = NGX_HTTP_PARTNER_MALFORMED_CREDENTIAL;
        return NGX_DECLINED;
    }

    call->token = ngx_pcalloc(r->pool, sizeof(ngx_http_partner_bearer_t));

    if (call->token == NULL) {
        return NGX_ERROR;
    }

    call->token->text = *token;
    call->token->opaque = kind == NGX_HTTP_PARTNER_AUTH_OPAQUE;

    return NGX_OK;
}


/*
 * A key of this worker's recent past had its form then, too.  What is not known
 * by any of several digests is not kept: it may turn out to be another one's.
 */
static ngx_int_t
ngx_http_partner_credential_key(ngx_http_request_t      *r,
                                ngx_http_partner_call_t *call,
                                const ngx_str_t         *key)
{
    uint8_t      tag[LP_TAG_LEN];
    ngx_int_t    rc;
    lp_recent_t *recent;

    recent = call->pmcf->recent_keys;

    if (!lp_recent_find(recent, key->data, key->len, tag, call->digest)) {

        if (!lp_key_well_formed((char *) key->data, key->len)) {
            call->verdict = NGX_HTTP_PARTNER_MALFORMED_CREDENTIAL;
            return NGX_DECLINED;
        }

        rc = ngx_http_partner_pepper_digest(r, call, key);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_OK) {
            lp_recent_keep(recent, tag, call->digest);
        }
    }

    call->digested = 1;

    return NGX_OK;
}


/* A field that nginx does not know may come as often as the client likes. */
static void
ngx_http_partner_fields(ngx_http_request_t                 *r,
                        const ngx_http_partner_key_place_t *place,
                        ngx_http_partner_brought_t         *brought)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == place->header_hash
                && h[i].key.len == place->header.len
                && ngx_memcmp(h[i].lowcase_key, place->header.data,
                              place->header.len)
                       == 0) {
                brought->token = h[i].value;
                brought->tokens++;
            }
        }
    }
}


/* Neither a key nor a JWT, but what an issuer could be asked about. */
static ngx_uint_t
ngx_http_partner_credential_opaque(const ngx_http_partner_call_t *call,
                                   const ngx_str_t               *token)
{
    return (call->location->auth & NGX_HTTP_PARTNER_AUTH_OPAQUE)
           && (token->len < 3 || ngx_memcmp(token->data, "sk_", 3) != 0)
           && ngx_http_partner_opaque(token);
}


/*
 * Two dots are a JWT, whatever else, and what begins as a key does is one: no
 * credential of one kind is ever tried as another.
 */
static ngx_int_t
ngx_http_partner_digest(ngx_http_request_t *r, ngx_http_partner_call_t *call,
                        const ngx_http_partner_brought_t *brought)
{
    const ngx_str_t *token;

    token = &brought->token;

    if (brought->tokens > 1) {
        call->verdict = NGX_HTTP_PARTNER_AMBIGUOUS_CREDENTIAL;
        return NGX_DECLINED;
    }

    if (brought->tokens == 0) {
        call->verdict = NGX_HTTP_PARTNER_MISSING_CREDENTIAL;
        return NGX_DECLINED;
    }

    if (lp_jws_looks_like((char *) token->data, token->len)) {
        return ngx_http_partner_credential_token(r, call, token,
                                                 NGX_HTTP_PARTNER_AUTH_JWT);
    }

    if (ngx_http_partner_credential_opaque(call, token)) {
        return ngx_http_partner_credential_token(r, call, token,
                                                 NGX_HTTP_PARTNER_AUTH_OPAQUE);
    }

    if (!(call->location->auth & NGX_HTTP_PARTNER_AUTH_KEY)) {
        call->verdict = NGX_HTTP_PARTNER_MALFORMED_CREDENTIAL;
        return NGX_DECLINED;
    }

    return ngx_http_partner_credential_key(r, call, token);
}


ngx_int_t
ngx_http_partner_credential(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call)
{
    ngx_int_t                           rc;
    ngx_http_partner_brought_t          brought;
    const ngx_http_partner_key_place_t *place;

    if (call->digested || call->token != NULL) {
        return NGX_OK;
    }

    place = &call->location->place;
    ngx_memzero(&brought, sizeof(ngx_http_partner_brought_t));

    ngx_http_partner_bearer(r, &brought);

    if (place->header.len != 0) {
        ngx_http_partner_fields(r, place, &brought);
    }

    if (place->query.len == 0) {
        return ngx_http_partner_digest(r, call, &brought);
    }

    brought.tokens
        += ngx_http_partner_query_find(r, &place->query, &brought.token);

    rc = ngx_http_partner_digest(r, call, &brought);

    /* a token is read later; good or not, it goes no further */

    if (call->token != NULL) {
        brought.token = call->token->text;
        call->token->text.data = ngx_pstrdup(r->pool, &brought.token);

        if (call->token->text.data == NULL) {
            return NGX_ERROR;
        }
    }

    return (ngx_http_partner_query_mask(r, &place->query) == NGX_OK)
               ? rc
               : NGX_ERROR;
}
