/*
 * The last stage, in the log phase: what the call was, how long it took, whom
 * it is counted for.
 */

#include "ngx_http_partner_meter.h"
#include "ngx_http_partner_slo.h"


static ngx_partner_outcome_t
ngx_http_partner_outcome(ngx_http_request_t            *r,
                         const ngx_http_partner_call_t *call)
{
    ngx_uint_t status;

    if (call->verdict == NGX_HTTP_PARTNER_NOT_REDACTABLE) {
        return NGX_PARTNER_SERVER_ERROR;
    }

    if (call->verdict != NGX_HTTP_PARTNER_PASSED) {
        return NGX_PARTNER_REFUSED;
    }

    status = r->err_status ? r->err_status : r->headers_out.status;

    if (status == NGX_HTTP_CLIENT_CLOSED_REQUEST || status == 0
        || r->connection->error) {
        return NGX_PARTNER_ABORTED;
    }

    if (status >= 500) {
        return NGX_PARTNER_SERVER_ERROR;
    }

    return (status >= 400) ? NGX_PARTNER_CLIENT_ERROR : NGX_PARTNER_OK;
}


_Static_assert(NGX_HTTP_PARTNER_VERDICTS <= NGX_PARTNER_VERDICTS_MAX,
               "each verdict has a counter");
_Static_assert((int) LP_REDACT_CLASSES <= NGX_PARTNER_REDACTIONS_MAX,
               "each class has a counter");


static void
ngx_http_partner_count_redactions(ngx_http_partner_call_t  *call,
                                  ngx_partner_stats_t      *stats,
                                  ngx_partner_tier_stats_t *tier)
{
    ngx_uint_t i;

    (void) ngx_atomic_fetch_add(&tier->redactions,
                                (ngx_atomic_int_t) call->redactions);

    for (i = 0; i < LP_REDACT_CLASSES; i++) {

        if (call->by_class[i] != 0) {
            (void) ngx_atomic_fetch_add(&stats->redactions[i],
                                        (ngx_atomic_int_t) call->by_class[i]);
        }
    }
}


static void
ngx_http_partner_count(ngx_http_partner_call_t   *call,
                       ngx_partner_outcome_t      outcome,
                       const ngx_partner_times_t *times)
{
    ngx_uint_t                   index;
    ngx_partner_stats_t         *stats;
    ngx_http_partner_tier_t     *conf;
    ngx_partner_tier_stats_t    *tier;
    ngx_partner_partner_stats_t *partner;

    stats = &call->pmcf->zone->shared->stats;
    index = call->identified ? call->principal.tier : LP_TIERS;
    tier = &stats->tiers[index];

    if (call->verdict != NGX_HTTP_PARTNER_PASSED) {
        (void) ngx_atomic_fetch_add(&stats->verdicts[call->verdict], 1);
    }

    (void) ngx_atomic_fetch_add(&tier->outcomes[outcome], 1);
    ngx_partner_latency_add(&tier->latency, times);

    if (call->redactions != 0) {
        ngx_http_partner_count_redactions(call, stats, tier);
    }

    if (!call->identified) {
        return;
    }

    conf = &call->pmcf->tiers[index];

    /* a failure is no fast answer */

    if ((outcome == NGX_PARTNER_OK || outcome == NGX_PARTNER_CLIENT_ERROR)
        && call->total_us <= (uint64_t) conf->latency * 1000) {
        (void) ngx_atomic_fetch_add(&tier->in_budget, 1);
    }

    if (call->operation != NULL && call->operation->stats != NULL) {
        (void) ngx_atomic_fetch_add(&call->operation->stats->outcomes[outcome],
                                    1);
    }

    if (call->operation != NULL && call->operation->latency != NULL) {
        ngx_partner_latency_add(call->operation->latency, times);
    }

    partner = ngx_partner_stats_partner(stats, call->principal.partner);

    if (partner != NULL) {
        (void) ngx_atomic_fetch_add(&partner->outcomes[outcome], 1);
    }
}


static void
ngx_http_partner_account(ngx_http_request_t *r, ngx_http_partner_call_t *call,
                         ngx_partner_outcome_t      outcome,
                         const ngx_partner_times_t *times)
{
    lp_usage_t             add;
    ngx_partner_usage_id_t id;

    id.hour = (uint32_t) (ngx_time() / 3600);
    id.outcome = outcome;
    id.partner = call->principal.partner;
    id.application = call->principal.application;
    id.operation = call->operation != NULL ? call->operation->ref : 0;

    add.calls = 1;
    add.request_bytes = (uint64_t) r->request_length;
    add.response_bytes = (uint64_t) r->connection->sent;
    add.upstream_us = times->us[NGX_PARTNER_PHASE_UPSTREAM];

    ngx_partner_usage_add(&call->pmcf->usage, &id, &add);
}


ngx_int_t
ngx_http_partner_meter_handler(ngx_http_request_t *r)
{
    ngx_partner_times_t      times;
    ngx_partner_outcome_t    outcome;
    ngx_http_partner_call_t *call;

    if (r != r->main) {
        return NGX_OK; /* `log_subrequest on` */
    }

    call = ngx_http_partner_call(r);

    if (call == NULL || !call->location->meter) {
        return NGX_OK;
    }

    call->total_us = ngx_http_partner_elapsed(&call->started);
    outcome = ngx_http_partner_outcome(r, call);

    ngx_http_partner_times(r, call, call->total_us, &times);
    ngx_partner_times_place(&times);
    ngx_http_partner_count(call, outcome, &times);

    if (call->identified) {
        ngx_http_partner_slo_count(call, outcome, &times);
        ngx_http_partner_account(r, call, outcome, &times);
    }

    return NGX_OK;
}
