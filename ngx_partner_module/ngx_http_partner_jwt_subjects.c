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


void
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
