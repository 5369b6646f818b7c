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


/* Whom the claims name. */
typedef struct {
    lp_text_t client;
    lp_text_t partner;
    lp_text_t application;
    lp_text_t tier;
    lp_tier_t level;
    char      scopes[LP_SCOPE_SET_LEN];
    size_t    scopes_len;
} ngx_http_partner_named_t;


static ngx_int_t
ngx_http_partner_jwt_refuse(ngx_http_partner_call_t *call,
                            lp_jwt_verdict_t         verdict)
{
    call->verdict = ngx_http_partner_jwt_verdicts[verdict];

    return NGX_DECLINED;
}


static ngx_http_partner_issuer_t *
ngx_http_partner_jwt_issuer(ngx_http_partner_jwt_t *jwt, lp_text_t name)
{
    ngx_uint_t                  i;
    ngx_http_partner_issuer_t **issuer;

    issuer = jwt->issuers.elts;

    for (i = 0; i < jwt->issuers.nelts; i++) {
        if (!issuer[i]->opaque && issuer[i]->name.len == name.len
            && ngx_memcmp(issuer[i]->name.data, name.text, name.len) == 0) {
            return issuer[i];
        }
    }

    return NULL;
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


/* What revokes, as docs/architecture.md has it; 0: it is too long. */
static size_t
ngx_http_partner_jwt_subject_name(u_char *name, const char *kind,
                                  const ngx_str_t *issuer, lp_text_t text)
{
    u_char *p;
    size_t  len;

    len = ngx_strlen(kind);

    if (len + issuer->len + text.len + 2 > LP_JWS_LEN) {
        return 0;
    }

    p = ngx_cpymem(name, kind, len);
    *p++ = '\n';

    if (issuer->len > 0) {
        p = ngx_cpymem(p, issuer->data, issuer->len);
        *p++ = '\n';
    }

    return ngx_cpymem(p, text.text, text.len) - name;
}


/*
 * 8 bytes of SHA-256 over what revokes.  All but the id of a token stand in
 * many tokens, so the digests of these are kept.
 */
static uint64_t
ngx_http_partner_jwt_subject(ngx_http_partner_main_conf_t *pmcf,
                             const char *kind, const ngx_str_t *issuer,
                             lp_text_t text, ngx_uint_t keep)
{
    u_char   name[LP_JWS_LEN], digest[LP_DIGEST_LEN];
    size_t   len;
    uint8_t  tag[LP_TAG_LEN];
    uint64_t subject;

    len = (text.len > 0)
              ? ngx_http_partner_jwt_subject_name(name, kind, issuer, text)
              : 0;

    if (len == 0) {
        return 0;
    }

    if (!keep
        || !lp_recent_find(pmcf->recent_subjects, name, len, tag, digest)) {

        if (lp_digest_sha256(pmcf->digest, name, len, digest) != LP_OK) {
            return 0;
        }

        if (keep) {
            lp_recent_keep(pmcf->recent_subjects, tag, digest);
        }
    }

    ngx_memcpy(&subject, digest, sizeof(subject));

    return subject;
}


static void
ngx_http_partner_jwt_subjects(ngx_http_partner_main_conf_t    *pmcf,
                              const ngx_http_partner_issuer_t *issuer,
                              const lp_jwt_t *jwt, lp_text_t kid,
                              ngx_partner_token_t *token)
{
    uint64_t        *subjects;
    lp_text_t        client, partner;
    ngx_str_t        name;
    static ngx_str_t nobody = ngx_null_string;

    subjects = token->subjects;
    name = ngx_partner_names_get(&pmcf->zone->shared->names, token->partner);
    partner = (lp_text_t){ (char *) name.data, name.len };
    client = (lp_text_t){ (char *) token->id, token->id_len };

    subjects[NGX_PARTNER_SUBJECT_TOKEN] = ngx_http_partner_jwt_subject(
        pmcf, "token", &issuer->name, jwt->jti, 0);
    subjects[NGX_PARTNER_SUBJECT_CLIENT]
        = ngx_http_partner_jwt_subject(pmcf, "client", &nobody, client, 1);
    subjects[NGX_PARTNER_SUBJECT_OWN_CLIENT] = ngx_http_partner_jwt_subject(
        pmcf, "client", &issuer->name, client, 1);
    subjects[NGX_PARTNER_SUBJECT_PARTNER]
        = ngx_http_partner_jwt_subject(pmcf, "partner", &nobody, partner, 1);
    subjects[NGX_PARTNER_SUBJECT_KEY]
        = ngx_http_partner_jwt_subject(pmcf, "key", &issuer->name, kid, 1);
}


/* An id from the claim that the configuration names; NGX_DECLINED: none. */
static ngx_int_t
ngx_http_partner_jwt_claim(const lp_jwt_t *jwt, const ngx_str_t *claim,
                           lp_text_t *text)
{
    const lp_node_t *node;

    text->len = 0;

    if (claim->len == 0) {
        return NGX_OK;
    }

    node = lp_tree_find(&jwt->claims, (char *) claim->data);

    if (node == NULL) {
        return NGX_OK;
    }

    *text = node->text;

    return (node->kind == LP_NODE_STRING && lp_id_plain(text->text, text->len))
               ? NGX_OK
               : NGX_DECLINED;
}


/* partnerd takes this partner for its operators. */
static ngx_uint_t
ngx_http_partner_jwt_platform(lp_text_t partner)
{
    return partner.len == sizeof(LP_PLATFORM) - 1
           && ngx_memcmp(partner.text, LP_PLATFORM, partner.len) == 0;
}


/* NGX_DECLINED, and which claim it is that names nobody. */
static ngx_int_t
ngx_http_partner_jwt_read(ngx_http_partner_bearer_t       *bearer,
                          const ngx_http_partner_issuer_t *issuer,
                          const lp_jwt_t *jwt, ngx_http_partner_named_t *named)
{
    ngx_uint_t i;

    static const ngx_str_t clients = ngx_string("client_id, azp or sub");
    static const ngx_str_t scopes = ngx_string("scope or scp");

    const struct {
        const ngx_str_t *claim;
        lp_text_t       *text;
    } claims[] = {
        { &issuer->partner_claim, &named->partner },
        { &issuer->application_claim, &named->application },
        { &issuer->tier_claim, &named->tier },
    };

    named->client = jwt->client.len > 0 ? jwt->client : jwt->sub;
    bearer->unmapped = &clients;

    if (!lp_id_plain(named->client.text, named->client.len)) {
        return NGX_DECLINED;
    }

    for (i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        bearer->unmapped = claims[i].claim;

        if (ngx_http_partner_jwt_claim(jwt, claims[i].claim, claims[i].text)
            != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    bearer->unmapped = &issuer->tier_claim;
    named->level = (named->tier.len > 0)
                       ? lp_tier_parse(named->tier.text, named->tier.len)
                       : (lp_tier_t) issuer->tier;

    if (named->level == LP_TIERS) {
        return NGX_DECLINED;
    }

    bearer->unmapped = &issuer->partner_claim;

    if ((issuer->partner_claim.len > 0 && named->partner.len == 0)
        || ngx_http_partner_jwt_platform(named->partner)) {
        return NGX_DECLINED;
    }

    bearer->unmapped = &scopes;

    return lp_jwt_scopes(jwt, named->scopes, &named->scopes_len) == LP_OK
               ? NGX_OK
               : NGX_DECLINED;
}


/*
 * NGX_ERROR: no room.  Names are never taken back, so only one that is new
 * needs the lock.
 */
static ngx_int_t
ngx_http_partner_jwt_intern(ngx_http_partner_call_t   *call,
                            const ngx_partner_owner_t *owner, const char *text,
                            size_t len, ngx_partner_name_t *name)
{
    ngx_partner_zone_t  *zone;
    ngx_partner_names_t *names;

    zone = call->pmcf->zone;
    names = &zone->shared->names;
    *name = (len > 0) ? ngx_partner_names_find(names, text, len) : 0;

    if (*name != 0 || len == 0) {
        return NGX_OK;
    }

    ngx_partner_zone_lock(zone);
    *name = ngx_partner_names_admit(names, owner, text, len);

    if (*name == 0) {
        ngx_partner_zone_crowded(zone, owner, call->request->connection->log);
    }

    ngx_partner_zone_unlock(zone);

    return (*name != 0) ? NGX_OK : NGX_ERROR;
}


/* Who answers for its names: the partner that it names, else its client. */
static ngx_partner_owner_t
ngx_http_partner_jwt_owner(const ngx_http_partner_named_t *named)
{
    lp_text_t           text;
    ngx_partner_owner_t owner;

    text = (named->partner.len > 0) ? named->partner : named->client;
    owner.data = (u_char *) text.text;
    owner.len = text.len;

    return owner;
}


/* NGX_DECLINED: a claim is not as it must be.  NGX_ERROR: no room. */
static ngx_int_t
ngx_http_partner_jwt_map(ngx_http_partner_call_t   *call,
                         ngx_http_partner_issuer_t *issuer,
                         const lp_jwt_t *jwt, ngx_partner_token_t *token)
{
    ngx_partner_owner_t      owner;
    ngx_http_partner_named_t named;

    if (ngx_http_partner_jwt_read(call->token, issuer, jwt, &named)
        != NGX_OK) {
        return NGX_DECLINED;
    }

    token->id_len = (uint8_t) named.client.len;
    ngx_memcpy(token->id, named.client.text, named.client.len);
    token->tier = (uint8_t) named.level;

    owner = ngx_http_partner_jwt_owner(&named);

    return (ngx_http_partner_jwt_intern(call, &owner, named.partner.text,
                                        named.partner.len, &token->partner)
                == NGX_OK
            && ngx_http_partner_jwt_intern(
                   call, &owner, named.application.text, named.application.len,
                   &token->application)
                   == NGX_OK
            && ngx_http_partner_jwt_intern(call, &owner, named.scopes,
                                           named.scopes_len, &token->scopes)
                   == NGX_OK)
               ? NGX_OK
               : NGX_ERROR;
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
    token->issued = jwt->issued;
    token->asked = issuer->opaque ? ngx_time() : 0;

    if (ngx_http_partner_jwt_bind(jwt, token) != NGX_OK) {
        return ngx_http_partner_jwt_refuse(call, LP_JWT_MALFORMED);
    }

    rc = ngx_http_partner_jwt_map(call, issuer, jwt, token);

    if (rc == NGX_ERROR) {
        call->verdict = NGX_HTTP_PARTNER_STORE_UNAVAILABLE;
        return NGX_DECLINED;
    }

    if (rc != NGX_OK) {
        call->verdict = NGX_HTTP_PARTNER_TOKEN_NOT_MAPPED;
        return NGX_DECLINED;
    }

    ngx_http_partner_jwt_subjects(pmcf, issuer, jwt, kid, token);

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
ngx_http_partner_jwt_verify(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call,
                            ngx_partner_token_t     *token)
{
    lp_jwt_t                  *jwt;
    ngx_int_t                  rc;
    lp_text_t                  kid;
    const lp_jwk_t            *key;
    lp_jwt_verdict_t           verdict;
    ngx_http_partner_issuer_t *issuer;

    (void) r;

    jwt = call->pmcf->jwt->jwt;
    verdict = lp_jwt_open(jwt, (char *) call->token->text.data,
                          call->token->text.len, call->pmcf->jwt->algorithms);

    if (verdict != LP_JWT_GOOD) {
        return ngx_http_partner_jwt_refuse(call, verdict);
    }

    issuer = ngx_http_partner_jwt_issuer(call->pmcf->jwt, jwt->iss);

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
