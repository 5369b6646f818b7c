/*
 * The last stage, in the log phase: what the call was, how long it took, whom
 * it is counted for.
 */

#include "ngx_http_partner_meter.h"
#include "ngx_http_partner_slo.h"


/* Whether the API has said anything, now or to who asked for it before. */
static ngx_uint_t
ngx_http_partner_answered(const ngx_http_request_t *r)
{
    ngx_uint_t                       i;
    const ngx_http_upstream_state_t *states;

    if (r->cached) {
        return 1;
    }

    if (r->upstream_states == NULL) {
        return 0;
    }

    states = r->upstream_states->elts;

    for (i = 0; i < r->upstream_states->nelts; i++) {
        if (states[i].status != 0) {
            return 1;
        }
    }

    return 0;
}


/*
 * Whether the API began an answer that it has not ended, or of which a part in
 * the midst is missing.  A tunnel has no end that it could lack.
 */
static ngx_uint_t
ngx_http_partner_broken(const ngx_http_request_t      *r,
                        const ngx_http_partner_call_t *call,
                        const ngx_partner_times_t     *times)
{
    if (!r->header_sent || r->header_only) {
        return 0;
    }

    return call->owed > 0
           || (times->proxied && call->answered_us == 0
               && r->headers_out.status != NGX_HTTP_SWITCHING_PROTOCOLS);
}


