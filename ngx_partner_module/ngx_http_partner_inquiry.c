/*
 * Questions to the issuer about tokens that say nothing themselves: one for all
 * of a worker who wait for the same, and none is waited for for long.
 */

#include "ngx_http_partner_introspection.h"


/*
 * A question is given up after so long, in ms: the location's own timeouts may
 * be a minute.
 */
#define NGX_HTTP_PARTNER_ASK_PATIENCE 5000

/* Between two questions that try whether a lost issuer is back, in ms. */
#define NGX_HTTP_PARTNER_ASK_PAUSE 1000

/* Of the rate for unknown tokens so much may come at once. */
#define NGX_HTTP_PARTNER_UNKNOWN_BURST 1000000 /* us */


/*
 * What nginx itself says for an issuer that it could not reach.  Any other
 * answer is one about this token alone, and whoever invents tokens might
 * provoke it: it must not decide what counts of others.
 */
static ngx_uint_t
ngx_http_partner_inquiry_unreached(ngx_uint_t status)
{
    return status == 0 || status == NGX_HTTP_BAD_GATEWAY
           || status == NGX_HTTP_GATEWAY_TIME_OUT;
}


/* Said once for as long as it stays so. */
static void
ngx_http_partner_inquiry_say(ngx_http_partner_inspect_t *inspect,
                             ngx_uint_t                  status)
{
    ngx_str_t *location;

    location = &inspect->issuer->location;

    if (status == inspect->said) {
        return;
    }

    if (status == NGX_HTTP_OK) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "partner_introspection \"%V\" answers again", location);

    } else if (status == 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "partner_introspection \"%V\" does not answer",
                      location);

    } else {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "partner_introspection \"%V\" answered %ui, allowed is "
                      "200%s",
                      location, status,
                      status == NGX_HTTP_UNAUTHORIZED
                          ? "; does a proxy_set_header there take the field "
                            "Authorization away?"
                          : "");
    }

    inspect->said = status;
}


/* Notes how a question ended, and lets go all who wait; each reads it. */
static void
ngx_http_partner_inquiry_end(ngx_http_partner_inquiry_t *inquiry)
{
    ngx_http_partner_inspect_t *inspect;

    inspect = inquiry->inspect;
    inspect->lost = ngx_http_partner_inquiry_unreached(inquiry->status);
    inspect->again = ngx_current_msec + NGX_HTTP_PARTNER_ASK_PAUSE;

    if (inquiry->status != NGX_HTTP_OK) {
        (void) ngx_atomic_fetch_add(&inspect->issuer->zone->shared->unanswered,
                                    1);
    }

    ngx_http_partner_inquiry_say(inspect, inquiry->status);

    inspect->answered = inquiry;
    ngx_partner_parking_release(&inquiry->parking, ngx_current_msec);
    inspect->answered = NULL;
}


static void
ngx_http_partner_inquiry_answered(void *data, ngx_msec_t begun,
                                  ngx_uint_t status, const ngx_str_t *body)
{
    ngx_http_partner_inquiry_t *inquiry;
    ngx_http_partner_inspect_t *inspect;

    (void) begun;

    inquiry = data;
    inspect = inquiry->inspect;

    if (inquiry->patience.timer_set) {
        ngx_del_timer(&inquiry->patience);
    }

    ngx_queue_remove(&inquiry->queue);

    /* what was given up has failed already, and only good news are news */
    if (!inquiry->vain || !ngx_http_partner_inquiry_unreached(status)) {
        inquiry->status = status;
        inquiry->body = *body;
        ngx_http_partner_inquiry_end(inquiry);
    }

    ngx_queue_insert_head(&inspect->spare, &inquiry->queue);
}


static void
ngx_http_partner_inquiry_give_up(ngx_event_t *event)
{
    ngx_http_partner_inquiry_t *inquiry;

    inquiry = event->data;
    inquiry->vain = 1;

    ngx_http_partner_inquiry_end(inquiry);
}


