/*
 * What a call is to the objectives that it is one of: good, or bad and whose
 * fault.
 */

#include "ngx_http_partner_slo.h"


static ngx_uint_t
ngx_http_partner_slo_meets(const ngx_http_partner_slo_t  *slo,
                           const ngx_http_partner_call_t *call)
{
    const ngx_partner_principal_t *p;

    p = &call->principal;

    return (slo->tiers & (ngx_uint_t) 1 << p->tier) != 0
           && (slo->partner_ref == 0 || slo->partner_ref == p->partner)
           && (slo->category_ref == 0 || slo->category_ref == p->category)
           && (slo->operation_ref == 0
               || (call->operation != NULL
                   && slo->operation_ref == call->operation->ref));
}


ngx_http_partner_slo_t *
ngx_http_partner_slo_of(const ngx_http_partner_call_t *call)
{
    ngx_uint_t              i;
    ngx_http_partner_slo_t *slo;

    slo = call->pmcf->slos.elts;

    for (i = 0; call->identified && i < call->pmcf->slos.nelts; i++) {
        if (ngx_http_partner_slo_meets(&slo[i], call)) {
            return &slo[i];
        }
    }

    return NULL;
}


void
ngx_http_partner_slo_see(ngx_http_partner_seen_t       *seen,
                         const ngx_http_partner_call_t *call,
                         ngx_partner_outcome_t          outcome,
                         const ngx_partner_times_t     *times)
{
    seen->total_us = call->total_us;
    seen->upstream_us = times->us[NGX_PARTNER_PHASE_UPSTREAM];
    seen->aborted = (outcome == NGX_PARTNER_ABORTED);
    seen->failed = (outcome == NGX_PARTNER_SERVER_ERROR
                    || outcome == NGX_PARTNER_REFUSED);
    seen->failed_upstream = seen->failed && times->proxied
                            && call->verdict == NGX_HTTP_PARTNER_PASSED;
    seen->exempt
        = outcome == NGX_PARTNER_REFUSED
          && ngx_http_partner_verdict_problem(call->verdict)->status < 500;
}


ngx_uint_t
ngx_http_partner_slo_slow(const ngx_http_partner_seen_t *seen,
                          ngx_msec_t                     latency)
{
    /* a failure is no fast answer */

    return seen->failed || seen->total_us > (uint64_t) latency * 1000;
}


ngx_uint_t
ngx_http_partner_slo_counts(const ngx_http_partner_seen_t *seen,
                            ngx_uint_t                     slow)
{
    /* who left in time: nobody knows what it would have become */

    return !seen->exempt && (slow || !seen->aborted);
}


static void
ngx_http_partner_slo_judge(const ngx_http_partner_slo_t *slo, uint32_t seat,
                           const ngx_http_partner_seen_t *seen)
{
    ngx_uint_t slow, upstream;

    slow = ngx_http_partner_slo_slow(seen, slo->latency);

    if (!ngx_http_partner_slo_counts(seen, slow)) {
        return;
    }

    ngx_partner_slo_add(slo->history, seat, LP_SLO_CALLS);

    if (!slow) {
        return;
    }

    upstream = seen->failed
                   ? seen->failed_upstream
                   : seen->upstream_us > (uint64_t) slo->latency * 1000;

    ngx_partner_slo_add(slo->history, seat, LP_SLO_SLOW);

    if (upstream) {
        ngx_partner_slo_add(slo->history, seat, LP_SLO_SLOW_UPSTREAM);
    }

    if (seen->failed) {
        ngx_partner_slo_add(slo->history, seat, LP_SLO_FAILED);
    }

    if (seen->failed_upstream) {
        ngx_partner_slo_add(slo->history, seat, LP_SLO_FAILED_UPSTREAM);
    }
}


/* Whoever counts first in a minute closes the one before. */
static void
ngx_http_partner_slo_turn(ngx_http_partner_main_conf_t *pmcf)
{
    time_t              now;
    ngx_partner_slos_t *slos;

    now = ngx_time();
    slos = &pmcf->zone->shared->slos;

    if (slos->minute == (ngx_atomic_uint_t) (now / 60)) {
        return;
    }

    ngx_partner_zone_lock(pmcf->zone);

    if (slos->minute != (ngx_atomic_uint_t) (now / 60)) {
        ngx_partner_slos_sweep(slos, now);
    }

    ngx_partner_zone_unlock(pmcf->zone);
}


void
ngx_http_partner_slo_count(ngx_http_partner_call_t       *call,
                           const ngx_http_partner_seen_t *seen)
{
    ngx_uint_t              i;
    ngx_http_partner_slo_t *slo;

    if (call->pmcf->slos.nelts == 0 || seen->exempt) {
        return;
    }

    ngx_http_partner_slo_turn(call->pmcf);

    slo = call->pmcf->slos.elts;

    for (i = 0; i < call->pmcf->slos.nelts; i++) {
        if (ngx_http_partner_slo_meets(&slo[i], call)) {
            ngx_http_partner_slo_judge(&slo[i], call->pmcf->seat, seen);
        }
    }
}


void
ngx_http_partner_slo_sums(ngx_http_partner_main_conf_t *pmcf,
                          const ngx_http_partner_slo_t *slo,
                          ngx_http_partner_sums_t       sums)
{
    ngx_uint_t i;

    ngx_partner_zone_lock(pmcf->zone);
    ngx_partner_slos_sweep(&pmcf->zone->shared->slos, ngx_time());

    for (i = 0; i < LP_SLO_WINDOWS; i++) {
        lp_slo_sum(&slo->history->slots, i, ngx_time(), sums[i]);
    }

    ngx_partner_zone_unlock(pmcf->zone);
}


uint64_t
ngx_http_partner_slo_latency_burn(const ngx_http_partner_slo_t *slo,
                                  const uint64_t               *sum)
{
    return lp_slo_burn(sum[LP_SLO_CALLS], sum[LP_SLO_SLOW],
                       (uint32_t) slo->share);
}


uint64_t
ngx_http_partner_slo_availability_burn(const ngx_http_partner_slo_t *slo,
                                       const uint64_t               *sum)
{
    return lp_slo_burn(sum[LP_SLO_CALLS], sum[LP_SLO_FAILED],
                       (uint32_t) slo->availability);
}
