/*
 * The keys of an issuer that come from a file, read with the configuration.
 */

#include "ngx_http_partner_issuer.h"


/* OpenSSL's memory is not the pool's, so it goes with the pool. */
static void
ngx_http_partner_issuer_unload(void *data)
{
    ngx_http_partner_issuer_t *issuer;

    issuer = data;
    lp_jwks_free(issuer->keys);
    issuer->keys = NULL;
}


/* A file that may hold a key set; those of HS256 and its like are secrets. */
static ngx_int_t
ngx_http_partner_issuer_fits(ngx_conf_t                      *cf,
                             const ngx_http_partner_issuer_t *issuer,
                             ngx_file_t                      *file)
{
    ngx_file_info_t info;

    if (ngx_fd_info(file->fd, &info) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "partner_jwt: " ngx_fd_info_n " \"%V\" failed",
                           &file->name);
        return NGX_ERROR;
    }

    if (ngx_is_dir(&info)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt: jwks_file \"%V\" is a directory, "
                           "allowed is a file with a key set",
                           &file->name);
        return NGX_ERROR;
    }

    if (ngx_file_size(&info) > LP_JWKS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt: jwks_file \"%V\" has %O bytes, "
                           "allowed are at most %d",
                           &file->name, ngx_file_size(&info), LP_JWKS_MAX);
        return NGX_ERROR;
    }

    if ((issuer->algorithms & LP_ALG_SYMMETRIC) != 0
        && (info.st_mode & S_IRWXO)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt: jwks_file \"%V\" holds secrets and "
                           "is open to others, chmod o= it",
                           &file->name);
        return NGX_ERROR;
    }

    return NGX_OK;
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
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt: jwks_file \"%V\" at \"%s\": %s", path,
                           err.pointer, err.text);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_partner_issuer_unload;
    cln->data = issuer;
    ngx_http_partner_issuer_stamp(issuer, text, len);

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_issuer_load(ngx_conf_t *cf, ngx_http_partner_issuer_t *issuer,
                             ngx_str_t *path)
{
    u_char    *text;
    ssize_t    n;
    ngx_int_t  rc;
    ngx_file_t file;

    ngx_memzero(&file, sizeof(ngx_file_t));
    file.name = *path;
    file.log = cf->log;
    file.fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "partner_jwt: " ngx_open_file_n " \"%V\" failed",
                           path);
        return NGX_ERROR;
    }

    rc = NGX_ERROR;
    text = ngx_pnalloc(cf->temp_pool, LP_JWKS_MAX + 1);
    n = (text != NULL
         && ngx_http_partner_issuer_fits(cf, issuer, &file) == NGX_OK)
            ? ngx_read_file(&file, text, LP_JWKS_MAX + 1, 0)
            : -1;

    if (n >= 0) {
        rc = ngx_http_partner_issuer_parse(cf, issuer, path, text, (size_t) n);

        /* a key of HS256 is a secret */
        ngx_explicit_memzero(text, (size_t) n);
    }

    (void) ngx_close_file(file.fd);

    return rc;
}
