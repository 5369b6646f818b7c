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


/* This worker's tally of the call's tier and operation, or NULL. */
static ngx_partner_tally_t *
ngx_http_partner_tally(ngx_http_partner_call_t *call, ngx_uint_t tier,
                       ngx_http_partner_operation_t *operation)
{
    ngx_partner_tally_key_t       key;
    ngx_partner_tally_place_t    *place;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = call->pmcf;
    place = (operation != NULL) ? &operation->tallies[tier]
                                : &pmcf->tallies[tier];

    if (!place->known) {
        key.seat = (uint16_t) pmcf->seat;
        key.tier = (uint16_t) tier;
        key.operation = (operation != NULL) ? operation->ref : 0;

        ngx_partner_zone_lock(pmcf->zone);
        place->tally = ngx_partner_tallies_get(
            &pmcf->zone->shared->stats.tallies, &key);
        ngx_partner_zone_unlock(pmcf->zone);

        place->known = 1;
    }

    return place->tally;
}


/* Without a tally: what all workers share, one locked addition each. */
static void
ngx_http_partner_count_shared(ngx_partner_tier_stats_t     *tier,
                              ngx_http_partner_operation_t *operation,
                              ngx_partner_outcome_t         outcome,
                              ngx_uint_t                    in_budget,
                              const ngx_partner_times_t    *times)
{
    (void) ngx_atomic_fetch_add(&tier->outcomes[outcome], 1);
    ngx_partner_latency_add(&tier->latency, times);

    if (in_budget) {
        (void) ngx_atomic_fetch_add(&tier->in_budget, 1);
    }

    if (operation != NULL && operation->stats != NULL) {
        (void) ngx_atomic_fetch_add(&operation->stats->outcomes[outcome], 1);
    }

    if (operation != NULL && operation->latency != NULL) {
        ngx_partner_latency_add(operation->latency, times);
    }
}


/* What its tier and operation see of it. */
static void
ngx_http_partner_count_call(ngx_http_partner_call_t *call, ngx_uint_t i,
                            ngx_partner_outcome_t      outcome,
                            ngx_uint_t                 in_budget,
                            const ngx_partner_times_t *times)
{
    ngx_uint_t                    left;
    ngx_partner_tally_t          *tally;
    ngx_partner_tier_stats_t     *tier;
    ngx_http_partner_operation_t *operation;

    tier = &call->pmcf->zone->shared->stats.tiers[i];
    operation = call->identified ? call->operation : NULL;
    tally = ngx_http_partner_tally(call, i, operation);

    if (tally == NULL) {
        ngx_http_partner_count_shared(tier, operation, outcome, in_budget,
                                      times);
        return;
    }

    left = ngx_partner_tally_add(tally, times, outcome, in_budget);

    if (left != 0) {
        ngx_partner_latency_place(&tier->latency, times, left);

        if (operation != NULL && operation->latency != NULL) {
            ngx_partner_latency_place(operation->latency, times, left);
        }
    }
}


static void
ngx_http_partner_count(ngx_http_partner_call_t *call,
                       ngx_partner_outcome_t outcome, ngx_uint_t in_budget,
                       const ngx_partner_times_t *times)
{
    ngx_uint_t                   i;
    ngx_partner_stats_t         *stats;
    ngx_partner_partner_stats_t *partner;

    stats = &call->pmcf->zone->shared->stats;
    i = call->identified ? (ngx_uint_t) call->principal.tier : LP_TIERS;

    ngx_http_partner_count_call(call, i, outcome, in_budget, times);

    if (call->verdict != NGX_HTTP_PARTNER_PASSED) {
        (void) ngx_atomic_fetch_add(&stats->verdicts[call->verdict], 1);
    }

    /* a trace that nobody records is nothing to look at */

    if (call->trace != NULL && call->trace->sampled) {
        ngx_partner_exemplars_keep(stats->tiers[i].exemplars, call->total_us,
                                   call->trace, ngx_time());
    }

    if (call->redactions != 0) {
        ngx_http_partner_count_redactions(call, stats, &stats->tiers[i]);
    }

    if (call->identified) {
        partner = ngx_partner_stats_partner(stats, call->principal.partner);

        if (partner != NULL) {
            (void) ngx_atomic_fetch_add(&partner->outcomes[outcome], 1);
        }
    }
}


/* How the tier's promise was kept. */
typedef struct {
    uint32_t latency;      /* that it has, ms */
    unsigned promised : 1; /* the promise is about this call */
    unsigned in_time : 1;
} ngx_http_partner_kept_t;


static ngx_http_partner_kept_t
ngx_http_partner_kept(const ngx_http_partner_call_t *call,
                      const ngx_http_partner_seen_t *seen)
{
    ngx_uint_t              slow;
    ngx_http_partner_kept_t kept;

    kept.latency = (uint32_t) call->pmcf->tiers[call->principal.tier].latency;
    slow = ngx_http_partner_slo_slow(seen, kept.latency);
    kept.promised = ngx_http_partner_slo_counts(seen, slow) != 0;
    kept.in_time = kept.promised && !slow;

    return kept;
}


/* What is stored for good. */
static void
ngx_http_partner_account(ngx_http_request_t *r, ngx_http_partner_call_t *call,
                         ngx_partner_outcome_t          outcome,
                         const ngx_http_partner_seen_t *seen,
                         const ngx_http_partner_kept_t *kept)
{
    lp_usage_t             add;
    ngx_partner_usage_id_t id;

    id.hour = (uint32_t) (ngx_time() / 3600);
    id.latency = kept->latency;
    id.tier = (uint16_t) call->principal.tier;
    id.outcome = (uint16_t) outcome;
    id.partner = call->principal.partner;
    id.application = call->principal.application;
    id.operation = call->operation != NULL ? call->operation->ref : 0;

    add.n[LP_USAGE_CALLS] = 1;
    add.n[LP_USAGE_REQUEST_BYTES] = (uint64_t) r->request_length;
    add.n[LP_USAGE_RESPONSE_BYTES] = (uint64_t) r->connection->sent;
    add.n[LP_USAGE_UPSTREAM_US] = seen->upstream_us;
    add.n[LP_USAGE_PROMISED] = kept->promised;
    add.n[LP_USAGE_IN_TIME] = kept->in_time;

    ngx_partner_usage_add(&call->pmcf->usage, &id, &add);
}


ngx_int_t
ngx_http_partner_meter_handler(ngx_http_request_t *r)
{
    ngx_partner_times_t      times;
    ngx_partner_outcome_t    outcome;
    ngx_http_partner_call_t *call;
    ngx_http_partner_kept_t  kept;
    ngx_http_partner_seen_t  seen;

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

    if (!call->identified) {
        ngx_http_partner_count(call, outcome, 0, &times);
        return NGX_OK;
    }

    ngx_http_partner_slo_see(&seen, call, outcome, &times);
    kept = ngx_http_partner_kept(call, &seen);

    ngx_http_partner_count(call, outcome, kept.in_time, &times);
    ngx_http_partner_slo_count(call, &seen);
    ngx_http_partner_account(r, call, outcome, &seen, &kept);

    return NGX_OK;
}
