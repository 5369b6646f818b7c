/*
 * Whether a token was revoked, and whether enough is known to say that it was
 * not.
 */

#include "ngx_http_partner_jwt.h"
#include "ngx_partner_age.h"


/*
 * Whether revocations were read, or the channel heard, within this time; what
 * was heard counts only where nothing was missed.
 */
static ngx_uint_t
ngx_http_partner_jwt_within(ngx_http_partner_main_conf_t *pmcf,
                            ngx_uint_t known, ngx_msec_t limit)
{
    ngx_atomic_uint_t then, heard;

    then = pmcf->jwt->zone->shared->revoked.read;
    heard = known ? pmcf->zone->shared->heard : 0;

    if (then == 0 || (!known && then <= pmcf->zone->shared->doubted)) {

        /* a revision that we told the platform we obey may revoke it */
        return 0;
    }

    return ngx_partner_age(ngx_max(then, heard)) <= limit;
}


/*
 * Whether what is known of revocations is good enough for this tier: NGX_OK,
 * NGX_AGAIN (it is being read) or NGX_DECLINED.
 */
static ngx_int_t
ngx_http_partner_jwt_informed(ngx_http_partner_call_t *call, ngx_uint_t tier)
{
    ngx_uint_t                    known;
    ngx_http_partner_tier_t      *numbers;
    ngx_partner_revocations_t    *revocations;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = call->pmcf;
    numbers = &pmcf->tiers[tier];
    revocations = &pmcf->jwt->revocations;

    if (revocations->tokens->shared->revoked.full) {
        return NGX_DECLINED;
    }

    known = ngx_partner_revocations_known(revocations);

    if (known && ngx_http_partner_jwt_within(pmcf, known, numbers->lease)) {
        return NGX_OK;
    }

    ngx_partner_revocations_read(revocations);

    if (revocations->reading && !call->token->asked_revoked) {

        /* what was asked for before the last gap will not do */
        call->token->asked_revoked
            = revocations->epoch == revocations->zone->shared->epoch;

        if (ngx_partner_parking_wait(&revocations->parking,
                                     &call->token->parked)
            == NGX_AGAIN) {
            return NGX_AGAIN;
        }
    }

    if (ngx_http_partner_jwt_within(pmcf, known,
                                    ngx_http_partner_stale(call, tier))) {
        (void) ngx_atomic_fetch_add(&pmcf->zone->shared->stats.stale_served,
                                    1);
        return NGX_OK;
    }

    return NGX_DECLINED;
}


/*
 * Asked anew only when something was revoked since it was found clean.  What is
 * remembered now may be of other rules or another answer than ours: it is clean
 * only if it can be revoked by the same.
 */
static ngx_uint_t
ngx_http_partner_jwt_revoked(ngx_http_partner_call_t *call,
                             ngx_partner_token_t     *token)
{
    ngx_uint_t              covered;
    ngx_partner_token_t    *entry;
    ngx_partner_tokens_t   *tokens;
    ngx_http_partner_jwt_t *jwt;

    jwt = call->pmcf->jwt;
    tokens = jwt->zone->shared;

    if (token->clean == tokens->revoked.generation) {
        return 0;
    }

    ngx_partner_tokens_lock(jwt->zone);

    covered = ngx_partner_tokens_revoked(tokens, token);
    entry = ngx_partner_tokens_find(tokens, token->tag);

    if (entry != NULL && entry->issued == token->issued
        && ngx_memcmp(entry->subjects, token->subjects,
                      sizeof(token->subjects))
               == 0) {
        entry->clean = token->clean;
    }

    ngx_partner_tokens_unlock(jwt->zone);

    return covered;
}


ngx_int_t
ngx_http_partner_jwt_unrevoked(ngx_http_partner_call_t *call,
                               ngx_partner_token_t     *token)
{
    ngx_int_t rc;

    if (!call->pmcf->jwt->redis) {
        return NGX_OK;
    }

    rc = ngx_http_partner_jwt_informed(call, token->tier);

    if (rc == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    if (ngx_http_partner_jwt_revoked(call, token)) {
        call->verdict = NGX_HTTP_PARTNER_REVOKED_TOKEN;
        return NGX_DECLINED;
    }

    if (rc != NGX_OK) {
        call->verdict = NGX_HTTP_PARTNER_STORE_UNAVAILABLE;
        return NGX_DECLINED;
    }

    return NGX_OK;
}
