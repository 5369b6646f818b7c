/*
 * Stage 4: every policy of the location, decided together: nothing is debited
 * when any of them refuses.
 */

#include "ngx_http_partner_module.h"


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

    return 1;
}


/* The policy's own numbers; 0 where it does not apply to this principal. */
static ngx_uint_t
ngx_http_partner_limit_policy(ngx_http_partner_limit_t      *limit,
                              const ngx_partner_principal_t *principal)
{
    ngx_http_partner_policy_t *policy;

    policy = limit->policy;
    limit->numbers = &policy->numbers[principal->tier];
    limit->per = policy->per;

    if (!limit->numbers->set) {
        limit->numbers = &policy->numbers[LP_TIERS];
    }

    return limit->numbers->set;
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

    limits = ngx_palloc(r->pool, 2 * policies->nelts
                                     * sizeof(ngx_http_partner_limit_t));

    if (limits == NULL) {
        return NGX_ERROR;
    }

    for (n = 0, i = 0; i < policies->nelts; i++) {
        limits[n].policy = policy[i];
        planned = ngx_http_partner_limit_plan(&limits[n], &call->principal);
        n += planned;

        if (planned && policy[i]->per == NGX_HTTP_PARTNER_PER_KEY) {
            continue; /* that bucket was the key's already */
        }

        limits[n].policy = policy[i];
        n += ngx_http_partner_limit_policy(&limits[n], &call->principal);
    }

    call->decision.limits = limits;
    call->decision.n = n;

    return NGX_OK;
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

    if (!call->decision.failed) {
        rc = ngx_http_partner_limit_strict(call);

        if (rc == NGX_AGAIN) {
            return NGX_AGAIN;
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


/*
 * The policy that is reported: of those that refuse the one that does so
 * longest, else the one with the least left.  Returns whether all admit.
 */
static ngx_uint_t
ngx_http_partner_limit_judge(ngx_http_partner_decision_t *d)
{
    ngx_uint_t           i, admitted;
    const lp_decision_t *it, *worst;

    admitted = 1;
    d->restrictive = 0;

    for (i = 0; i < d->n; i++) {
        it = &d->limits[i].decision;
        worst = &d->limits[d->restrictive].decision;

        if (!it->admitted) {
            admitted = 0;
        }

        if (ngx_http_partner_limit_wait(it)
                > ngx_http_partner_limit_wait(worst)
            || (ngx_http_partner_limit_wait(it)
                    == ngx_http_partner_limit_wait(worst)
                && it->remaining < worst->remaining)) {
            d->restrictive = i;
        }
    }

    return admitted;
}


ngx_int_t
ngx_http_partner_limit(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    ngx_int_t rc;

    if (call->location->limits == NULL || call->debited) {
        return NGX_OK;
    }

    /* again where no policy of the location before a redirect applied */

    if (call->decision.n == 0
        && ngx_http_partner_limit_prepare(r, call) != NGX_OK) {
        return NGX_ERROR;
    }

    if (call->decision.n == 0) {
        return NGX_OK;
    }

    rc = ngx_http_partner_limit_decide(call);

    if (rc != NGX_OK) {
        return rc;
    }

    call->debited = 1;

    if (!call->decision.known) {
        return NGX_OK; /* allowed without a decision */
    }

    if (!ngx_http_partner_limit_judge(&call->decision)) {
        call->verdict = NGX_HTTP_PARTNER_RATE_LIMITED;
        return NGX_DECLINED;
    }

    return ngx_http_partner_limit_headers(r, call, 0);
}
