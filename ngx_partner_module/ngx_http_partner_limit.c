/*
 * Every policy of the location, decided together: nothing is debited
 * when any of them refuses.
 */

#include "ngx_http_partner_limit.h"


/*
 * With plan=on a key that has a rateLimit of its own is held to that as well,
 * in a bucket of its own: sharing the partner's, keys of different limits would
 * empty it for each other, and in place of the partner's, ten keys would make
 * ten quotas.
 */
static ngx_uint_t
ngx_http_partner_limit_plan(ngx_http_partner_limit_t      *limit,
                            const ngx_partner_principal_t *principal)
{
    if (!limit->policy->plan || principal->rate_limit == 0
        || lp_rate_init(&limit->own.rate, principal->rate_limit, LP_HOUR, 0)
               != LP_OK) {
        return 0;
    }

    limit->own.quota = principal->rate_limit;
    limit->own.window = LP_HOUR / LP_SECOND;
    limit->own.text.len = 0;

    limit->numbers = &limit->own;
    limit->per = NGX_HTTP_PARTNER_PER_KEY;
    limit->planned = 1;

    return 1;
}


const ngx_http_partner_numbers_t *
ngx_http_partner_policy_numbers(const ngx_http_partner_policy_t *policy,
                                ngx_uint_t                       tier)
{
    const ngx_http_partner_numbers_t *numbers;

    numbers = &policy->numbers[tier];

    if (!numbers->set) {
        numbers = &policy->numbers[LP_TIERS];
    }

    return numbers->set ? numbers : NULL;
}


static ngx_int_t
ngx_http_partner_limit_prepare(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call)
{
    ngx_uint_t                  i, n, planned;
    ngx_array_t                *policies;
    ngx_http_partner_limit_t   *limits;
    ngx_http_partner_policy_t **policy;

    policies = call->location->limits;
    policy = policies->elts;

    n = (call->pmcf->ramps.nelts != 0) ? 4 : 2;
    limits = ngx_palloc(r->pool, n * policies->nelts
                                     * sizeof(ngx_http_partner_limit_t));

    if (limits == NULL) {
        return NGX_ERROR;
    }

    for (n = 0, i = 0; i < policies->nelts; i++) {
        limits[n].policy = policy[i];
        limits[n].dry = policy[i]->dry;
        limits[n].rehearsed = 0;
        planned = ngx_http_partner_limit_plan(&limits[n], &call->principal);
        n += planned;

        if (planned && policy[i]->per == NGX_HTTP_PARTNER_PER_KEY) {
            continue; /* that bucket was the key's already */
        }

        limits[n].policy = policy[i];
        limits[n].dry = policy[i]->dry;
        limits[n].rehearsed = 0;
        limits[n].planned = 0;
        limits[n].per = policy[i]->per;
        limits[n].numbers
            = ngx_http_partner_policy_numbers(policy[i], call->principal.tier);
        n += (limits[n].numbers != NULL);
    }

    if (call->pmcf->ramps.nelts != 0) {
        n = ngx_http_partner_ramp(call, limits, n);
    }

    call->decision.limits = limits;
    call->decision.n = n;

    return NGX_OK;
}


/* Whether all that would be decided is a dry run. */
static ngx_uint_t
ngx_http_partner_limit_dry(const ngx_http_partner_decision_t *d)
{
    ngx_uint_t i;

    for (i = 0; i < d->n; i++) {
        if (!d->limits[i].dry) {
            return 0;
        }
    }

    return 1;
}


/* What the tier says shall happen while Redis cannot decide. */
static ngx_int_t
ngx_http_partner_limit_fallback(ngx_http_partner_call_t *call)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = call->pmcf;

    (void) ngx_atomic_fetch_add(&pmcf->zone->shared->stats.limit_fallbacks, 1);

    switch (pmcf->tiers[call->principal.tier].on_error) {

    case NGX_HTTP_PARTNER_ON_ERROR_LOCAL:
        ngx_http_partner_limit_local(call, pmcf->redis_conf->nodes);
        return NGX_OK;

    case NGX_HTTP_PARTNER_ON_ERROR_ALLOW:
        return NGX_OK;

    default: /* NGX_HTTP_PARTNER_ON_ERROR_DENY */

        if (ngx_http_partner_limit_dry(&call->decision)) {
            return NGX_OK;
        }

        call->verdict = NGX_HTTP_PARTNER_LIMITER_UNAVAILABLE;
        return NGX_DECLINED;
    }
}


