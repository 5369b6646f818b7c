/*
 * When the phases of a call end.  The two that the stages cannot see are taken
 * by filters: the client's last byte goes by before an upstream is asked, the
 * upstream's last one before anything else is done to it.
 */

#include "ngx_http_partner_meter.h"
#include "ngx_http_partner_overload.h"
#include "ngx_http_partner_trace.h"


static ngx_int_t ngx_http_partner_clock_init(ngx_conf_t *cf);


static ngx_http_module_t ngx_http_partner_clock_module_ctx = {
    NULL,                        /* preconfiguration */
    ngx_http_partner_clock_init, /* postconfiguration */
    NULL,
    NULL, /* main configuration */
    NULL,
    NULL, /* server configuration */
    NULL,
    NULL /* location configuration */
};


ngx_module_t ngx_http_partner_clock_filter_module
    = { NGX_MODULE_V1, &ngx_http_partner_clock_module_ctx,
        NULL,          NGX_HTTP_MODULE,
        NULL,          NULL,
        NULL,          NULL,
        NULL,          NULL,
        NULL,          NGX_MODULE_V1_PADDING };


static ngx_http_output_header_filter_pt ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt   ngx_http_next_body_filter;
static ngx_http_request_body_filter_pt  ngx_http_next_request_body_filter;


/* nginx says of each try whom it asked. */
static ngx_uint_t
ngx_http_partner_proxied(ngx_http_request_t *r)
{
    ngx_uint_t                 i;
    ngx_http_upstream_state_t *state;

    if (r->upstream_states == NULL) {
        return 0;
    }

    state = r->upstream_states->elts;

    for (i = 0; i < r->upstream_states->nelts; i++) {
        if (state[i].peer != NULL) {
            return 1;
        }
    }

    return 0;
}


void
ngx_http_partner_times(ngx_http_request_t            *r,
                       const ngx_http_partner_call_t *call, uint64_t total,
                       ngx_partner_times_t *times)
{
    uint64_t asked, answered;

    ngx_memzero(times, sizeof(ngx_partner_times_t));

    times->proxied = ngx_http_partner_proxied(r);
    times->us[NGX_PARTNER_PHASE_STAGES] = call->stages_us;

    if (!times->proxied) {
        times->us[NGX_PARTNER_PHASE_DELIVERY]
            = total - ngx_min(call->stages_us, total);
        return;
    }

    /* an answer without a body, or one that never ended, ends with the call */

    answered = (call->answered_us != 0) ? call->answered_us : total;
    asked = ngx_max(call->stages_us, call->body_us);
    answered = ngx_max(asked, answered);

    times->us[NGX_PARTNER_PHASE_BODY] = asked - call->stages_us;
    times->us[NGX_PARTNER_PHASE_UPSTREAM] = answered - asked;
    times->us[NGX_PARTNER_PHASE_DELIVERY] = total - ngx_min(answered, total);
}


static ngx_uint_t
ngx_http_partner_is_last(const ngx_chain_t *in)
{
    for (/* void */; in != NULL; in = in->next) {
        if (in->buf->last_buf) {
            return 1;
        }
    }

    return 0;
}


/* 304 says how long another answer would be (RFC 9110, section 8.6). */
static off_t
ngx_http_partner_announced(const ngx_http_headers_out_t *out)
{
    return (out->status == NGX_HTTP_NO_CONTENT
            || out->status == NGX_HTTP_NOT_MODIFIED)
               ? 0
               : ngx_max(out->content_length_n, 0);
}


/*
 * A subrequest that breaks off ends no answer, as one of nginx' slices: what is
 * still owed then tells.  Filters behind this one may yet change the length.
 */
static void
ngx_http_partner_pay(ngx_http_request_t *r, ngx_http_partner_call_t *call,
                     const ngx_chain_t *in)
{
    if (!call->announced) {
        call->announced = 1;
        call->owed = ngx_http_partner_announced(&r->main->headers_out);
    }

    for (/* void */; in != NULL; in = in->next) {
        call->owed -= ngx_buf_size(in->buf);
    }
}


static void
ngx_http_partner_answered(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    call->answered_us = ngx_http_partner_elapsed(&call->started);
    ngx_http_partner_overload_answered(r, call);
}


/* Whether no body follows is known behind the last filter. */
static ngx_int_t
ngx_http_partner_clock_header_filter(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    ngx_http_partner_call_t *call;

    call = (r == r->main) ? ngx_http_partner_call(r) : NULL;

    if (call != NULL) {
        ngx_http_partner_overload_heard(r, call);
    }

    rc = ngx_http_next_header_filter(r);

    if (call != NULL && r->upstream != NULL && r->header_only) {
        ngx_http_partner_answered(r, call);
    }

    return rc;
}


static ngx_int_t
ngx_http_partner_clock_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_partner_call_t *call;

    call = (r->upstream != NULL) ? ngx_http_partner_call(r) : NULL;

    if (call != NULL) {
        ngx_http_partner_pay(r, call, in);

        if (r == r->main && ngx_http_partner_is_last(in)) {
            ngx_http_partner_answered(r, call);
        }
    }

    return ngx_http_next_body_filter(r, in);
}


static ngx_int_t
ngx_http_partner_clock_request_body_filter(ngx_http_request_t *r,
                                           ngx_chain_t        *in)
{
    ngx_http_partner_call_t *call;

    call = ngx_http_partner_is_last(in) ? ngx_http_partner_call(r) : NULL;

    if (call != NULL && call->passed) {

        /* unbuffered, it is sent on while it comes: both phases are one */

        if (!r->request_body_no_buffering) {
            call->body_us = ngx_http_partner_elapsed(&call->started);
        }

        ngx_http_partner_overload_asked(call);
    }

    return ngx_http_next_request_body_filter(r, in);
}


static ngx_int_t
ngx_http_partner_clock_init(ngx_conf_t *cf)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);

    if (!pmcf->used) {
        return NGX_OK;
    }

    if (pmcf->server_timing) {
        ngx_http_partner_timing_init();
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_partner_clock_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_partner_clock_body_filter;

    ngx_http_next_request_body_filter = ngx_http_top_request_body_filter;
    ngx_http_top_request_body_filter
        = ngx_http_partner_clock_request_body_filter;

    return NGX_OK;
}
