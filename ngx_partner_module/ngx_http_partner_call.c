/*
 * The call record.
 */

#include "ngx_http_partner_limit.h"
#include "ngx_http_partner_overload.h"


/* Whatever the call still waits for is told that nobody does. */
void
ngx_http_partner_call_cancel(ngx_http_partner_call_t *call)
{
    ngx_partner_lookup_cancel(&call->waiter);

    if (call->arrival != NULL) {
        ngx_partner_parking_leave(call->arrival);
    }

    if (call->token != NULL) {
        ngx_partner_parking_leave(&call->token->parked);
    }

    /* the question goes on: what it is lent belongs to the node */

    if (call->question != NULL) {
        call->question->call = NULL;
        call->question = NULL;
    }
}


static void
ngx_http_partner_call_cleanup(void *data)
{
    ngx_http_partner_call_cancel(data);
    ngx_http_partner_flight_end(data);
    ngx_http_partner_overload_end(data);
}


ngx_http_partner_call_t *
ngx_http_partner_call(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_partner_call_t *call;

    r = r->main;
    call = ngx_http_get_module_ctx(r, ngx_http_partner_module);

    if (call != NULL || (!r->internal && !r->filter_finalize)) {
        return call;
    }

    /* the context was wiped by a redirect, the pool was not */

    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_partner_call_cleanup) {
            ngx_http_set_ctx(r, cln->data, ngx_http_partner_module);
            return cln->data;
        }
    }

    return NULL;
}


ngx_http_partner_call_t *
ngx_http_partner_call_create(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_partner_call_t *call;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_partner_call_t));

    if (cln == NULL) {
        return NULL;
    }

    call = cln->data;
    ngx_memzero(call, sizeof(ngx_http_partner_call_t));

    cln->handler = ngx_http_partner_call_cleanup;

    call->request = r;
    call->pmcf = ngx_http_get_module_main_conf(r, ngx_http_partner_module);
    call->found = NGX_AGAIN;

    (void) clock_gettime(CLOCK_MONOTONIC, &call->started);

    ngx_http_set_ctx(r, call, ngx_http_partner_module);

    return call;
}


/* Microseconds; nginx's cached time moves in steps of one millisecond. */
uint64_t
ngx_http_partner_elapsed(const struct timespec *since)
{
    int64_t         us;
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    us = (int64_t) (now.tv_sec - since->tv_sec) * 1000000
         + (now.tv_nsec - since->tv_nsec) / 1000;

    return (us > 0) ? (uint64_t) us : 0;
}


ngx_msec_t
ngx_http_partner_stale(const ngx_http_partner_call_t *call, ngx_uint_t tier)
{
    return ngx_min(call->location->stale, call->pmcf->tiers[tier].stale);
}
