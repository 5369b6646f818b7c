/*
 * partner_journal: where the journal's file is, and who saves it to disk.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_option.h"
#include "ngx_http_partner_slo.h"

#include <linux/magic.h>
#include <sys/vfs.h>


static ngx_int_t ngx_http_partner_option_directory(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);
static ngx_int_t ngx_http_partner_option_size(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);


#define ngx_http_partner_in_journal(field)                                    \
    offsetof(ngx_partner_journal_conf_t, field)


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_journal_options[] = {

    { ngx_string("snapshots"), ngx_http_partner_option_directory,
      ngx_http_partner_in_journal(snapshots), 0, 0,
      "a directory on a disk", NULL },

    { ngx_string("size"), ngx_http_partner_option_size,
      ngx_http_partner_in_journal(size), 1024 * 1024, 0,
      "a size of at least 1m", NULL },

    { ngx_string("interval"), ngx_http_partner_option_msec,
      ngx_http_partner_in_journal(interval), 1000, 3600 * 1000,
      "a time with its unit, from 1s to 1h", NULL },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


static ngx_int_t
ngx_http_partner_option_directory(ngx_conf_t *cf, ngx_str_t *value,
                                  const ngx_http_partner_option_t *option,
                                  void                            *field)
{
    ngx_str_t *directory = field;

    (void) option;

    *directory = *value;

    if (directory->len > 1 && directory->data[directory->len - 1] == '/') {
        directory->data[--directory->len] = '\0';
    }

    return (directory->len != 0) ? ngx_conf_full_name(cf->cycle, directory, 0)
                                 : NGX_ERROR;
}


static ngx_int_t
ngx_http_partner_option_size(ngx_conf_t *cf, ngx_str_t *value,
                             const ngx_http_partner_option_t *option,
                             void                            *field)
{
    ssize_t size;
    size_t *to = field;

    (void) cf;

    size = ngx_parse_size(value);

    if (size < option->min) {
        return NGX_ERROR;
    }

    *to = (size_t) size;

    return NGX_OK;
}


/* In nginx' own cache manager, a process that may wait for a disk. */
static ngx_msec_t
ngx_http_partner_journal_manager(void *data)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = data;
    ngx_partner_snapshot_write(&pmcf->journals, ngx_cycle->log);
    ngx_http_partner_slo_save(pmcf, ngx_cycle->log);

    return pmcf->journal_conf->interval;
}


static ngx_int_t
ngx_http_partner_journal_path(ngx_conf_t                   *cf,
                              ngx_http_partner_main_conf_t *pmcf)
{
    ngx_path_t *path;

    path = ngx_pcalloc(cf->pool, sizeof(ngx_path_t));

    if (path == NULL) {
        return NGX_ERROR;
    }

    path->name = pmcf->journal_conf->snapshots;
    path->manager = ngx_http_partner_journal_manager;
    path->data = pmcf;
    path->conf_file = cf->conf_file->file.name.data;
    path->line = cf->conf_file->line;

    return ngx_add_path(cf, &path);
}


static ngx_int_t
ngx_http_partner_journal_cleanup(ngx_conf_t                   *cf,
                                 ngx_http_partner_main_conf_t *pmcf)
{
    ngx_pool_cleanup_t *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_partner_journals_close;
    cln->data = &pmcf->journals;

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_journal_directory(ngx_conf_t *cf, const char *directory)
{
    ngx_err_t     err;
    struct stat   st;
    struct statfs fs;

    err = (stat(directory, &st) == -1 || statfs(directory, &fs) == -1)
              ? ngx_errno
          : S_ISDIR(st.st_mode) ? 0
                                : NGX_ENOTDIR;

    if (err != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, err,
                           "partner_journal: no use of the directory \"%s\"",
                           directory);
        return NGX_ERROR;
    }

    if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "partner_journal: no file can be made in \"%s\"",
                           directory);
        return NGX_ERROR;
    }

    if (fs.f_type != TMPFS_MAGIC) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "partner_journal: \"%s\" is not on a tmpfs: "
                           "workers will wait for its disk",
                           directory);
    }

    return NGX_OK;
}


/* The file may not be there yet, but where it is to be has to be. */
static ngx_int_t
ngx_http_partner_journal_place(ngx_conf_t *cf, const ngx_str_t *path)
{
    u_char   *slash;
    ngx_int_t rc;

    slash = (u_char *) strrchr((char *) path->data, '/');

    if (slash == NULL || slash == path->data) {
        return NGX_OK;
    }

    *slash = '\0';
    rc = ngx_http_partner_journal_directory(cf, (const char *) path->data);
    *slash = '/';

    return rc;
}


char *
ngx_http_partner_journal_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                   void *conf)
{
    ngx_str_t                    *args;
    ngx_partner_journal_conf_t   *journal;
    ngx_http_partner_main_conf_t *pmcf = conf;

    (void) cmd;

    if (pmcf->journal_conf != NULL) {
        return "is duplicate";
    }

    args = cf->args->elts;
    journal = ngx_pcalloc(cf->pool, sizeof(ngx_partner_journal_conf_t));

    if (journal == NULL) {
        return NGX_CONF_ERROR;
    }

    journal->path = args[1];
    journal->size = 32 * 1024 * 1024;
    journal->interval = 10 * 1000;
    journal->cycle = cf->cycle;

    if (ngx_conf_full_name(cf->cycle, &journal->path, 0) != NGX_OK
        || ngx_http_partner_options(cf, 2, ngx_http_partner_journal_options,
                                    journal)
               != NGX_CONF_OK
        || ngx_http_partner_journal_place(cf, &journal->path) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    pmcf->journal_conf = journal;
    pmcf->used = 1;

    return (ngx_http_partner_journal_cleanup(cf, pmcf) == NGX_OK
            && (journal->snapshots.len == 0
                || ngx_http_partner_journal_path(cf, pmcf) == NGX_OK))
               ? NGX_CONF_OK
               : NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_partner_journal_open(ngx_http_partner_main_conf_t *pmcf,
                              ngx_log_t                    *log)
{
    ngx_int_t             rc;
    ngx_partner_shared_t *shared;

    shared = pmcf->zone->shared;

    /* a test of the configuration runs beside a gateway that counts */

    rc = (pmcf->journal_conf != NULL && !ngx_test_config)
             ? ngx_partner_journals_open(&pmcf->journals, pmcf->journal_conf,
                                         log)
             : ngx_partner_journals_in_zone(&pmcf->journals, shared->usage,
                                            shared->usage_size, log);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    pmcf->usage.journal = &pmcf->journals.journals[0].counters;
    pmcf->usage.names = &shared->names;
    pmcf->usage.dropped = &shared->stats.usage_dropped;
    pmcf->usage.seat = LP_JOURNAL_SEATS;

    /* a later start may publish what is in a file, of the zone nobody may */

    pmcf->usage.kept = pmcf->redis_conf != NULL || pmcf->journal_conf != NULL;

    return NGX_OK;
}