static ngx_int_t
ngx_http_partner_limit_decide(ngx_http_partner_call_t *call)
{
    ngx_int_t                rc;
    ngx_http_partner_tier_t *tier;

    tier = &call->pmcf->tiers[call->principal.tier];

    if (call->decision.known) {
        return NGX_OK;
    }

    if (tier->mode == NGX_HTTP_PARTNER_LOCAL) {
        ngx_http_partner_limit_local(call, 1);
        return NGX_OK;
    }

    if (ngx_http_partner_await_redis(call) == NGX_AGAIN) {
        call->doubtful = 1;
        return NGX_AGAIN;
    }

    if (!call->decision.failed) {
        rc = (tier->mode == NGX_HTTP_PARTNER_LEASE)
                 ? ngx_http_partner_limit_lease(call)
                 : ngx_http_partner_limit_strict(call);

        if (rc != NGX_ERROR) {
            return rc;
        }
    }

    return ngx_http_partner_limit_fallback(call);
}


/* When this bucket would admit the call; a refusal for ever is the longest. */
static uint64_t
ngx_http_partner_limit_wait(const lp_decision_t *decision)
{
    return (uint64_t) decision->retry_after; /* -1 becomes the largest */
}


/* Of two that bind: refuses longer, else has less left. */
static ngx_uint_t
ngx_http_partner_limit_tighter(const lp_decision_t *a, const lp_decision_t *b)
{
    uint64_t wait, other;

    wait = ngx_http_partner_limit_wait(a);
    other = ngx_http_partner_limit_wait(b);

    return wait > other || (wait == other && a->remaining < b->remaining);
}


void
ngx_http_partner_limit_would_refuse(ngx_http_partner_call_t *call)
{
    call->decision.dry = 1;

    (void) ngx_atomic_fetch_add(
        &call->pmcf->zone->shared->stats.limit_dry_runs, 1);
}


/*
 * The policy that is reported is the tightest.  Returns whether all admit; a
 * dry run always does, and is reported to nobody but the operator.
 */
static ngx_uint_t
ngx_http_partner_limit_judge(ngx_http_partner_call_t *call)
{
    ngx_uint_t                   i, admitted;
    ngx_http_partner_limit_t    *it;
    ngx_http_partner_decision_t *d;

    d = &call->decision;
    admitted = 1;
    d->restrictive = d->n;

    for (i = 0; i < d->n; i++) {
        it = &d->limits[i];

        if (it->dry) {

            if (!it->decision.admitted) {
                ngx_http_partner_limit_would_refuse(call);
            }

            continue;
        }

        admitted &= (it->decision.admitted != 0);

        if (d->restrictive == d->n
            || ngx_http_partner_limit_tighter(
                &it->decision, &d->limits[d->restrictive].decision)) {
            d->restrictive = i;
        }
    }

    return admitted;
}


/* Once decided, with a state to show or without. */
static ngx_int_t
ngx_http_partner_limit_end(ngx_http_request_t      *r,
                           ngx_http_partner_call_t *call)
{
    ngx_uint_t                   admitted;
    ngx_http_partner_decision_t *d;

    d = &call->decision;
    admitted = 1;
    call->debited = 1;

    if (d->known) {
        admitted = ngx_http_partner_limit_judge(call);
    }

    if (!admitted) {
        call->verdict = NGX_HTTP_PARTNER_RATE_LIMITED;
        return NGX_DECLINED;
    }

    return (d->known && d->restrictive < d->n)
               ? ngx_http_partner_limit_headers(r, call, 0)
               : NGX_OK;
}


static ngx_int_t
ngx_http_partner_limit_rates(ngx_http_request_t      *r,
                             ngx_http_partner_call_t *call)
{
    ngx_int_t rc;

    /* again where no policy of the location before a redirect applied */

    if (call->location->limits != NULL && call->decision.n == 0
        && ngx_http_partner_limit_prepare(r, call) != NGX_OK) {
        return NGX_ERROR;
    }

    if (call->decision.n == 0) {
        return NGX_OK;
    }

    rc = ngx_http_partner_limit_decide(call);

    return (rc == NGX_OK) ? ngx_http_partner_limit_end(r, call) : rc;
}


ngx_int_t
ngx_http_partner_limit(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    ngx_int_t                    rc;
    ngx_http_partner_loc_conf_t *location;

    location = call->location;

    if ((location->limits == NULL && location->flights == NULL)
        || call->debited) {
        return NGX_OK;
    }

    /* before anything is debited, and once, however often this is resumed */

    if (location->flights != NULL && !call->flying) {

        rc = ngx_http_partner_flight_begin(call);

        if (rc != NGX_OK) {
            call->verdict = (rc == NGX_BUSY)
                                ? NGX_HTTP_PARTNER_CONCURRENCY_LIMITED
                                : NGX_HTTP_PARTNER_LIMITER_UNAVAILABLE;
            return NGX_DECLINED;
        }

        call->flying = 1;
    }

    rc = ngx_http_partner_limit_rates(r, call);

    if (rc == NGX_DECLINED) {
        ngx_http_partner_flight_end(call);
    }

    return rc;
}
