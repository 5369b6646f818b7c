/*
 * Whom the credential speaks for, from the registry, the cache or
 * Redis, and whether they may call at all.
 */

#include "ngx_http_partner_pepper.h"
#include "ngx_partner_age.h"


static const ngx_http_partner_verdict_t ngx_http_partner_key_verdicts[] = {
    [LP_KEY_ACTIVE] = NGX_HTTP_PARTNER_PASSED,
    [LP_KEY_ROTATED] = NGX_HTTP_PARTNER_REVOKED_CREDENTIAL,
    [LP_KEY_REVOKED] = NGX_HTTP_PARTNER_REVOKED_CREDENTIAL,
    [LP_KEY_EXPIRED] = NGX_HTTP_PARTNER_EXPIRED_CREDENTIAL,
    [LP_KEY_SUSPENDED] = NGX_HTTP_PARTNER_SUSPENDED_CREDENTIAL,
};

static const ngx_http_partner_verdict_t ngx_http_partner_partner_verdicts[] = {
    [LP_PARTNER_ACTIVE] = NGX_HTTP_PARTNER_PASSED,
    [LP_PARTNER_PENDING] = NGX_HTTP_PARTNER_PARTNER_PENDING,
    [LP_PARTNER_INACTIVE] = NGX_HTTP_PARTNER_PARTNER_INACTIVE,
    [LP_PARTNER_SUSPENDED] = NGX_HTTP_PARTNER_PARTNER_SUSPENDED,
};

static const ngx_http_partner_verdict_t ngx_http_partner_application_verdicts[]
    = {
          [LP_APPLICATION_ACTIVE] = NGX_HTTP_PARTNER_PASSED,
          [LP_APPLICATION_PENDING] = NGX_HTTP_PARTNER_APPLICATION_PENDING,
          [LP_APPLICATION_SUSPENDED] = NGX_HTTP_PARTNER_APPLICATION_SUSPENDED,
          [LP_APPLICATION_DEPRECATED]
          = NGX_HTTP_PARTNER_APPLICATION_DEPRECATED,
      };


/* Nothing was told of the partner since. */
static ngx_uint_t
ngx_http_partner_current(ngx_http_partner_main_conf_t  *pmcf,
                         const ngx_partner_principal_t *principal,
                         const ngx_partner_voucher_t   *voucher)
{
    return voucher->generation
           == ngx_partner_cache_generation(&pmcf->zone->shared->cache,
                                           principal->partner);
}


/*
 * The two numbers of a tier that bound what staleness can cost.  A message
 * that this worker heard vouches for every entry of its epoch; once Redis is
 * away it counts what any worker has heard.
 */
static ngx_uint_t
ngx_http_partner_verified(ngx_http_partner_main_conf_t  *pmcf,
                          const ngx_partner_principal_t *principal,
                          const ngx_partner_voucher_t   *voucher)
{
    uint64_t vouched;

    if (voucher->epoch != (uint32_t) pmcf->zone->shared->epoch
        || !ngx_http_partner_current(pmcf, principal, voucher)) {
        return 0;
    }

    vouched = ngx_max(voucher->verified, (uint64_t) pmcf->revisions.heard);

    return ngx_partner_age(vouched) <= pmcf->tiers[principal->tier].lease;
}


static ngx_uint_t
ngx_http_partner_servable(const ngx_http_partner_call_t *call,
                          const ngx_partner_voucher_t   *voucher)
{
    uint64_t              vouched;
    ngx_partner_shared_t *shared;

    shared = call->pmcf->zone->shared;
    vouched = voucher->verified;

    if (!ngx_http_partner_current(call->pmcf, &call->principal, voucher)) {
        return 0;
    }

    if (voucher->epoch == (uint32_t) shared->epoch) {
        vouched = ngx_max(vouched, (uint64_t) shared->heard);

    } else if (vouched <= (uint64_t) shared->doubted) {

        /* it may be revoked by a revision that we told the platform we obey */
        return 0;
    }

    return ngx_partner_age(vouched)
           <= ngx_http_partner_stale(call, call->principal.tier);
}


