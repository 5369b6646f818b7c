/*
 * A token that was seen before costs one look-up; another is
 * verified.  It names the principal itself, or the client whose record does.
 */

#include "ngx_http_partner_introspection.h"


#define NGX_HTTP_PARTNER_CLIENT "client:"


/* Resumes the call whose token waited. */
static void
ngx_http_partner_jwt_resume(void *data)
{
    ngx_http_partner_resume(data);
}


ngx_int_t
ngx_http_partner_jwt_keys(ngx_http_partner_call_t   *call,
                          ngx_http_partner_issuer_t *issuer)
{
    ngx_int_t                  rc;
    ngx_http_partner_bearer_t *bearer;

    bearer = call->token;
    rc = ngx_http_partner_issuer_ready(issuer);

    if (rc != NGX_OK && !bearer->asked) {
        bearer->asked = 1;

        if (ngx_http_partner_issuer_wait(issuer, &bearer->parked, 0)
            == NGX_AGAIN) {
            return NGX_AGAIN;
        }

        /* another worker may have been answered meanwhile */
        rc = ngx_http_partner_issuer_ready(issuer);
    }

    if (rc != NGX_DECLINED) {

        /* old keys count where there is nobody to ask, and no room to wait */
        return NGX_OK;
    }

    call->verdict = NGX_HTTP_PARTNER_KEYS_UNAVAILABLE;

    return NGX_DECLINED;
}


/*
 * NGX_OK: the token is as it was remembered.  NGX_DECLINED: not seen, or under
 * other rules or keys, or its issuer is to be asked anew.  NGX_AGAIN: waits for
 * keys.  NGX_ABORT: there are none that count, and the verdict says so.
 */
static ngx_int_t
ngx_http_partner_jwt_seen(ngx_http_partner_call_t *call,
                          ngx_partner_token_t     *token)
{
    ngx_int_t                  rc;
    ngx_partner_token_t       *seen;
    ngx_http_partner_jwt_t    *jwt;
    ngx_http_partner_issuer_t *issuer;

    jwt = call->pmcf->jwt;

    ngx_partner_tokens_lock(jwt->zone);
    seen = ngx_partner_tokens_find(jwt->zone->shared, call->token->tag);

    if (seen != NULL) {
        *token = *seen;
    }

    ngx_partner_tokens_unlock(jwt->zone);

    issuer = (seen != NULL)
                 ? ngx_http_partner_issuer_by_id(&jwt->issuers, token->issuer)
                 : NULL;

    if (issuer == NULL) {
        return NGX_DECLINED;
    }

    if (issuer->opaque) {
        return (ngx_time() < token->asked + jwt->inspect->cache)
                   ? NGX_OK
                   : NGX_DECLINED;
    }

    rc = ngx_http_partner_jwt_keys(call, issuer);

    if (rc != NGX_OK) {
        return (rc == NGX_AGAIN) ? NGX_AGAIN : NGX_ABORT;
    }

    return (issuer->fingerprint == token->fingerprint) ? NGX_OK : NGX_DECLINED;
}


/*
 * Buckets of a key or client are named by the digest.  Here it is made of
 * what names the bucket in Redis as well: the partner and his client, who is
 * not another issuer's of the same id.
 */
static void
ngx_http_partner_jwt_name(ngx_http_partner_call_t   *call,
                          const ngx_partner_token_t *token)
{
    u_char  *p;
    uint64_t client;

    client = token->subjects[NGX_PARTNER_SUBJECT_OWN_CLIENT];
    call->token->client = client;

    ngx_memzero(call->digest, LP_DIGEST_LEN);
    p = ngx_cpymem(call->digest, &client, sizeof(client));
    ngx_memcpy(p, &token->partner, sizeof(token->partner));
}


/* Where the token names no partner, the client's record is looked up. */
static ngx_int_t
ngx_http_partner_jwt_identify(ngx_http_partner_call_t   *call,
                              const ngx_partner_token_t *token)
{
    u_char                  *p;
    u_char                   name[sizeof(NGX_HTTP_PARTNER_CLIENT) + LP_ID_LEN];
    ngx_partner_principal_t *principal;
    ngx_http_partner_issuer_t *issuer;

    if (token->partner == 0) {
        p = ngx_cpymem(name, NGX_HTTP_PARTNER_CLIENT,
                       sizeof(NGX_HTTP_PARTNER_CLIENT) - 1);
        p = ngx_cpymem(p, token->id, token->id_len);

        if (lp_digest_sha256(call->pmcf->digest, name, p - name, call->digest)
            != LP_OK) {
            return NGX_ERROR;
        }

        call->token->scopes = token->scopes;
        call->digested = 1;

        return NGX_OK;
    }

    issuer = ngx_http_partner_issuer_by_id(&call->pmcf->jwt->issuers,
                                           token->issuer);
    principal = &call->principal;
    ngx_memzero(principal, sizeof(ngx_partner_principal_t));

    principal->id_len = token->id_len & 0xff;
    ngx_memcpy(principal->id, token->id, token->id_len);
    principal->tier = token->tier;
    principal->environment = issuer->environment & 0xf;
    principal->partner = token->partner;
    principal->application = token->application;
    principal->scopes = token->scopes;
    principal->expires = ngx_partner_principal_time(token->expires);

    ngx_http_partner_jwt_name(call, token);

    call->token->narrowed = 1;
    call->digested = 1;
    call->identified = 1;

    return NGX_OK;
}


/* Possession of the certificate is proven anew by each call (RFC 8705). */
static ngx_uint_t
ngx_http_partner_jwt_possessed(ngx_http_request_t        *r,
                               const ngx_partner_token_t *token)
{
    u_char digest[LP_DIGEST_LEN];

    return !token->bound
           || (ngx_http_partner_jwt_certificate(r->connection, digest)
                   == NGX_OK
               && lp_digest_equal(digest, token->certificate));
}


static ngx_int_t
ngx_http_partner_jwt_accept(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call,
                            ngx_partner_token_t     *token)
{
    ngx_int_t rc;

    if (token->expires <= ngx_time()) {
        call->verdict = NGX_HTTP_PARTNER_EXPIRED_TOKEN;
        return NGX_DECLINED;
    }

    if (!ngx_http_partner_jwt_possessed(r, token)) {
        call->verdict = NGX_HTTP_PARTNER_CERTIFICATE_MISMATCH;
        return NGX_DECLINED;
    }

    rc = ngx_http_partner_jwt_unrevoked(call, token);

    return (rc == NGX_OK) ? ngx_http_partner_jwt_identify(call, token) : rc;
}


ngx_int_t
ngx_http_partner_jwt(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    ngx_int_t                  rc;
    ngx_partner_token_t        token;
    ngx_http_partner_bearer_t *bearer;

    bearer = call->token;

    if (bearer == NULL || call->digested) {
        return NGX_OK;
    }

    if (bearer->parked.done == NULL) {
        bearer->parked.done = ngx_http_partner_jwt_resume;
        bearer->parked.data = call;

        lp_tag_make(call->pmcf->jwt->zone->shared->key, bearer->text.data,
                    bearer->text.len, bearer->tag);
    }

    rc = ngx_http_partner_jwt_seen(call, &token);

    if (rc == NGX_DECLINED) {
        rc = bearer->opaque ? ngx_http_partner_inspect(r, call, &token)
                            : ngx_http_partner_jwt_verify(call, &token);

    } else if (rc == NGX_ABORT) {
        return NGX_DECLINED;
    }

    return (rc == NGX_OK) ? ngx_http_partner_jwt_accept(r, call, &token) : rc;
}
