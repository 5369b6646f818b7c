/*
 * What a token can be revoked by: digests of its id, its client, its partner
 * and the key that signed it.
 */

#include "ngx_http_partner_jwt.h"


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
 * many tokens, so the digests of these are kept.  NGX_ERROR: the token could
 * not be revoked by it, so it is not to be accepted.
 */
static ngx_int_t
ngx_http_partner_jwt_subject(ngx_http_partner_main_conf_t *pmcf,
                             const char *kind, const ngx_str_t *issuer,
                             lp_text_t text, ngx_uint_t keep,
                             uint64_t *subject)
{
    u_char  name[LP_JWS_LEN], digest[LP_DIGEST_LEN];
    size_t  len;
    uint8_t tag[LP_TAG_LEN];

    *subject = 0;

    if (text.len == 0) {
        return NGX_OK;
    }

    len = ngx_http_partner_jwt_subject_name(name, kind, issuer, text);

    if (len == 0) {
        return NGX_ERROR;
    }

    if (!keep
        || !lp_recent_find(pmcf->recent_subjects, name, len, tag, digest)) {

        if (lp_digest_sha256(pmcf->digest, name, len, digest) != LP_OK) {
            return NGX_ERROR;
        }

        if (keep) {
            lp_recent_keep(pmcf->recent_subjects, tag, digest);
        }
    }

    ngx_memcpy(subject, digest, sizeof(uint64_t));

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_jwt_subjects(ngx_http_partner_main_conf_t    *pmcf,
                              const ngx_http_partner_issuer_t *issuer,
                              const lp_jwt_t *jwt, lp_text_t kid,
                              ngx_partner_token_t *token)
{
    ngx_uint_t       i;
    lp_text_t        client, partner;
    ngx_str_t        name;
    static ngx_str_t nobody = ngx_null_string;

    name = ngx_partner_names_get(&pmcf->zone->shared->names, token->partner);
    partner = (lp_text_t){ (char *) name.data, name.len };
    client = (lp_text_t){ (char *) token->id, token->id_len };

    const struct {
        const char      *kind;
        const ngx_str_t *issuer;
        lp_text_t        text;
        ngx_uint_t       keep;
    } named[NGX_PARTNER_SUBJECTS] = {
        [NGX_PARTNER_SUBJECT_TOKEN] = { "token", &issuer->name, jwt->jti, 0 },
        [NGX_PARTNER_SUBJECT_CLIENT] = { "client", &nobody, client, 1 },
        [NGX_PARTNER_SUBJECT_OWN_CLIENT]
        = { "client", &issuer->name, client, 1 },
        [NGX_PARTNER_SUBJECT_PARTNER] = { "partner", &nobody, partner, 1 },
        [NGX_PARTNER_SUBJECT_KEY] = { "key", &issuer->name, kid, 1 },
    };

    for (i = 0; i < NGX_PARTNER_SUBJECTS; i++) {
        if (ngx_http_partner_jwt_subject(pmcf, named[i].kind, named[i].issuer,
                                         named[i].text, named[i].keep,
                                         &token->subjects[i])
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
