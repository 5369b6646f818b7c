/*
 * A journal's file: made, mapped, set aside, and whose it is.
 */

#include "ngx_partner_journal.h"
#include "ngx_partner_textfile.h"


#define NGX_PARTNER_MACHINE "/etc/machine-id"
#define NGX_PARTNER_BOOT    "/proc/sys/kernel/random/boot_id"


/* The hexadecimal digits of a short file, as bytes; others are passed over. */
static ngx_int_t
ngx_partner_file_id(const char *path, uint8_t id[16])
{
    int        fd, digit;
    ssize_t    n, i;
    u_char     text[64];
    ngx_uint_t at;

    ngx_memzero(id, 16);

    fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1) {
        return NGX_ERROR;
    }

    n = read(fd, text, sizeof(text));
    (void) close(fd);

    for (i = 0, at = 0; i < n && at < 32; i++) {
        digit = ngx_hextoi(&text[i], 1);

        if (digit != NGX_ERROR) {
            id[at / 2] = (uint8_t) (id[at / 2] << 4 | digit);
            at++;
        }
    }

    return (at == 32) ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_partner_file_here(lp_journal_identity_t *identity, ngx_log_t *log)
{
    /* a container may have no machine id: the file's own tells copies apart */

    (void) ngx_partner_file_id(NGX_PARTNER_MACHINE, identity->machine);

    if (ngx_partner_file_id(NGX_PARTNER_BOOT, identity->boot) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "partner_journal: cannot read " NGX_PARTNER_BOOT);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uid_t
ngx_partner_file_owner(const ngx_partner_journal_conf_t *conf)
{
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(conf->cycle->conf_ctx,
                                           ngx_core_module);

    return (geteuid() == 0) ? ccf->user : geteuid();
}


static ngx_int_t
ngx_partner_file_mmap(int fd, const char *path, const struct stat *st,
                      ngx_partner_mapping_t *file,
                      lp_journal_identity_t *identity, ngx_log_t *log)
{
    file->size = (size_t) st->st_size;
    file->mem
        = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (file->mem == MAP_FAILED) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "partner_journal: mmap(\"%s\") failed", path);
        return NGX_ERROR;
    }

    identity->device = (uint64_t) st->st_dev;
    identity->inode = (uint64_t) st->st_ino;

    return NGX_OK;
}


/* Workers remove the file once all of it is told. */
static ngx_int_t
ngx_partner_file_give(int fd, const char *path,
                      const ngx_partner_journal_conf_t *conf, ngx_log_t *log)
{
    if (geteuid() == 0
        && fchown(fd, ngx_partner_file_owner(conf), (gid_t) -1) == -1) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "partner_journal: fchown(\"%s\") failed", path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * On tmpfs room that is not there is a signal 7 later: it is taken now, that of
 * a copy with holes, too.
 */
static ngx_int_t
ngx_partner_file_fill(int fd, const char *path, size_t size, ngx_log_t *log)
{
    int rc;

    do {
        rc = posix_fallocate(fd, 0, (off_t) size);
    } while (rc == EINTR);

    if (rc != 0) {
        ngx_log_error(NGX_LOG_EMERG, log, rc,
                      "partner_journal: no room for %uz bytes in \"%s\"", size,
                      path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * One that has its room is left alone: where a file system cannot reserve any,
 * the C library reads and writes bytes that others count in.
 */
static ngx_int_t
ngx_partner_file_refill(int fd, const char *path, const struct stat *st,
                        ngx_log_t *log)
{
    /* st_blocks: of 512 bytes, stat(2) */

    return ((off_t) st->st_blocks * 512 >= st->st_size)
               ? NGX_OK
               : ngx_partner_file_fill(fd, path, (size_t) st->st_size, log);
}


ngx_int_t
ngx_partner_file_map(const char *path, ngx_partner_mapping_t *file,
                     lp_journal_identity_t            *identity,
                     const ngx_partner_journal_conf_t *conf, ngx_log_t *log)
{
    int         fd;
    ngx_int_t   rc;
    struct stat st;

    fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd == -1) {

        if (ngx_errno == NGX_ENOENT) {
            return NGX_DECLINED;
        }

        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "partner_journal: open(\"%s\") failed", path);
        return NGX_ERROR;
    }

    rc = NGX_ERROR;

    if (fstat(fd, &st) == -1) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "partner_journal: fstat(\"%s\") failed", path);

    } else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0
               || (st.st_uid != 0
                   && st.st_uid != ngx_partner_file_owner(conf))) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "partner_journal: \"%s\" is not a file that only the "
                      "workers' user can read and write",
                      path);

    } else if (st.st_size == 0) {
        rc = ngx_partner_file_set_aside(path, "is empty", log);

    } else if (ngx_partner_file_refill(fd, path, &st, log) == NGX_OK
               && ngx_partner_file_give(fd, path, conf, log) == NGX_OK) {
        rc = ngx_partner_file_mmap(fd, path, &st, file, identity, log);
    }

    (void) close(fd);

    return rc;
}