/* The form of RFC 7662, section 2.1. */
static ngx_int_t
ngx_http_partner_inquiry_form(ngx_http_request_t *r, const ngx_str_t *token,
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


/* One that is over, or another: as many as there is room for questions. */
static ngx_http_partner_inquiry_t *
ngx_http_partner_inquiry_make(const ngx_http_partner_call_t *call,
                              ngx_http_partner_inspect_t    *inspect)
{
    ngx_http_partner_inquiry_t *inquiry;

    if (ngx_queue_empty(&inspect->spare)) {
        inquiry
            = ngx_palloc(ngx_cycle->pool, sizeof(ngx_http_partner_inquiry_t));

        if (inquiry == NULL) {
            return NULL;
        }

        ngx_queue_insert_head(&inspect->spare, &inquiry->queue);
    }

    inquiry = ngx_queue_data(ngx_queue_head(&inspect->spare),
                             ngx_http_partner_inquiry_t, queue);
    ngx_queue_remove(&inquiry->queue);
    ngx_memzero(inquiry, sizeof(ngx_http_partner_inquiry_t));

    inquiry->inspect = inspect;
    ngx_memcpy(inquiry->tag, call->token->tag, LP_TAG_LEN);
    ngx_partner_parking_init(&inquiry->parking, inspect->issuer->waiting);
    inquiry->patience.handler = ngx_http_partner_inquiry_give_up;
    inquiry->patience.data = inquiry;
    inquiry->patience.log = ngx_cycle->log;

    return inquiry;
}


static ngx_http_partner_inquiry_t *
ngx_http_partner_inquiry_ask(ngx_http_request_t         *r,
                             ngx_http_partner_call_t    *call,
                             ngx_http_partner_inspect_t *inspect)
{
    ngx_http_partner_fetch_t    fetch;
    ngx_http_partner_inquiry_t *inquiry;

    inquiry = ngx_http_partner_inquiry_make(call, inspect);

    if (inquiry == NULL) {
        return NULL;
    }

    ngx_memzero(&fetch, sizeof(ngx_http_partner_fetch_t));
    fetch.server = inspect->issuer->server;
    fetch.uri = inspect->issuer->location;
    fetch.authorization = inspect->authorization;
    fetch.done = ngx_http_partner_inquiry_answered;
    fetch.data = inquiry;

    if (ngx_http_partner_inquiry_form(r, &call->token->text, &fetch.form)
            != NGX_OK
        || ngx_http_partner_fetch(&fetch) != NGX_OK) {
        ngx_queue_insert_head(&inspect->spare, &inquiry->queue);
        return NULL;
    }

    (void) ngx_atomic_fetch_add(&inspect->issuer->zone->shared->inquiries, 1);
    ngx_queue_insert_tail(&inspect->inquiries, &inquiry->queue);
    ngx_add_timer(&inquiry->patience, NGX_HTTP_PARTNER_ASK_PATIENCE);

    return inquiry;
}


/*
 * Whether the issuer may be asked.  Who invents tokens has it asked about each,
 * so questions about those of which nothing is known have a rate.  A token that
 * it once called active needs none of it, and no flood keeps it out.
 */
static ngx_uint_t
ngx_http_partner_inquiry_allowed(const ngx_http_partner_call_t    *call,
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
 * The question about this token that is still waited for, or NULL; `room`: for
 * how many more calls or questions.
 */
static ngx_http_partner_inquiry_t *
ngx_http_partner_inquiry_find(const ngx_http_partner_call_t    *call,
                              const ngx_http_partner_inspect_t *inspect,
                              ngx_uint_t                       *room)
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

        if (!inquiry->vain && lp_tag_equal(inquiry->tag, call->token->tag)) {
            found = inquiry;
        }
    }

    *room = (waiting < inspect->issuer->waiting)
                ? inspect->issuer->waiting - waiting
                : 0;

    return found;
}


ngx_int_t
ngx_http_partner_inquiry_wait(ngx_http_request_t         *r,
                              ngx_http_partner_call_t    *call,
                              ngx_http_partner_inspect_t *inspect)
{
    ngx_uint_t                  room;
    ngx_http_partner_inquiry_t *found;

    found = ngx_http_partner_inquiry_find(call, inspect, &room);

    if (room == 0) {
        return NGX_BUSY;
    }

    if (found == NULL) {
        if (!ngx_http_partner_inquiry_allowed(call, inspect)) {
            return NGX_ABORT;
        }

        found = ngx_http_partner_inquiry_ask(r, call, inspect);
    }

    return (found != NULL
            && ngx_partner_parking_wait(&found->parking, &call->token->parked)
                   == NGX_AGAIN)
               ? NGX_AGAIN
               : NGX_DECLINED;
}


void
ngx_http_partner_inquiry_probe(ngx_http_request_t         *r,
                               ngx_http_partner_call_t    *call,
                               ngx_http_partner_inspect_t *inspect)
{
    ngx_uint_t room;

    if ((ngx_msec_int_t) (ngx_current_msec - inspect->again) < 0
        || ngx_http_partner_inquiry_find(call, inspect, &room) != NULL
        || room == 0) {
        return;
    }

    inspect->again = ngx_current_msec + NGX_HTTP_PARTNER_ASK_PATIENCE;
    (void) ngx_http_partner_inquiry_ask(r, call, inspect);
}


void
ngx_http_partner_inquiry_start(ngx_http_partner_inspect_t *inspect)
{
    ngx_queue_init(&inspect->inquiries);
    ngx_queue_init(&inspect->spare);
    inspect->said = NGX_HTTP_OK;
}
