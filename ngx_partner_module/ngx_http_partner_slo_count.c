/*
 * What a call is to the objectives that it is one of: good, or bad and whose
 * fault.
 */

#include "ngx_http_partner_slo.h"


#define NGX_HTTP_PARTNER_SLO_REST 63 /* bit of a set: this one and all after */


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
                   && slo->operation_ref == call->operation->calls.operation));
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


static ngx_inline void
ngx_http_partner_slo_judge(const ngx_http_partner_slo_t *slo, uint32_t seat,
                           const ngx_http_partner_seen_t *seen)
{
    ngx_uint_t slow, upstream;

    slow = ngx_http_partner_slo_slow(seen, slo->latency);

    /* a call may outlive its configuration, and the next take the room */

    if (!ngx_http_partner_slo_counts(seen, slow)
        || slo->history->begun != slo->begun) {
        return;
    }

    ngx_partner_slo_add(slo->history, seat, NGX_PARTNER_SLO_CALLS);

    if (!slow) {
        return;
    }

    upstream = seen->failed
                   ? seen->failed_upstream
                   : seen->upstream_us > (uint64_t) slo->latency * 1000;

    ngx_partner_slo_add(slo->history, seat,
                        upstream ? NGX_PARTNER_SLO_SLOW_UPSTREAM
                                 : NGX_PARTNER_SLO_SLOW_GATEWAY);

    if (seen->failed) {
        ngx_partner_slo_add(slo->history, seat,
                            upstream ? NGX_PARTNER_SLO_FAILED_UPSTREAM
                                     : NGX_PARTNER_SLO_FAILED_GATEWAY);
    }
}


void
ngx_http_partner_slo_turn(ngx_http_partner_main_conf_t *pmcf, time_t now)
{
    ngx_partner_slos_t *slos;

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


uint64_t
ngx_http_partner_slo_set(const ngx_http_partner_call_t *call)
{
    uint64_t                      set;
    ngx_uint_t                    i;
    const ngx_http_partner_slo_t *slo;

    slo = call->pmcf->slos.elts;

    for (set = 0, i = 0; i < call->pmcf->slos.nelts; i++) {
        if (ngx_http_partner_slo_meets(&slo[i], call)) {
            set |= (uint64_t) 1 << ngx_min(i, NGX_HTTP_PARTNER_SLO_REST);
        }
    }

    return set;
}


static void
ngx_http_partner_slo_rest(const ngx_http_partner_call_t *call,
                          const ngx_http_partner_seen_t *seen)
{
    ngx_uint_t                    i;
    const ngx_http_partner_slo_t *slo;

    slo = call->pmcf->slos.elts;

    for (i = NGX_HTTP_PARTNER_SLO_REST; i < call->pmcf->slos.nelts; i++) {
        if (ngx_http_partner_slo_meets(&slo[i], call)) {
            ngx_http_partner_slo_judge(&slo[i], call->pmcf->seat, seen);
        }
    }
}


void
ngx_http_partner_slo_count(const ngx_http_partner_call_t *call,
                           const ngx_http_partner_seen_t *seen, uint64_t set)
{
    ngx_uint_t                    i;
    const ngx_http_partner_slo_t *slo;

    if (seen->exempt) {
        return;
    }

    slo = call->pmcf->slos.elts;

    for (/* void */; set != 0; set &= set - 1) {
        i = (ngx_uint_t) __builtin_ctzll(set);

        if (i == NGX_HTTP_PARTNER_SLO_REST) {
            ngx_http_partner_slo_rest(call, seen);

        } else {
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
