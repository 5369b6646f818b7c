/*
 * A token that was not seen before: opened, verified, judged, mapped to a
 * principal, and remembered.
 */

#include "ngx_http_partner_jwt.h"

#include "../libpartner/lp_base64url.h"


static const ngx_http_partner_verdict_t ngx_http_partner_jwt_verdicts[] = {
    [LP_JWT_GOOD] = NGX_HTTP_PARTNER_PASSED,
    [LP_JWT_MALFORMED] = NGX_HTTP_PARTNER_MALFORMED_TOKEN,
    [LP_JWT_BAD_ALGORITHM] = NGX_HTTP_PARTNER_ALGORITHM_NOT_ALLOWED,
    [LP_JWT_BAD_SIGNATURE] = NGX_HTTP_PARTNER_INVALID_SIGNATURE,
    [LP_JWT_WRONG_ISSUER] = NGX_HTTP_PARTNER_UNKNOWN_ISSUER,
    [LP_JWT_WRONG_AUDIENCE] = NGX_HTTP_PARTNER_WRONG_AUDIENCE,
    [LP_JWT_WRONG_TYPE] = NGX_HTTP_PARTNER_WRONG_TYPE,
    [LP_JWT_EXPIRED] = NGX_HTTP_PARTNER_EXPIRED_TOKEN,
    [LP_JWT_PREMATURE] = NGX_HTTP_PARTNER_PREMATURE_TOKEN,
};


static ngx_int_t
ngx_http_partner_jwt_refuse(ngx_http_partner_call_t *call,
                            lp_jwt_verdict_t         verdict)
{
    call->verdict = ngx_http_partner_jwt_verdicts[verdict];

    return NGX_DECLINED;
}


/*
 * A key that nobody knows may be a new one: the call waits for one fetch, and
 * only what that brings tells a new key from a wrong one.
 */
