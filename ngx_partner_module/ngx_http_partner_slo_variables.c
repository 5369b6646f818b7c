/*
 * $partner_slo_*: what is left of the promise that this call is one of, of its
 * first objective.  A worker works it out once a second at most.
 */

#include "ngx_http_partner_slo.h"


ngx_int_t
ngx_http_partner_slo_value(ngx_http_request_t      *r,
                           ngx_http_partner_call_t *call, ngx_str_t *text)
{
    ngx_http_partner_slo_t *slo;

    (void) r;

    slo = ngx_http_partner_slo_of(call);

    if (slo == NULL) {
        return NGX_DECLINED;
    }

    *text = slo->name;

    return NGX_OK;
}


/* The worse of the two promises. */
static ngx_http_partner_slo_t *
ngx_http_partner_slo_said(ngx_http_partner_call_t *call)
{
    uint64_t                month, hour;
    ngx_http_partner_slo_t *slo;
    ngx_http_partner_sums_t sums;

    slo = ngx_http_partner_slo_of(call);

    if (slo == NULL || slo->said_at == ngx_time()) {
        return slo;
    }

    ngx_http_partner_slo_sums(call->pmcf, slo, sums);

    month = ngx_max(
        ngx_http_partner_slo_latency_burn(slo, sums[LP_SLO_30D]),
        ngx_http_partner_slo_availability_burn(slo, sums[LP_SLO_30D]));
    hour = ngx_max(
        ngx_http_partner_slo_latency_burn(slo, sums[LP_SLO_1H]),
        ngx_http_partner_slo_availability_burn(slo, sums[LP_SLO_1H]));

    slo->said_left = LP_SLO_ONE - (int64_t) month;
    slo->said_burn = (int64_t) hour;
    slo->said_at = ngx_time();

    return slo;
}


static ngx_int_t
ngx_http_partner_slo_millionths(ngx_http_request_t *r, int64_t n,
                                ngx_str_t *text)
{
    text->data = ngx_pnalloc(r->pool, NGX_HTTP_PARTNER_MILLIONTHS);

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_http_partner_millionths(text->data, n) - text->data;

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_slo_budget_value(ngx_http_request_t      *r,
                                  ngx_http_partner_call_t *call,
                                  ngx_str_t               *text)
{
    ngx_http_partner_slo_t *slo;

    slo = ngx_http_partner_slo_said(call);

    return (slo != NULL)
               ? ngx_http_partner_slo_millionths(r, slo->said_left, text)
               : NGX_DECLINED;
}


ngx_int_t
ngx_http_partner_slo_burn_value(ngx_http_request_t      *r,
                                ngx_http_partner_call_t *call, ngx_str_t *text)
{
    ngx_http_partner_slo_t *slo;

    slo = ngx_http_partner_slo_said(call);

    return (slo != NULL)
               ? ngx_http_partner_slo_millionths(r, slo->said_burn, text)
               : NGX_DECLINED;
}