static ngx_partner_outcome_t
ngx_http_partner_outcome(const ngx_http_request_t      *r,
                         const ngx_http_partner_call_t *call,
                         const ngx_partner_times_t     *times)
{
    ngx_uint_t              status;
    const ngx_connection_t *c;

    if (call->verdict == NGX_HTTP_PARTNER_NOT_REDACTABLE) {
        return NGX_PARTNER_SERVER_ERROR;
    }

    if (call->verdict != NGX_HTTP_PARTNER_PASSED) {
        return NGX_PARTNER_REFUSED;
    }

    c = r->connection;
    status = r->err_status ? r->err_status : r->headers_out.status;

    /* time that runs out before an answer begins does so for the body */

    if (status == NGX_HTTP_CLIENT_CLOSED_REQUEST || status == 0 || c->error
        || (c->timedout && r->header_sent)) {
        return NGX_PARTNER_ABORTED;
    }

    if (ngx_http_partner_broken(r, call, times)) {
        return NGX_PARTNER_SERVER_ERROR;
    }

    if (status >= 500) {
        return NGX_PARTNER_SERVER_ERROR;
    }

    if (status < 400) {
        return NGX_PARTNER_OK;
    }

    /* nginx' own: a body that is broken, too slow, too large; `deny` */

    return ngx_http_partner_answered(r) ? NGX_PARTNER_CLIENT_ERROR
                                        : NGX_PARTNER_REFUSED;
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


/* What its tier and operation see of it. */
static ngx_inline void
ngx_http_partner_count_call(ngx_http_partner_call_t *call, ngx_uint_t tier,
                            ngx_partner_outcome_t      outcome,
                            const ngx_partner_times_t *times,
                            const lp_usage_t          *usage)
{
    ngx_partner_stats_t          *stats;
    ngx_partner_calls_place_t    *place;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = call->pmcf;
    stats = &pmcf->zone->shared->stats;
    place = (call->identified && call->operation != NULL)
                ? &call->operation->calls
                : &pmcf->calls;

    if (!place->tallies[tier].known) {
        ngx_partner_zone_lock(pmcf->zone);
        ngx_partner_calls_ask(place, stats, pmcf->seat, tier);
        ngx_partner_zone_unlock(pmcf->zone);
    }

    ngx_partner_calls_add(place, stats, tier, times, outcome, usage);
}


static void
ngx_http_partner_count_refusal(const ngx_http_partner_call_t *call,
                               ngx_partner_tier_stats_t      *tier)
{
    ngx_partner_partner_stats_t *operation;

    (void) ngx_atomic_fetch_add(&tier->verdicts[call->verdict], 1);

    operation = (call->identified && call->operation != NULL)
                    ? call->operation->calls.shared
                    : NULL;

    /* an answer that cannot be redacted is a server error already */

    if (operation != NULL && call->verdict != NGX_HTTP_PARTNER_NOT_REDACTABLE
        && ngx_http_partner_verdict_problem(call->verdict)->status >= 500) {
        (void) ngx_atomic_fetch_add(&operation->unavailable, 1);
    }
}


/* What not every call has: a refusal, a trace that is kept, redactions. */
static ngx_inline void
ngx_http_partner_count_rare(ngx_http_partner_call_t *call, ngx_uint_t i)
{
    ngx_partner_stats_t *stats;

    stats = &call->pmcf->zone->shared->stats;

    if (call->verdict != NGX_HTTP_PARTNER_PASSED) {
        ngx_http_partner_count_refusal(call, &stats->tiers[i]);
    }

    /* a trace that nobody records is nothing to look at */

    if (call->trace != NULL && call->trace->sampled) {
        ngx_partner_exemplars_keep(stats->tiers[i].exemplars, call->total_us,
                                   call->trace, ngx_time());
    }

    if (call->redactions != 0) {
        ngx_http_partner_count_redactions(call, stats, &stats->tiers[i]);
    }
}


/* Where calls with these labels are counted; hour by hour, for usage. */
static void
ngx_http_partner_series_begin(const ngx_http_partner_call_t *call,
                              ngx_partner_series_t          *series,
                              const ngx_partner_labels_t    *labels)
{
    ngx_partner_partner_stats_t *partner;

    partner = ngx_partner_stats_partner(&call->pmcf->zone->shared->stats,
                                        labels->of.partner);

    ngx_memzero(series, sizeof(ngx_partner_series_t));
    series->labels = *labels;
    series->outcomes = (partner != NULL) ? partner->outcomes : NULL;
    series->objectives = ngx_http_partner_slo_set(call);
}


/* The hour of usage; what is asked once a second need not be at each call. */
static ngx_inline uint32_t
ngx_http_partner_hour(ngx_http_partner_main_conf_t *pmcf)
{
    time_t now;

    now = ngx_time();

    if (now != pmcf->metered_at) {
        pmcf->metered_at = now;
        pmcf->hour
            = lp_journal_hour(pmcf->usage.journal, (uint32_t) (now / 3600));
        ngx_http_partner_slo_turn(pmcf, now);
    }

    return pmcf->hour;
}


static ngx_inline ngx_partner_series_t *
ngx_http_partner_series(const ngx_http_partner_call_t *call)
{
    ngx_partner_labels_t           labels;
    ngx_partner_series_t          *series;
    const ngx_partner_principal_t *p;

    p = &call->principal;

    labels.of.partner = p->partner;
    labels.of.application = p->application;
    labels.of.operation
        = (call->operation != NULL) ? call->operation->calls.operation : 0;
    labels.of.category = p->category;
    labels.of.tier = p->tier;
    labels.of.hour = ngx_http_partner_hour(call->pmcf);

    series = ngx_partner_series_place(call->pmcf->series, &labels);

    if (!ngx_partner_series_has(series, &labels)) {
        ngx_http_partner_series_begin(call, series, &labels);
    }

    return series;
}


static uint32_t
ngx_http_partner_slot(ngx_http_partner_call_t *call,
                      ngx_partner_series_t    *series,
                      ngx_partner_outcome_t    outcome)
{
    ngx_partner_usage_id_t      id;
    const ngx_partner_labels_t *labels;

    labels = &series->labels;

    id.hour = labels->of.hour;
    id.latency = (uint32_t) call->pmcf->tiers[labels->of.tier].latency;
    id.tier = (uint16_t) labels->of.tier;
    id.outcome = (uint16_t) outcome;
    id.partner = labels->of.partner;
    id.application = labels->of.application;
    id.operation = labels->of.operation;

    return ngx_partner_usage_slot(&call->pmcf->usage, &id);
}


/* What is stored for good. */
static void
ngx_http_partner_account(ngx_http_partner_call_t *call,
                         ngx_partner_series_t    *series,
                         ngx_partner_outcome_t outcome, const lp_usage_t *add)
{
    uint32_t            *slot;
    ngx_uint_t           tries;
    ngx_partner_usage_t *usage;

    usage = &call->pmcf->usage;

    for (tries = 0; tries < 2; tries++) {
        slot = &series->slots[outcome];

        if (*slot == 0) {
            *slot = ngx_http_partner_slot(call, series, outcome);
        }

        if (*slot == 0) {
            break;
        }

        if (lp_journal_add(usage->journal, usage->seat, *slot,
                           series->labels.of.hour, add)
            == LP_OK) {
            return;
        }

        /* an hour that was closed meanwhile has a later one beside it */

        call->pmcf->metered_at = 0;
        series = ngx_http_partner_series(call);
    }

    (void) ngx_atomic_fetch_add(usage->dropped, 1);
}


static void
ngx_http_partner_count_nobody(ngx_http_partner_call_t   *call,
                              ngx_partner_outcome_t      outcome,
                              const ngx_partner_times_t *times,
                              const lp_usage_t          *usage)
{
    ngx_http_partner_count_call(call, LP_TIERS, outcome, times, usage);
    ngx_http_partner_count_rare(call, LP_TIERS);
}


static void
ngx_http_partner_count(ngx_http_partner_call_t   *call,
                       ngx_partner_outcome_t      outcome,
                       const ngx_partner_times_t *times, lp_usage_t *usage)
{
    ngx_uint_t              slow, promised;
    ngx_partner_series_t   *series;
    ngx_http_partner_seen_t seen;

    ngx_http_partner_slo_see(&seen, call, outcome, times);
    slow = ngx_http_partner_slo_slow(
        &seen, call->pmcf->tiers[call->principal.tier].latency);
    promised = ngx_http_partner_slo_counts(&seen, slow) != 0;

    usage->n[LP_USAGE_PROMISED] = promised;
    usage->n[LP_USAGE_IN_TIME] = promised && !slow;

    series = ngx_http_partner_series(call);

    ngx_http_partner_count_call(call, call->principal.tier, outcome, times,
                                usage);
    ngx_http_partner_count_rare(call, call->principal.tier);

    (void) ngx_atomic_fetch_add(
        (series->outcomes != NULL) ? &series->outcomes[outcome]
                                   : &call->pmcf->zone->shared->stats.unlisted,
        1);

    ngx_http_partner_slo_count(call, &seen, series->objectives);

    if (call->pmcf->usage.kept) {
        ngx_http_partner_account(call, series, outcome, usage);
    }
}


ngx_int_t
ngx_http_partner_meter_handler(ngx_http_request_t *r)
{
    lp_usage_t               usage;
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

    ngx_http_partner_times(r, call, call->total_us, &times);
    ngx_partner_times_place(&times);
    outcome = ngx_http_partner_outcome(r, call, &times);

    usage.n[LP_USAGE_CALLS] = 1;
    usage.n[LP_USAGE_REQUEST_BYTES] = (uint64_t) r->request_length;
    usage.n[LP_USAGE_RESPONSE_BYTES] = (uint64_t) r->connection->sent;
    usage.n[LP_USAGE_UPSTREAM_US] = times.us[NGX_PARTNER_PHASE_UPSTREAM];
    usage.n[LP_USAGE_PROMISED] = 0;
    usage.n[LP_USAGE_IN_TIME] = 0;

    if (call->identified) {
        ngx_http_partner_count(call, outcome, &times, &usage);

    } else {
        ngx_http_partner_count_nobody(call, outcome, &times, &usage);
    }

    return NGX_OK;
}