static ngx_int_t
ngx_http_partner_jwt_await_key(ngx_http_partner_call_t   *call,
                               ngx_http_partner_issuer_t *issuer)
{
    ngx_int_t                  rc;
    ngx_http_partner_bearer_t *bearer;

    bearer = call->token;
    rc = NGX_DECLINED;

    if (!bearer->asked_key) {
        bearer->asked_key = 1;
        bearer->asked_at = ngx_current_msec;
        rc = ngx_http_partner_issuer_wait(issuer, &bearer->parked, 1);
    }

    if (rc == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    call->verdict
        = (rc == NGX_DECLINED
           && ngx_http_partner_issuer_asked(issuer, bearer->asked_at))
              ? NGX_HTTP_PARTNER_UNKNOWN_SIGNING_KEY
              : NGX_HTTP_PARTNER_KEYS_UNAVAILABLE;

    return NGX_DECLINED;
}


/* The thumbprint that binds the token (RFC 8705, section 3.1). */
static ngx_int_t
ngx_http_partner_jwt_bind(const lp_jwt_t *jwt, ngx_partner_token_t *token)
{
    size_t  len;
    uint8_t print[LP_BASE64URL_BYTES(48)];

    if (jwt->thumbprint.len == 0) {
        return NGX_OK;
    }

    if (jwt->thumbprint.len > 48
        || lp_base64url_decode(jwt->thumbprint.text, jwt->thumbprint.len,
                               print, &len)
               != LP_OK
        || len != LP_DIGEST_LEN) {
        return NGX_DECLINED;
    }

    token->bound = 1;
    ngx_memcpy(token->certificate, print, LP_DIGEST_LEN);

    return NGX_OK;
}


/*
 * Whatever it may be used for is in its entry, so it is judged no more.  `kid`
 * is that of the key which verified it: the token need not say.
 */
static ngx_int_t
ngx_http_partner_jwt_remember(ngx_http_partner_call_t   *call,
                              ngx_http_partner_issuer_t *issuer,
                              const lp_jwt_t *jwt, lp_text_t kid,
                              ngx_partner_token_t *token)
{
    ngx_int_t                     rc;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = call->pmcf;

    ngx_memzero(token, sizeof(ngx_partner_token_t));
    ngx_memcpy(token->tag, call->token->tag, LP_TAG_LEN);
    token->fingerprint = issuer->fingerprint;
    token->issuer = issuer->id;
    token->expires = jwt->expires + issuer->policy.leeway;

    /*
     * A clock that is ahead as far as we allow for issues tokens of the future:
     * what existed at the moment that a revocation names is to be covered.
     */
    token->issued
        = (jwt->issued != 0) ? jwt->issued - issuer->policy.leeway : 0;
    token->asked = issuer->opaque ? ngx_time() : 0;

    if (ngx_http_partner_jwt_bind(jwt, token) != NGX_OK) {
        return ngx_http_partner_jwt_refuse(call, LP_JWT_MALFORMED);
    }

    rc = ngx_http_partner_jwt_map(call, issuer, jwt, token);

    if (rc == NGX_OK) {
        rc = ngx_http_partner_jwt_subjects(pmcf, issuer, jwt, kid, token);
    }

    if (rc == NGX_ERROR) {
        call->verdict = NGX_HTTP_PARTNER_STORE_UNAVAILABLE;
        return NGX_DECLINED;
    }

    if (rc != NGX_OK) {
        call->verdict = NGX_HTTP_PARTNER_TOKEN_NOT_MAPPED;
        return NGX_DECLINED;
    }

    ngx_partner_tokens_lock(pmcf->jwt->zone);
    ngx_partner_tokens_store(pmcf->jwt->zone->shared, token);
    ngx_partner_tokens_unlock(pmcf->jwt->zone);

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_jwt_introspected(ngx_http_partner_call_t   *call,
                                  ngx_http_partner_issuer_t *issuer,
                                  ngx_partner_token_t       *token)
{
    lp_jwt_t        *jwt;
    lp_text_t        none;
    lp_jwt_verdict_t verdict;

    none = (lp_text_t){ NULL, 0 };
    jwt = call->pmcf->jwt->jwt;
    verdict = lp_jwt_judge_claims(jwt, &issuer->policy, ngx_time());

    return (verdict == LP_JWT_GOOD)
               ? ngx_http_partner_jwt_remember(call, issuer, jwt, none, token)
               : ngx_http_partner_jwt_refuse(call, verdict);
}


ngx_int_t
ngx_http_partner_jwt_verify(ngx_http_partner_call_t *call,
                            ngx_partner_token_t     *token)
{
    lp_jwt_t                  *jwt;
    ngx_int_t                  rc;
    lp_text_t                  kid;
    const lp_jwk_t            *key;
    lp_jwt_verdict_t           verdict;
    ngx_http_partner_issuer_t *issuer;

    jwt = call->pmcf->jwt->jwt;
    verdict = lp_jwt_open(jwt, (char *) call->token->text.data,
                          call->token->text.len, call->pmcf->jwt->algorithms);

    if (verdict != LP_JWT_GOOD) {
        return ngx_http_partner_jwt_refuse(call, verdict);
    }

    issuer = ngx_http_partner_issuer_named(&call->pmcf->jwt->issuers,
                                           jwt->iss.text, jwt->iss.len);

    if (issuer == NULL) {
        return ngx_http_partner_jwt_refuse(call, LP_JWT_WRONG_ISSUER);
    }

    if ((issuer->algorithms & LP_ALG_BIT(jwt->alg)) == 0) {
        return ngx_http_partner_jwt_refuse(call, LP_JWT_BAD_ALGORITHM);
    }

    rc = ngx_http_partner_jwt_keys(call, issuer);

    if (rc != NGX_OK) {
        return rc;
    }

    key = lp_jwks_find(issuer->keys, jwt->alg, jwt->kid.text, jwt->kid.len);

    if (key == NULL) {
        return ngx_http_partner_jwt_await_key(call, issuer);
    }

    verdict = lp_jwt_verify(jwt, key->verifiers[jwt->alg]);

    if (verdict == LP_JWT_GOOD) {
        verdict = lp_jwt_judge(jwt, &issuer->policy, ngx_time());
    }

    (void) ngx_atomic_fetch_add(&call->pmcf->jwt->zone->shared->verified, 1);

    kid = (lp_text_t){ key->kid, key->kid_len };

    return (verdict == LP_JWT_GOOD)
               ? ngx_http_partner_jwt_remember(call, issuer, jwt, kid, token)
               : ngx_http_partner_jwt_refuse(call, verdict);
}
