/*
 * What counts of a token that says nothing itself.  Answers are remembered:
 * what is active in the zone of tokens, what is not in a table of the worker's
 * own, which no flood can fill with more than it has room for.
 */

#include "ngx_http_partner_introspection.h"

#include "../libpartner/lp_introspection.h"


#define NGX_HTTP_PARTNER_INACTIVE 4096 /* entries, a power of two */


ngx_uint_t
ngx_http_partner_opaque(const ngx_str_t *text)
{
    size_t i;
    u_char c;

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if (!((c >= '0' && c <= '9')
              || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
              || strchr("-._~+/=", c) != NULL)) {
            return 0;
        }
    }

    return text->len > 0 && text->len <= NGX_HTTP_PARTNER_OPAQUE_LEN;
}


static ngx_http_partner_inactive_t *
ngx_http_partner_inspect_place(ngx_http_partner_inspect_t *inspect,
                               const u_char               *tag)
{
    uint32_t hash;

    ngx_memcpy(&hash, tag, sizeof(hash));

    return &inspect->inactive[hash & (NGX_HTTP_PARTNER_INACTIVE - 1)];
}


/* What its issuer said before does not count any more. */
static void
ngx_http_partner_inspect_drop(ngx_http_partner_call_t *call)
{
    ngx_partner_token_zone_t *zone;

    zone = call->pmcf->jwt->zone;

    ngx_partner_tokens_lock(zone);
    ngx_partner_tokens_drop(zone->shared, call->token->tag);
    ngx_partner_tokens_unlock(zone);
}


static void
ngx_http_partner_inspect_note(ngx_http_partner_call_t    *call,
                              ngx_http_partner_inspect_t *inspect)
{
    ngx_http_partner_inactive_t *place;

    place = ngx_http_partner_inspect_place(inspect, call->token->tag);
    ngx_memcpy(place->tag, call->token->tag, LP_TAG_LEN);
    place->until = ngx_time() + inspect->negative;
}


/*
 * Whether what the issuer said before still counts though it cannot be asked:
 * within the tier's stale limit, as for keys that Redis cannot confirm.
 */
static ngx_uint_t
ngx_http_partner_inspect_known(ngx_http_partner_call_t    *call,
                               ngx_http_partner_inspect_t *inspect,
                               ngx_partner_token_t        *token)
{
    time_t                    stale;
    ngx_partner_token_t      *seen;
    ngx_partner_token_zone_t *zone;

    zone = call->pmcf->jwt->zone;

    ngx_partner_tokens_lock(zone);
    seen = ngx_partner_tokens_find(zone->shared, call->token->tag);

    if (seen != NULL) {
        *token = *seen;
    }

    ngx_partner_tokens_unlock(zone);

    if (seen == NULL || token->issuer != inspect->issuer->id) {
        return 0;
    }

    stale = (time_t) (ngx_http_partner_stale(call, token->tier) / 1000);

    if (ngx_time() - token->asked > stale) {
        return 0;
    }

    (void) ngx_atomic_fetch_add(&call->pmcf->zone->shared->stats.stale_served,
                                1);

    return 1;
}


static ngx_int_t
ngx_http_partner_inspect_stale(ngx_http_partner_call_t    *call,
                               ngx_http_partner_inspect_t *inspect,
                               ngx_partner_token_t        *token)
{
    if (ngx_http_partner_inspect_known(call, inspect, token)) {
        return NGX_OK;
    }

    call->verdict = NGX_HTTP_PARTNER_INTROSPECTION_UNAVAILABLE;

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_partner_inspect_judge(ngx_http_partner_call_t    *call,
                               ngx_http_partner_inspect_t *inspect,
                               ngx_partner_token_t        *token)
{
    lp_jwt_t        *jwt;
    ngx_int_t        rc;
    const ngx_str_t *body;

    if (inspect->answered->status != NGX_HTTP_OK) {
        return ngx_http_partner_inspect_stale(call, inspect, token);
    }

    jwt = call->pmcf->jwt->jwt;
    body = &inspect->answered->body;

    switch (lp_introspection_read(jwt, (char *) body->data, body->len)) {

    case LP_INTROSPECTION_ACTIVE:
        rc = ngx_http_partner_jwt_introspected(call, inspect->issuer, token);

        if (rc != NGX_OK) {
            ngx_http_partner_inspect_drop(call);
        }

        return rc;

    case LP_INTROSPECTION_INACTIVE:
        ngx_http_partner_inspect_drop(call);
        ngx_http_partner_inspect_note(call, inspect);
        call->verdict = NGX_HTTP_PARTNER_INACTIVE_TOKEN;
        return NGX_DECLINED;

    default:
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "partner_introspection \"%V\" answered what is none of "
                      "RFC 7662",
                      &inspect->issuer->location);
        return ngx_http_partner_inspect_stale(call, inspect, token);
    }
}


ngx_int_t
ngx_http_partner_inspect(ngx_http_request_t *r, ngx_http_partner_call_t *call,
                         ngx_partner_token_t *token)
{
    ngx_http_partner_inspect_t  *inspect;
    ngx_http_partner_inactive_t *place;

    inspect = call->pmcf->jwt->inspect;

    if (inspect->answered != NULL
        && lp_tag_equal(inspect->answered->tag, call->token->tag)) {
        return ngx_http_partner_inspect_judge(call, inspect, token);
    }

    place = ngx_http_partner_inspect_place(inspect, call->token->tag);

    if (place->until > ngx_time()
        && lp_tag_equal(place->tag, call->token->tag)) {
        call->verdict = NGX_HTTP_PARTNER_INACTIVE_TOKEN;
        return NGX_DECLINED;
    }

    if (inspect->lost
        && ngx_http_partner_inspect_known(call, inspect, token)) {
        ngx_http_partner_inquiry_probe(r, call, inspect);
        return NGX_OK;
    }

    switch (ngx_http_partner_inquiry_wait(r, call, inspect)) {

    case NGX_AGAIN:
        return NGX_AGAIN;

    case NGX_BUSY:

        /* whoever fills the room would otherwise decide what still counts */
        call->verdict = NGX_HTTP_PARTNER_INTROSPECTION_UNAVAILABLE;
        return NGX_DECLINED;

    case NGX_ABORT:
        call->verdict = NGX_HTTP_PARTNER_UNKNOWN_TOKENS;
        return NGX_DECLINED;

    default:
        return ngx_http_partner_inspect_stale(call, inspect, token);
    }
}


ngx_int_t
ngx_http_partner_inspect_start(ngx_http_partner_inspect_t *inspect)
{
    ngx_http_partner_inquiry_start(inspect);

    inspect->inactive = ngx_calloc(NGX_HTTP_PARTNER_INACTIVE
                                       * sizeof(ngx_http_partner_inactive_t),
                                   ngx_cycle->log);

    return (inspect->inactive != NULL) ? NGX_OK : NGX_ERROR;
}


void
ngx_http_partner_inspect_stop(ngx_http_partner_inspect_t *inspect)
{
    ngx_free(inspect->inactive);
    inspect->inactive = NULL;
}