/* A file of zeros at a name that nobody has, mapped. */
static ngx_int_t
ngx_partner_file_make(const char *path, size_t size,
                      ngx_partner_mapping_t            *file,
                      lp_journal_identity_t            *identity,
                      const ngx_partner_journal_conf_t *conf, ngx_log_t *log)
{
    int         fd;
    ngx_int_t   rc;
    struct stat st;

    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd == -1) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "partner_journal: cannot make \"%s\"", path);
        return NGX_ERROR;
    }

    rc = NGX_ERROR;

    if (ngx_partner_file_fill(fd, path, size, log) == NGX_OK
        && ngx_partner_file_give(fd, path, conf, log) == NGX_OK
        && fstat(fd, &st) == 0) {
        rc = ngx_partner_file_mmap(fd, path, &st, file, identity, log);
    }

    (void) close(fd);

    if (rc != NGX_OK) {
        (void) unlink(path);
    }

    return rc;
}


ngx_int_t
ngx_partner_journal_make(const char *path, size_t size,
                         lp_journal_identity_t      *identity,
                         ngx_partner_journal_fill_pt fill, const void *data,
                         const ngx_partner_journal_conf_t *conf,
                         ngx_partner_mapping_t *file, lp_journal_t *counters,
                         ngx_log_t *log)
{
    char       temp[NGX_MAX_PATH + 64];
    lp_error_t err;

    (void) ngx_snprintf((u_char *) temp, sizeof(temp), "%s.new.%P%Z", path,
                        ngx_getpid());
    (void) unlink(temp); /* of a process that had this number and died */

    if (ngx_partner_file_make(temp, size, file, identity, conf, log)
        != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_set_errno(0); /* not each of these that fails has one */

    if (lp_journal_format(file->mem, file->size, identity) == LP_OK
        && lp_journal_open(counters, file->mem, file->size, &err) == LP_OK
        && (fill == NULL || fill(counters, data) == LP_OK)
        && rename(temp, path) == 0) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                  "partner_journal: cannot make \"%s\"", path);
    (void) munmap(file->mem, file->size);
    (void) unlink(temp);

    return NGX_ERROR;
}


ngx_int_t
ngx_partner_file_find(const ngx_str_t *path, const char *pattern,
                      glob_t *found)
{
    char   whole[2 * NGX_MAX_PATH];
    size_t i, n;

    for (i = 0, n = 0; i < path->len && n < NGX_MAX_PATH; i++) {

        if (ngx_strchr("*?[\\", path->data[i]) != NULL) {
            whole[n++] = '\\';
        }

        whole[n++] = (char) path->data[i];
    }

    if (i < path->len || ngx_strlen(pattern) >= sizeof(whole) - n) {
        return NGX_DECLINED;
    }

    ngx_memcpy(whole + n, pattern, ngx_strlen(pattern) + 1);

    return (glob(whole, 0, NULL, found) == 0) ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_partner_file_set_aside(const char *path, const char *why, ngx_log_t *log)
{
    return ngx_partner_textfile_set_aside(
        path, why, "partner_journal", "the usage in it is not published", log);
}
