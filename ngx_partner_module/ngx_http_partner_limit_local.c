/*
 * The `local` mode: buckets in shared memory, decided under the zone's lock.
 */

#include "ngx_http_partner_limit.h"


/* This gateway's share of a limit that others enforce as well. */
static lp_rate_t
ngx_http_partner_limit_share(const ngx_http_partner_numbers_t *numbers,
                             ngx_uint_t                        share)
{
    lp_rate_t rate;

    rate = numbers->rate;

    if (share > 1) {
        rate.period *= (int64_t) share;
        rate.burst = ngx_max(rate.burst / (int64_t) share, 1);
    }

    return rate;
}


/*
 * All policies are checked first, and taken from only when all admit, so what
 * refuses takes nothing; that one in a dry run would refuse does not count for
 * the others.
 */
void
ngx_http_partner_limit_local(ngx_http_partner_call_t *call, ngx_uint_t share)
{
    int64_t                      now;
    lp_rate_t                    rates[NGX_HTTP_PARTNER_LIMITS];
    ngx_uint_t                   i, admitted;
    lp_bucket_t                  states[NGX_HTTP_PARTNER_LIMITS];
    ngx_partner_buckets_t       *buckets;
    ngx_partner_bucket_id_t      ids[NGX_HTTP_PARTNER_LIMITS];
    ngx_http_partner_decision_t *d;

    d = &call->decision;
    buckets = &call->pmcf->zone->shared->buckets;
    admitted = 1;

    for (i = 0; i < d->n; i++) {
        ngx_http_partner_limit_id(call, &d->limits[i], &ids[i]);
        rates[i] = ngx_http_partner_limit_share(d->limits[i].numbers, share);
    }

    ngx_partner_zone_lock(call->pmcf->zone);

    now = ngx_http_partner_limit_clock();

    for (i = 0; i < d->n; i++) {
        states[i] = *ngx_partner_buckets_get(buckets, &ids[i], now);
        d->limits[i].decision = lp_bucket_check(&rates[i], &states[i], now, 1);
        admitted &= d->limits[i].decision.admitted || d->limits[i].dry;
    }

    for (i = 0; i < d->n; i++) {

        if (!d->limits[i].decision.admitted) {
            lp_bucket_cut(&rates[i], &states[i], now);

        } else if (admitted) {
            d->limits[i].decision
                = lp_bucket_take(&rates[i], &states[i], now, 1);

        } else {
            continue;
        }

        *ngx_partner_buckets_get(buckets, &ids[i], now) = states[i];
    }

    ngx_partner_zone_unlock(call->pmcf->zone);

    d->known = 1;
}
