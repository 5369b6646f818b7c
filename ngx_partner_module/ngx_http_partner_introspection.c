/*
 * Asks about tokens, and remembers the answers: what is active in the zone of
 * tokens, what is not in a table of the worker's own, which no flood can fill
 * with more than it has room for.
 */

#include "ngx_http_partner_introspection.h"

#include "../libpartner/lp_introspection.h"


#define NGX_HTTP_PARTNER_INACTIVE 4096 /* entries, a power of two */

/* Of the rate for unknown tokens so much may come at once. */
#define NGX_HTTP_PARTNER_UNKNOWN_BURST 1000000 /* us */


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


/* The answer, to all who wait; each of them reads it. */
static void
ngx_http_partner_inspect_answered(void *data, ngx_msec_t begun,
                                  ngx_uint_t status, const ngx_str_t *body)
{
    ngx_http_partner_issuer_t  *issuer;
    ngx_http_partner_inquiry_t *inquiry;
    ngx_http_partner_inspect_t *inspect;

    (void) begun;

    inquiry = data;
    inspect = inquiry->inspect;
    issuer = inspect->issuer;

    inquiry->status = status;
    inquiry->body = *body;
    ngx_queue_remove(&inquiry->queue);

    if (status != NGX_HTTP_OK) {
        (void) ngx_atomic_fetch_add(&issuer->zone->shared->unanswered, 1);
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "partner_introspection \"%V\" answered %ui, allowed is "
                      "200%s",
                      &issuer->location, status,
                      status == NGX_HTTP_UNAUTHORIZED
                          ? "; does a proxy_set_header there take the field "
                            "Authorization away?"
                          : "");
    }

    inspect->answered = inquiry;
    ngx_partner_parking_release(&inquiry->parking, ngx_current_msec);
    inspect->answered = NULL;

    ngx_free(inquiry);
}