static ngx_int_t
ngx_http_partner_remember_locked(ngx_http_partner_call_t *call,
                                 ngx_partner_voucher_t   *voucher)
{
    ngx_int_t            rc;
    ngx_partner_zone_t  *zone;
    ngx_partner_cache_t *cache;

    zone = call->pmcf->zone;
    cache = &zone->shared->cache;

    ngx_partner_zone_lock(zone);

    rc = ngx_partner_cache_find(cache, call->digest, &call->principal,
                                voucher);

    if (rc == NGX_DECLINED
        && !ngx_partner_cache_is_unknown(cache, call->digest,
                                         (uint32_t) zone->shared->epoch,
                                         ngx_current_msec)) {
        rc = NGX_AGAIN;
    }

    ngx_partner_zone_unlock(zone);

    return rc;
}


/*
 * NGX_OK: known.  NGX_DECLINED: known to be unknown.  NGX_AGAIN: Redis has to
 * be asked.
 */
static ngx_int_t
ngx_http_partner_remember(ngx_http_partner_call_t *call)
{
    ngx_int_t                     rc;
    ngx_partner_cache_t          *cache;
    ngx_partner_voucher_t         voucher;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = call->pmcf;
    cache = &pmcf->zone->shared->cache;

    rc = ngx_partner_cache_peek(cache, call->digest, &call->principal,
                                &voucher);

    if (rc != NGX_OK) {
        rc = ngx_http_partner_remember_locked(call, &voucher);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_partner_verified(pmcf, &call->principal, &voucher)
               ? NGX_OK
               : NGX_AGAIN;
}


static void
ngx_http_partner_found(void *data, ngx_int_t rc,
                       const ngx_partner_principal_t *principal)
{
    ngx_http_partner_call_t *call;

    call = data;
    call->found = rc;

    if (rc == NGX_OK) {
        call->principal = *principal;
    }

    ngx_http_partner_resume(call);
}


/*
 * Redis could not say: what is cached serves, within the tier's stale limit.
 * It is looked at anew, because a revision may have dropped it meanwhile.
 */
static ngx_int_t
ngx_http_partner_serve_stale(ngx_http_partner_call_t *call)
{
    ngx_int_t             rc;
    ngx_partner_zone_t   *zone;
    ngx_partner_voucher_t voucher;

    zone = call->pmcf->zone;

    ngx_partner_zone_lock(zone);
    rc = ngx_partner_cache_find(&zone->shared->cache, call->digest,
                                &call->principal, &voucher);
    ngx_partner_zone_unlock(zone);

    if (rc != NGX_OK || !ngx_http_partner_servable(call, &voucher)) {
        call->verdict = NGX_HTTP_PARTNER_STORE_UNAVAILABLE;
        return NGX_DECLINED;
    }

    (void) ngx_atomic_fetch_add(&zone->shared->stats.stale_served, 1);

    return NGX_OK;
}


/*
 * By what the platform last told: from the cache, or by a look-up.  Runs again
 * after each wait; `looked_up` says that the answer is in call->found by now,
 * or will be.
 */
static ngx_int_t
ngx_http_partner_projected(ngx_http_partner_call_t *call)
{
    ngx_int_t rc;

    if (!call->looked_up) {
        rc = ngx_http_partner_remember(call);

        if (rc != NGX_AGAIN) {
            ngx_partner_stats_hit(&call->pmcf->zone->shared->stats,
                                  call->pmcf->seat);
        }

        if (rc == NGX_OK) {
            return NGX_OK;
        }

        if (rc == NGX_AGAIN
            && ngx_http_partner_await_redis(call) == NGX_AGAIN) {
            return NGX_AGAIN;
        }

        call->looked_up = 1;

        if (rc == NGX_DECLINED) {
            call->found = NGX_DECLINED;

        } else {
            (void) ngx_atomic_fetch_add(
                &call->pmcf->zone->shared->stats.cache_misses, 1);
            call->waiter.done = ngx_http_partner_found;
            call->waiter.data = call;
            call->found = ngx_partner_lookup_start(
                &call->pmcf->lookup, call->digest, &call->waiter);
        }
    }

    switch (call->found) {

    case NGX_OK:
    case NGX_AGAIN:
        return call->found;

    case NGX_DECLINED:
        if (ngx_http_partner_pepper_next(call)) {
            return ngx_http_partner_projected(call);
        }

        call->verdict = NGX_HTTP_PARTNER_UNKNOWN_CREDENTIAL;
        return NGX_DECLINED;

    default: /* NGX_ERROR, NGX_BUSY */
        return ngx_http_partner_serve_stale(call);
    }
}


/*
 * Whom the registry knows is not the platform's to close.  The registry is
 * looked at once: what was looked up elsewhere was not in it.
 */
static ngx_int_t
ngx_http_partner_identify(ngx_http_partner_call_t *call)
{
    ngx_int_t                       rc;
    lp_partner_status_t             closing;
    const ngx_partner_registered_t *registered;
    ngx_http_partner_main_conf_t   *pmcf;

    pmcf = call->pmcf;

    if (!call->looked_up && pmcf->registry != NULL) {
        registered = ngx_partner_registry_find(pmcf->registry, call->digest);

        if (registered != NULL) {
            call->principal = registered->principal;
            call->networks = registered->networks;
            return NGX_OK;
        }
    }

    if (pmcf->redis_conf == NULL) {
        call->verdict = NGX_HTTP_PARTNER_UNKNOWN_CREDENTIAL;
        return NGX_DECLINED;
    }

    rc = ngx_http_partner_projected(call);

    if (rc == NGX_OK) {
        closing = ngx_partner_closed_status(&pmcf->zone->shared->closed,
                                            call->principal.partner);

        if (closing != LP_PARTNER_ACTIVE) {
            call->principal.partner_status = closing;
        }
    }

    return rc;
}


/* What stands on the record, beside what the location adds to it. */
static ngx_http_partner_verdict_t
ngx_http_partner_judge(ngx_http_partner_call_t *call)
{
    ngx_http_partner_verdict_t     verdict;
    const ngx_partner_principal_t *principal;

    principal = &call->principal;

    verdict = ngx_http_partner_key_verdicts[principal->status];

    if (verdict != NGX_HTTP_PARTNER_PASSED) {
        return verdict;
    }

    if (principal->expires != 0 && (time_t) principal->expires <= ngx_time()) {
        return NGX_HTTP_PARTNER_EXPIRED_CREDENTIAL;
    }

    verdict = ngx_http_partner_partner_verdicts[principal->partner_status];

    if (verdict != NGX_HTTP_PARTNER_PASSED) {
        return verdict;
    }

    if (principal->ending != 0 && ngx_http_partner_has_ended(call)) {
        return NGX_HTTP_PARTNER_APPLICATION_DEPRECATED;
    }

    return ngx_http_partner_application_verdicts[principal
                                                     ->application_status];
}


static ngx_int_t
ngx_http_partner_admit(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    call->verdict = ngx_http_partner_judge(call);

    if (call->verdict == NGX_HTTP_PARTNER_PASSED) {
        call->verdict = ngx_http_partner_network(r, call);
    }

    return (call->verdict == NGX_HTTP_PARTNER_PASSED) ? NGX_OK : NGX_DECLINED;
}


/* A token may have been revoked while it waited for its client's record. */
static ngx_int_t
ngx_http_partner_rejudge(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    ngx_int_t rc;

    if (call->token == NULL || !call->token->waited || call->token->rejudged) {
        return NGX_OK;
    }

    call->digested = 0;
    rc = ngx_http_partner_jwt(r, call);

    if (rc == NGX_OK) {
        call->token->rejudged = 1;
    }

    return rc;
}


ngx_int_t
ngx_http_partner_principal(ngx_http_request_t      *r,
                           ngx_http_partner_call_t *call)
{
    ngx_int_t  rc;
    ngx_uint_t environment;

    if (!call->identified) {
        rc = ngx_http_partner_identify(call);

        if (rc != NGX_OK) {

            if (rc == NGX_AGAIN && call->token != NULL) {
                call->token->waited = 1;
            }

            return rc;
        }

        rc = ngx_http_partner_rejudge(r, call);

        if (rc != NGX_OK) {
            return rc;
        }

        call->identified = 1;

        if (ngx_http_partner_admit(r, call) != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    environment = call->location->environment;

    if (environment != LP_ENVIRONMENTS
        && environment != call->principal.environment) {
        call->verdict = NGX_HTTP_PARTNER_ENVIRONMENT_NOT_ALLOWED;
        return NGX_DECLINED;
    }

    return NGX_OK;
}
