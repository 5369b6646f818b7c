/*
 * The variables: what a log format or a proxied header may want to know.
 */

#include "ngx_http_partner_meter.h"
#include "ngx_http_partner_redact.h"
#include "ngx_http_partner_slo.h"
#include "ngx_http_partner_trace.h"


typedef struct {
    ngx_str_t                 name;
    ngx_http_partner_value_pt value;
} ngx_http_partner_variable_t;


static ngx_int_t
ngx_http_partner_name(ngx_http_partner_call_t *call, ngx_partner_name_t name,
                      ngx_str_t *text)
{
    if (!call->identified || name == 0) {
        return NGX_DECLINED;
    }

    *text = ngx_partner_names_get(&call->pmcf->zone->shared->names, name);

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_id_value(ngx_http_request_t *r, ngx_http_partner_call_t *call,
                          ngx_str_t *text)
{
    (void) r;

    return ngx_http_partner_name(call, call->principal.partner, text);
}


ngx_int_t
ngx_http_partner_app_value(ngx_http_request_t      *r,
                           ngx_http_partner_call_t *call, ngx_str_t *text)
{
    (void) r;

    return ngx_http_partner_name(call, call->principal.application, text);
}


ngx_int_t
ngx_http_partner_scopes_value(ngx_http_request_t      *r,
                              ngx_http_partner_call_t *call, ngx_str_t *text)
{
    (void) r;

    return ngx_http_partner_name(call, call->principal.scopes, text);
}


ngx_int_t
ngx_http_partner_client_value(ngx_http_request_t      *r,
                              ngx_http_partner_call_t *call, ngx_str_t *text)
{
    (void) r;

    if (!call->identified) {
        return NGX_DECLINED;
    }

    text->data = call->principal.id;
    text->len = call->principal.id_len;

    return NGX_OK;
}


static void
ngx_http_partner_static(const char *value, ngx_str_t *text)
{
    text->data = (u_char *) value;
    text->len = ngx_strlen(value);
}


ngx_int_t
ngx_http_partner_tier_value(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call, ngx_str_t *text)
{
    (void) r;

    if (!call->identified) {
        return NGX_DECLINED;
    }

    ngx_http_partner_static(lp_tier_name(call->principal.tier), text);

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_operation_value(ngx_http_request_t      *r,
                                 ngx_http_partner_call_t *call,
                                 ngx_str_t               *text)
{
    (void) r;

    if (call->operation == NULL) {
        return NGX_DECLINED;
    }

    *text = call->operation->id;

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_auth_value(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call, ngx_str_t *text)
{
    (void) r;

    if (call->verdict == NGX_HTTP_PARTNER_PASSED
        || ngx_http_partner_verdict_known(call->verdict)) {
        ngx_http_partner_static(call->identified ? "passed" : "waiting", text);

    } else {
        ngx_http_partner_static(
            ngx_http_partner_verdict_problem(call->verdict)->code, text);
    }

    return NGX_OK;
}


static const char *
ngx_http_partner_limit_passed(const ngx_http_partner_decision_t *d)
{
    if (d->dry) {
        return "dry_run";
    }

    return (d->known || d->n == 0) ? "passed" : "allowed_without_redis";
}


static ngx_int_t
ngx_http_partner_limit_value(ngx_http_request_t      *r,
                             ngx_http_partner_call_t *call, ngx_str_t *text)
{
    (void) r;

    switch (call->verdict) {

    case NGX_HTTP_PARTNER_OVERLOADED:
    case NGX_HTTP_PARTNER_CONCURRENCY_LIMITED:
    case NGX_HTTP_PARTNER_RATE_LIMITED:
    case NGX_HTTP_PARTNER_LIMITER_UNAVAILABLE:
        ngx_http_partner_static(
            ngx_http_partner_verdict_problem(call->verdict)->code, text);
        return NGX_OK;

    default:
        break;
    }

    if (call->decision.limits == NULL && !call->flying) {
        return NGX_DECLINED;
    }

    ngx_http_partner_static(ngx_http_partner_limit_passed(&call->decision),
                            text);

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_number(ngx_http_request_t *r, const char *fmt, uint64_t n,
                        uint64_t rest, ngx_str_t *text)
{
    text->data = ngx_pnalloc(r->pool, 2 * NGX_INT64_LEN);

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_sprintf(text->data, fmt, n, rest) - text->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_redactions_value(ngx_http_request_t      *r,
                                  ngx_http_partner_call_t *call,
                                  ngx_str_t               *text)
{
    return ngx_http_partner_number(r, "%uL", call->redactions, 0, text);
}


/* "email=2,name=1", of classes that have any. */
static ngx_int_t
ngx_http_partner_classes_value(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call, ngx_str_t *text)
{
    u_char *p;
    unsigned class;

    if (call->redactions == 0) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, LP_REDACT_CLASSES * 32);

    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;

    for (class = 0; class < LP_REDACT_CLASSES; class ++) {

        if (call->by_class[class] != 0) {
            p = ngx_sprintf(p, "%s%s=%uD", p == text->data ? "" : ",",
                            lp_redact_class_name(class),
                            call->by_class[class]);
        }
    }

    text->len = p - text->data;

    return NGX_OK;
}


/* Seconds, to the microsecond; the time so far until the call is logged. */
static ngx_int_t
ngx_http_partner_part_value(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call,
                            ngx_partner_part_t part, ngx_str_t *text)
{
    uint64_t            us;
    ngx_partner_times_t times;

    ngx_http_partner_times(r, call, ngx_http_partner_elapsed(&call->started),
                           &times);
    us = ngx_partner_times_part(&times, part);

    return ngx_http_partner_number(r, "%uL.%06uL", us / 1000000, us % 1000000,
                                   text);
}


static ngx_int_t
ngx_http_partner_latency_value(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call, ngx_str_t *text)
{
    return ngx_http_partner_part_value(r, call, NGX_PARTNER_PART_TOTAL, text);
}


static ngx_int_t
ngx_http_partner_own_value(ngx_http_request_t      *r,
                           ngx_http_partner_call_t *call, ngx_str_t *text)
{
    return ngx_http_partner_part_value(r, call, NGX_PARTNER_PART_GATEWAY,
                                       text);
}


static ngx_int_t
ngx_http_partner_upstream_value(ngx_http_request_t      *r,
                                ngx_http_partner_call_t *call, ngx_str_t *text)
{
    return ngx_http_partner_part_value(r, call, NGX_PARTNER_PART_UPSTREAM,
                                       text);
}


/* None where nothing is redacted. */
static ngx_int_t
ngx_http_partner_profile_value(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call, ngx_str_t *text)
{
    ngx_http_partner_profile_t   *profile;
    ngx_http_partner_loc_conf_t  *plcf;
    ngx_http_partner_operation_t *op;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_partner_module);
    (void) ngx_http_partner_redact_operation(r, plcf, call, &op);
    profile = ngx_http_partner_redact_profile(plcf, call, op);

    if (profile == NULL) {
        return NGX_DECLINED;
    }

    *text = profile->name;

    return NGX_OK;
}


static const ngx_http_partner_variable_t ngx_http_partner_variables[] = {
    { ngx_string("partner_id"), ngx_http_partner_id_value },
    { ngx_string("partner_app"), ngx_http_partner_app_value },
    { ngx_string("partner_client"), ngx_http_partner_client_value },
    { ngx_string("partner_tier"), ngx_http_partner_tier_value },
    { ngx_string("partner_scopes"), ngx_http_partner_scopes_value },
    { ngx_string("partner_operation"), ngx_http_partner_operation_value },
    { ngx_string("partner_cache_key"), ngx_http_partner_cache_key_value },
    { ngx_string("partner_auth_status"), ngx_http_partner_auth_value },
    { ngx_string("partner_limit_status"), ngx_http_partner_limit_value },
    { ngx_string("partner_redactions"), ngx_http_partner_redactions_value },
    { ngx_string("partner_redaction_classes"),
      ngx_http_partner_classes_value },
    { ngx_string("partner_redact_profile"), ngx_http_partner_profile_value },
    { ngx_string("partner_latency"), ngx_http_partner_latency_value },
    { ngx_string("partner_gateway_latency"), ngx_http_partner_own_value },
    { ngx_string("partner_upstream_latency"),
      ngx_http_partner_upstream_value },
    { ngx_string("partner_trace_id"), ngx_http_partner_trace_id_value },
    { ngx_string("partner_span_id"), ngx_http_partner_span_id_value },
    { ngx_string("partner_slo"), ngx_http_partner_slo_value },
    { ngx_string("partner_slo_budget"), ngx_http_partner_slo_budget_value },
    { ngx_string("partner_slo_burn_rate"), ngx_http_partner_slo_burn_value },
};

#define NGX_HTTP_PARTNER_VARIABLES                                            \
    (sizeof(ngx_http_partner_variables)                                       \
     / sizeof(ngx_http_partner_variables[0]))


static ngx_int_t
ngx_http_partner_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                          uintptr_t data)
{
    ngx_int_t                 rc;
    ngx_str_t                 text;
    ngx_http_partner_call_t  *call;
    ngx_http_partner_value_pt value;

    call = ngx_http_partner_call(r);
    value = ngx_http_partner_variables[data].value;
    rc = NGX_DECLINED;

    /* an empty cache key would be one for all */

    if (call != NULL || value == ngx_http_partner_cache_key_value) {
        rc = value(r, call, &text);
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = text.len;
    v->data = text.data;

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_add_variables(ngx_conf_t *cf)
{
    ngx_str_t            name;
    ngx_uint_t           i;
    ngx_http_variable_t *var;

    for (i = 0; i < NGX_HTTP_PARTNER_VARIABLES; i++) {
        name = ngx_http_partner_variables[i].name;
        var = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);

        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = ngx_http_partner_variable;
        var->data = i;
    }

    return NGX_OK;
}
