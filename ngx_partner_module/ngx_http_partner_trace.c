/*
 * W3C Trace Context: the call is a span of the caller's trace or of one that
 * begins here, and the upstream is told so.
 */

#include <openssl/rand.h>

#include "ngx_http_partner_option.h"
#include "ngx_http_partner_trace.h"


#define ngx_http_partner_in_location(field)                                   \
    offsetof(ngx_http_partner_loc_conf_t, field)


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_trace_options[] = {

    { ngx_string("sample"), ngx_http_partner_option_percent,
      ngx_http_partner_in_location(trace_sample), 0, 100000,
      NGX_HTTP_PARTNER_PERCENT_ALLOWED ", up to 100%", NULL },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


char *
ngx_http_partner_trace_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                 void *conf)
{
    ngx_str_t                   *args;
    ngx_uint_t                   i;
    ngx_http_partner_loc_conf_t *plcf = conf;

    static const ngx_str_t words[]
        = { ngx_string("off"), ngx_string("pass"), ngx_string("start") };

    (void) cmd;

    if (plcf->trace != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    args = cf->args->elts;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (ngx_strcmp(args[1].data, words[i].data) == 0) {
            plcf->trace = i;
            return ngx_http_partner_options(
                cf, 2, ngx_http_partner_trace_options, plcf);
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "partner_trace: invalid word \"%V\", allowed are "
                       "pass, start, off",
                       &args[1]);

    return NGX_CONF_ERROR;
}


static ngx_uint_t
ngx_http_partner_field_is(const ngx_table_elt_t *h, const char *name,
                          size_t len)
{
    return h->key.len == len && ngx_memcmp(h->lowcase_key, name, len) == 0;
}


/* The next field of that name behind `after`, from the first for NULL. */
static ngx_table_elt_t *
ngx_http_partner_field(ngx_http_request_t *r, const char *name, size_t len,
                       const ngx_table_elt_t *after)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (after == NULL && ngx_http_partner_field_is(&h[i], name, len)) {
                return &h[i];
            }

            if (after == &h[i]) {
                after = NULL;
            }
        }
    }

    return NULL;
}

#define ngx_http_partner_traceparent(r, after)                                \
    ngx_http_partner_field(r, "traceparent", 11, after)
#define ngx_http_partner_tracestate(r, after)                                 \
    ngx_http_partner_field(r, "tracestate", 10, after)


/* NGX_DECLINED: the caller names none, or none that can be gone on with. */
static ngx_int_t
ngx_http_partner_trace_callers(ngx_http_request_t *r, lp_trace_t *trace)
{
    ngx_table_elt_t *h;

    h = ngx_http_partner_traceparent(r, NULL);

    /* of two nobody knows which is meant */

    return (h != NULL && ngx_http_partner_traceparent(r, h) == NULL
            && lp_trace_parse((char *) h->value.data, h->value.len, trace)
                   == LP_OK)
               ? NGX_OK
               : NGX_DECLINED;
}


/* The call's own; NULL: no memory, or no randomness. */
static lp_trace_t *
ngx_http_partner_trace(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    u_char      random[LP_TRACE_RANDOM];
    lp_trace_t *trace;

    if (call->trace != NULL) {
        return call->trace;
    }

    trace = ngx_palloc(r->pool, sizeof(lp_trace_t));

    if (trace == NULL || RAND_bytes(random, sizeof(random)) != 1) {
        return NULL;
    }

    if (call->location->trace == NGX_HTTP_PARTNER_TRACE_PASS
        && ngx_http_partner_trace_callers(r, trace) == NGX_OK) {
        lp_trace_next(trace, random);

    } else {
        lp_trace_start(trace, random);
        trace->sampled
            = lp_trace_within(trace, (uint32_t) call->location->trace_sample);
        call->trace_started = 1;
    }

    call->trace = trace;

    return trace;
}


/*
 * Values are replaced in place, since others hold on to the list.  Of a trace
 * that begins here nothing of the caller's goes on: an empty tracestate is one
 * that says nothing, and a second traceparent becomes one as well.
 */
static void
ngx_http_partner_trace_replace(ngx_http_request_t            *r,
                               const ngx_http_partner_call_t *call,
                               ngx_table_elt_t *h, const ngx_str_t *value)
{
    static u_char name[] = "tracestate";

    h->value = *value;

    while ((h = ngx_http_partner_traceparent(r, h)) != NULL) {
        h->key.len = sizeof(name) - 1;
        h->key.data = name;
        h->lowcase_key = name;
        h->hash = ngx_hash_key(name, sizeof(name) - 1);
        h->value.len = 0;
    }

    h = NULL;

    while (call->trace_started
           && (h = ngx_http_partner_tracestate(r, h)) != NULL) {
        h->value.len = 0;
    }
}


static ngx_int_t
ngx_http_partner_trace_add(ngx_http_request_t *r, const ngx_str_t *value,
                           ngx_table_elt_t **h)
{
    static u_char name[] = "traceparent";

    *h = ngx_list_push(&r->headers_in.headers);

    if (*h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(*h, sizeof(ngx_table_elt_t)); /* `next` came with 1.23 */

    (*h)->hash = ngx_hash_key(name, sizeof(name) - 1);
    (*h)->key.len = sizeof(name) - 1;
    (*h)->key.data = name;
    (*h)->lowcase_key = name;
    (*h)->value = *value;

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_trace_send(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call)
{
    ngx_str_t        value;
    lp_trace_t      *trace;
    ngx_table_elt_t *h;

    if (call->location->trace == NGX_HTTP_PARTNER_TRACE_OFF) {
        return NGX_OK;
    }

    trace = ngx_http_partner_trace(r, call);
    value.len = LP_TRACE_LEN;
    value.data = ngx_pnalloc(r->pool, LP_TRACE_LEN + 1);

    if (trace == NULL || value.data == NULL) {
        return NGX_ERROR;
    }

    lp_trace_format(trace, (char *) value.data);
    value.data[LP_TRACE_LEN] = '\0';

    h = ngx_http_partner_traceparent(r, NULL);

    if (h == NULL && ngx_http_partner_trace_add(r, &value, &h) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_partner_trace_replace(r, call, h, &value);

    return NGX_OK;
}


/* A call that is refused has a trace as well, for who looks for it. */
static lp_trace_t *
ngx_http_partner_trace_said(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call)
{
    return (call->location->trace != NGX_HTTP_PARTNER_TRACE_OFF)
               ? ngx_http_partner_trace(r, call)
               : NULL;
}


ngx_int_t
ngx_http_partner_trace_id_value(ngx_http_request_t      *r,
                                ngx_http_partner_call_t *call, ngx_str_t *text)
{
    lp_trace_t *trace;

    trace = ngx_http_partner_trace_said(r, call);

    if (trace == NULL) {
        return NGX_DECLINED;
    }

    text->data = (u_char *) trace->id;
    text->len = LP_TRACE_ID;

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_span_id_value(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call, ngx_str_t *text)
{
    lp_trace_t *trace;

    trace = ngx_http_partner_trace_said(r, call);

    if (trace == NULL) {
        return NGX_DECLINED;
    }

    text->data = (u_char *) trace->span;
    text->len = LP_TRACE_SPAN;

    return NGX_OK;
}
