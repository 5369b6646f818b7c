/*
 * The keys of an issuer that come from a file, read with the configuration.
 */

#include "ngx_http_partner_issuer.h"
#include "ngx_partner_text.h"


/* OpenSSL's memory is not the pool's, so it goes with the pool. */
static void
ngx_http_partner_issuer_unload(void *data)
{
    ngx_http_partner_issuer_t *issuer;

    issuer = data;
    lp_jwks_free(issuer->keys);
    issuer->keys = NULL;
}


static ngx_int_t
ngx_http_partner_issuer_parse(ngx_conf_t                *cf,
                              ngx_http_partner_issuer_t *issuer,
                              ngx_str_t *path, const u_char *text, size_t len)
{
    lp_error_t          err;
    ngx_pool_cleanup_t *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (cln == NULL) {
        return NGX_ERROR;
    }

    issuer->keys = lp_jwks_parse((char *) text, len, issuer->algorithms,
                                 LP_STRICT, &err);

    if (issuer->keys == NULL) {
        ngx_partner_text_refused(cf, "partner_jwt: jwks_file", path, &err);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_partner_issuer_unload;
    cln->data = issuer;
    ngx_http_partner_issuer_stamp(issuer, text, len);

    return NGX_OK;
}


/* Keys of HS256 and its like are secrets. */
static ngx_int_t
ngx_http_partner_issuer_read(ngx_conf_t                      *cf,
                             const ngx_http_partner_issuer_t *issuer,
                             const ngx_str_t *path, ngx_str_t *text)
{
    if (issuer->algorithms & LP_ALG_SYMMETRIC) {
        return ngx_partner_text_secret(cf, "partner_jwt: secret jwks_file",
                                       path, LP_JWKS_MAX, text);
    }

    return ngx_partner_text_read(cf, "partner_jwt: jwks_file", path,
                                 LP_JWKS_MAX, text);
}


ngx_int_t
ngx_http_partner_issuer_load(ngx_conf_t *cf, ngx_http_partner_issuer_t *issuer,
                             ngx_str_t *path)
{
    ngx_int_t rc;
    ngx_str_t text;

    if (ngx_http_partner_issuer_read(cf, issuer, path, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_partner_issuer_parse(cf, issuer, path, text.data, text.len);
    ngx_explicit_memzero(text.data, text.len);

    return rc;
}
