/*
 * Files of text that are replaced as a whole.
 */

#include "ngx_partner_textfile.h"


#define NGX_PARTNER_TEXTFILE_PAGE 65536


typedef struct {
    int    fd;
    size_t len;
    u_char page[NGX_PARTNER_TEXTFILE_PAGE];
} ngx_partner_textfile_t;


static int
ngx_partner_textfile_flush(ngx_partner_textfile_t *file)
{
    size_t  sent;
    ssize_t n;

    for (sent = 0; sent < file->len; sent += (size_t) n) {
        n = write(file->fd, file->page + sent, file->len - sent);

        if (n <= 0) {
            return LP_INVALID;
        }
    }

    file->len = 0;

    return LP_OK;
}


static int
ngx_partner_textfile_emit(void *ctx, const char *text, size_t len)
{
    ngx_partner_textfile_t *file;

    file = ctx;

    if (len > sizeof(file->page) - file->len
        && ngx_partner_textfile_flush(file) != LP_OK) {
        return LP_INVALID;
    }

    ngx_memcpy(file->page + file->len, text, len);
    file->len += len;

    return LP_OK;
}


static ngx_int_t
ngx_partner_textfile_put(const char *path, ngx_partner_text_pt fill,
                         void *data)
{
    ngx_int_t                     rc;
    static ngx_partner_textfile_t file; /* too large for a stack */

    file.len = 0;
    file.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                   0600);

    if (file.fd == -1) {
        return NGX_ERROR;
    }

    rc = (fill(data, ngx_partner_textfile_emit, &file) == LP_OK
          && ngx_partner_textfile_flush(&file) == LP_OK && fsync(file.fd) == 0)
             ? NGX_OK
             : NGX_ERROR;

    return (close(file.fd) == 0) ? rc : NGX_ERROR;
}


ngx_int_t
ngx_partner_textfile_replace(const char *directory, const char *path,
                             ngx_partner_text_pt fill, void *data)
{
    int       dir;
    char      temp[NGX_MAX_PATH + 64];
    ngx_int_t rc;

    (void) ngx_snprintf((u_char *) temp, sizeof(temp), "%s.new.%P%Z", path,
                        ngx_pid);
    (void) unlink(temp); /* of a process that had this number and died */

    if (ngx_partner_textfile_put(temp, fill, data) != NGX_OK
        || rename(temp, path) == -1) {
        (void) unlink(temp);
        return NGX_ERROR;
    }

    /* the name, too, has to be on disk */

    dir = open(directory, O_RDONLY | O_DIRECTORY);

    if (dir == -1) {
        return NGX_ERROR;
    }

    rc = (fsync(dir) == 0) ? NGX_OK : NGX_ERROR;
    (void) close(dir);

    return rc;
}


ngx_int_t
ngx_partner_textfile_read(const char *path, ngx_str_t *text, ngx_log_t *log)
{
    int         fd;
    size_t      got;
    ssize_t     n;
    struct stat st;

    text->data = NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd == -1) {
        return (ngx_errno == NGX_ENOENT) ? NGX_DECLINED : NGX_ERROR;
    }

    if (fstat(fd, &st) == -1) {
        (void) close(fd);
        return NGX_ERROR;
    }

    text->data = ngx_alloc((size_t) st.st_size + 1, log);

    for (got = 0; text->data != NULL && got < (size_t) st.st_size;
         got += (size_t) n) {
        n = read(fd, text->data + got, (size_t) st.st_size - got);

        if (n <= 0) {
            break;
        }
    }

    (void) close(fd);
    text->len = got;

    return (text->data != NULL) ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_partner_textfile_set_aside(const char *path, const char *why,
                               const char *who, const char *lost,
                               ngx_log_t *log)
{
    char aside[NGX_MAX_PATH + 96];

    (void) ngx_snprintf((u_char *) aside, sizeof(aside), "%s.damaged.%T%Z",
                        path, ngx_time());

    if (rename(path, aside) == -1) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "%s: \"%s\" %s, and cannot be set aside", who, path,
                      why);
        return NGX_ERROR;
    }

    ngx_log_error(NGX_LOG_ALERT, log, 0,
                  "%s: \"%s\" %s; it was set aside as \"%s\", and %s", who,
                  path, why, aside, lost);

    return NGX_DECLINED;
}