/* The form of RFC 7662, section 2.1. */
static ngx_int_t
ngx_http_partner_inspect_form(ngx_http_request_t *r, const ngx_str_t *token,
                              ngx_str_t *form)
{
    u_char *p;
    size_t  escaped;

    static const char name[] = "token=";
    static const char hint[] = "&token_type_hint=access_token";

    escaped = 2
              * ngx_escape_uri(NULL, token->data, token->len,
                               NGX_ESCAPE_URI_COMPONENT);
    form->data = ngx_pnalloc(r->pool, sizeof(name) + token->len + escaped
                                          + sizeof(hint));

    if (form->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(form->data, name, sizeof(name) - 1);
    p = (u_char *) ngx_escape_uri(p, token->data, token->len,
                                  NGX_ESCAPE_URI_COMPONENT);
    p = ngx_cpymem(p, hint, sizeof(hint) - 1);
    form->len = p - form->data;

    return NGX_OK;
}


static ngx_http_partner_inquiry_t *
ngx_http_partner_inspect_ask(ngx_http_request_t         *r,
                             ngx_http_partner_call_t    *call,
                             ngx_http_partner_inspect_t *inspect)
{
    ngx_http_partner_fetch_t    fetch;
    ngx_http_partner_inquiry_t *inquiry;

    inquiry = ngx_alloc(sizeof(ngx_http_partner_inquiry_t), ngx_cycle->log);

    if (inquiry == NULL) {
        return NULL;
    }

    ngx_memzero(inquiry, sizeof(ngx_http_partner_inquiry_t));
    inquiry->inspect = inspect;
    ngx_memcpy(inquiry->tag, call->token->tag, LP_TAG_LEN);
    ngx_partner_parking_init(&inquiry->parking, inspect->issuer->waiting);

    ngx_memzero(&fetch, sizeof(ngx_http_partner_fetch_t));
    fetch.server = inspect->issuer->server;
    fetch.uri = inspect->issuer->location;
    fetch.authorization = inspect->authorization;
    fetch.done = ngx_http_partner_inspect_answered;
    fetch.data = inquiry;

    if (ngx_http_partner_inspect_form(r, &call->token->text, &fetch.form)
            != NGX_OK
        || ngx_http_partner_fetch(&fetch) != NGX_OK) {
        ngx_free(inquiry);
        return NULL;
    }

    (void) ngx_atomic_fetch_add(&inspect->issuer->zone->shared->inquiries, 1);
    ngx_queue_insert_tail(&inspect->inquiries, &inquiry->queue);

    return inquiry;
}


/*
 * Whether the issuer may be asked.  Who invents tokens has it asked about each,
 * so questions about those of which nothing is known have a rate.  A token that
 * it once called active needs none of it, and no flood keeps it out.
 */
static ngx_uint_t
ngx_http_partner_inspect_allowed(const ngx_http_partner_call_t    *call,
                                 const ngx_http_partner_inspect_t *inspect)
{
    uint64_t                  now, paid;
    ngx_uint_t                allowed;
    ngx_partner_token_t      *seen;
    ngx_partner_tokens_t     *tokens;
    ngx_partner_token_zone_t *zone;

    zone = call->pmcf->jwt->zone;
    tokens = zone->shared;

    ngx_partner_tokens_lock(zone);

    seen = ngx_partner_tokens_find(tokens, call->token->tag);
    allowed = seen != NULL && seen->issuer == inspect->issuer->id;

    if (!allowed) {
        now = (uint64_t) ngx_current_msec * 1000;
        paid = ngx_max(tokens->paid, now) + 1000000 / inspect->unknown;
        allowed = paid <= now + NGX_HTTP_PARTNER_UNKNOWN_BURST;
        tokens->paid = allowed ? paid : tokens->paid;
        tokens->unasked += !allowed;
    }

    ngx_partner_tokens_unlock(zone);

    return allowed;
}


/*
 * Waits for the question about this token.  NGX_BUSY: too many wait.
 * NGX_ABORT: too many are unknown.  NGX_DECLINED: it cannot be put.
 */
static ngx_int_t
ngx_http_partner_inspect_wait(ngx_http_request_t         *r,
                              ngx_http_partner_call_t    *call,
                              ngx_http_partner_inspect_t *inspect)
{
    ngx_uint_t                  waiting;
    ngx_queue_t                *q;
    ngx_http_partner_inquiry_t *inquiry, *found;

    found = NULL;
    waiting = 0;

    for (q = ngx_queue_head(&inspect->inquiries);
         q != ngx_queue_sentinel(&inspect->inquiries); q = ngx_queue_next(q)) {
        inquiry = ngx_queue_data(q, ngx_http_partner_inquiry_t, queue);

        /* a question goes on when all have left that waited for it */
        waiting += ngx_max(inquiry->parking.n, 1);

        if (lp_tag_equal(inquiry->tag, call->token->tag)) {
            found = inquiry;
        }
    }

    if (waiting >= inspect->issuer->waiting) {
        return NGX_BUSY;
    }

    if (found == NULL) {
        if (!ngx_http_partner_inspect_allowed(call, inspect)) {
            return NGX_ABORT;
        }

        found = ngx_http_partner_inspect_ask(r, call, inspect);
    }

    return (found != NULL
            && ngx_partner_parking_wait(&found->parking, &call->token->parked)
                   == NGX_AGAIN)
               ? NGX_AGAIN
               : NGX_DECLINED;
}


/*
 * The issuer cannot be asked: what it said before counts within the tier's
 * stale limit, as for keys that Redis cannot confirm.
 */
static ngx_int_t
ngx_http_partner_inspect_stale(ngx_http_partner_call_t    *call,
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

    if (seen != NULL && token->issuer == inspect->issuer->id) {
        stale = (time_t) (ngx_http_partner_stale(call, token->tier) / 1000);

        if (ngx_time() - token->asked <= stale) {
            (void) ngx_atomic_fetch_add(
                &call->pmcf->zone->shared->stats.stale_served, 1);
            return NGX_OK;
        }
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

    switch (ngx_http_partner_inspect_wait(r, call, inspect)) {

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
    ngx_queue_init(&inspect->inquiries);
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
