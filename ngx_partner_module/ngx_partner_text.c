/*
 * Reads a file of the configuration whole.
 */

#include "ngx_partner_text.h"


/* Of the file that is open, which is the one that is read. */
static ngx_int_t
ngx_partner_text_look(ngx_conf_t *cf, const char *directive, ngx_file_t *file,
                      ngx_uint_t others)
{
    ngx_file_info_t info;

    if (ngx_fd_info(file->fd, &info) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" failed", &file->name);
        return NGX_ERROR;
    }

    if (ngx_is_dir(&info)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s \"%V\" is a directory",
                           directive, &file->name);
        return NGX_ERROR;
    }

    if (!others && (info.st_mode & S_IRWXO)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s \"%V\" is open to others, chmod o= it",
                           directive, &file->name);
        return NGX_ERROR;
    }

    file->info = info;

    return NGX_OK;
}


/* A file that shrinks while it is read is refused, and not half read. */
static ngx_int_t
ngx_partner_text_fill(ngx_conf_t *cf, const char *directive, ngx_file_t *file,
                      size_t max, ngx_str_t *text)
{
    ssize_t n;

    text->len = (size_t) ngx_file_size(&file->info);

    if (text->len > max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s \"%V\" is of %uz bytes, at most %uz are "
                           "allowed",
                           directive, &file->name, text->len, max);
        return NGX_ERROR;
    }

    text->data = ngx_pcalloc(cf->temp_pool, text->len + 1);

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    n = ngx_read_file(file, text->data, text->len, 0);

    if (n < 0 || (size_t) n != text->len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s \"%V\" could not be read whole", directive,
                           &file->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* `others`: whoever may read the file. */
static ngx_int_t
ngx_partner_text_open(ngx_conf_t *cf, const char *directive,
                      const ngx_str_t *path, ngx_uint_t others, size_t max,
                      ngx_str_t *text)
{
    ngx_int_t  rc;
    ngx_file_t file;

    ngx_memzero(&file, sizeof(ngx_file_t));
    file.name = *path;
    file.log = cf->log;
    file.fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", path);
        return NGX_ERROR;
    }

    rc = ngx_partner_text_look(cf, directive, &file, others);

    if (rc == NGX_OK) {
        rc = ngx_partner_text_fill(cf, directive, &file, max, text);
    }

    (void) ngx_close_file(file.fd);

    return rc;
}


ngx_int_t
ngx_partner_text_read(ngx_conf_t *cf, const char *directive,
                      const ngx_str_t *path, size_t max, ngx_str_t *text)
{
    return ngx_partner_text_open(cf, directive, path, 1, max, text);
}


ngx_int_t
ngx_partner_text_secret(ngx_conf_t *cf, const char *directive,
                        const ngx_str_t *path, size_t max, ngx_str_t *text)
{
    return ngx_partner_text_open(cf, directive, path, 0, max, text);
}


/* The pointer of the whole document is empty (RFC 6901, section 5). */
void
ngx_partner_text_refused(ngx_conf_t *cf, const char *directive,
                         const ngx_str_t *path, const lp_error_t *err)
{
    if (err->pointer[0] == '\0') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s \"%V\": %s", directive,
                           path, err->text);
        return;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s \"%V\" at \"%s\": %s",
                       directive, path, err->pointer, err->text);
}
