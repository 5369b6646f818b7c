/*
 * The journals of this gateway: the one that is counted in, and those that
 * former lives have left.
 */

#include <openssl/rand.h>

#include "ngx_partner_journal.h"


#define NGX_PARTNER_JOURNAL_PATIENCE 5 /* seconds */

#define NGX_PARTNER_NODE_PATTERN                                              \
    "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"        \
    "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"


static void
ngx_partner_journal_take(ngx_partner_journals_t      *journals,
                         const lp_journal_t          *counters,
                         const ngx_partner_mapping_t *file)
{
    ngx_partner_journal_t *journal;

    journal = &journals->journals[journals->n++];

    ngx_memzero(journal, sizeof(ngx_partner_journal_t));
    journal->counters = *counters;
    journal->saved = 1;

    if (file != NULL) {
        journal->mem = file->mem;
        journal->size = file->size;
    }

    (void) ngx_snprintf(journal->node, sizeof(journal->node), "%016xL",
                        lp_journal_identity(counters)->incarnation);
}


ngx_int_t
ngx_partner_journals_in_zone(ngx_partner_journals_t *journals, u_char *mem,
                             size_t size, ngx_log_t *log)
{
    lp_error_t   err;
    lp_journal_t counters;

    journals->n = 0;

    if (lp_journal_open(&counters, mem, size, &err) != LP_OK) {
        ngx_log_error(NGX_LOG_EMERG, log, 0, "the zone's usage area %s",
                      err.text);
        return NGX_ERROR;
    }

    ngx_partner_journal_take(journals, &counters, NULL);

    return NGX_OK;
}


static ngx_int_t
ngx_partner_journal_recover(const char *path, lp_journal_t *counters,
                            ngx_log_t *log)
{
    struct timespec until;

    (void) clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += NGX_PARTNER_JOURNAL_PATIENCE;

    if (lp_journal_recover(counters, &until) != LP_OK) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "partner_journal: the lock of \"%s\" cannot be had: a "
                      "process that is stopped holds it, or the file is "
                      "damaged and has to be moved away",
                      path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_partner_journal_ours(const lp_journal_identity_t *theirs,
                         const lp_journal_identity_t *here)
{
    return ngx_memcmp(theirs->machine, here->machine, sizeof(here->machine))
               == 0
           && ngx_memcmp(theirs->boot, here->boot, sizeof(here->boot)) == 0
           && theirs->device == here->device && theirs->inode == here->inode;
}


/* NGX_DECLINED: it was damaged, and is out of the way. */
static ngx_int_t
ngx_partner_journal_damaged(const char *path, ngx_partner_mapping_t *file,
                            const char *why, ngx_log_t *log)
{
    (void) munmap(file->mem, file->size);

    return ngx_partner_file_set_aside(path, why, log);
}


/*
 * A file of a former life: of another boot or machine, or a copy.
 * Counting in it again could bring a counter back to a value that the platform
 * has passed.  Or its hours are none to count in.
 */
static ngx_int_t
ngx_partner_journal_retire(const char *path, uint64_t incarnation,
                           ngx_partner_mapping_t *file, ngx_uint_t level,
                           const char *why, ngx_log_t *log)
{
    char former[NGX_MAX_PATH + 32];

    (void) ngx_snprintf((u_char *) former, sizeof(former), "%s.%016xL%Z", path,
                        incarnation);

    (void) munmap(file->mem, file->size);

    if (rename(path, former) == -1) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "partner_journal: rename(\"%s\", \"%s\") failed", path,
                      former);
        return NGX_ERROR;
    }

    ngx_log_error(level, log, 0,
                  "partner_journal: \"%s\" %s; its usage is published once "
                  "more from \"%s\", and counting begins anew",
                  path, why, former);

    return NGX_DECLINED;
}


/* NGX_DECLINED: there is no file any more that could be counted in. */
static ngx_int_t
ngx_partner_journal_continue(ngx_partner_journals_t *journals,
                             lp_journal_identity_t *here, ngx_log_t *log)
{
    ngx_int_t             rc;
    const char           *path;
    lp_error_t            err;
    lp_journal_t          counters;
    ngx_partner_mapping_t file;

    path = (const char *) journals->conf->path.data;
    rc = ngx_partner_file_map(path, &file, here, journals->conf, log);

    if (rc != NGX_OK) {
        return rc;
    }

    if (lp_journal_open(&counters, file.mem, file.size, &err) != LP_OK) {
        return ngx_partner_journal_damaged(path, &file, err.text, log);
    }

    if (!ngx_partner_journal_ours(lp_journal_identity(&counters), here)) {
        return ngx_partner_journal_retire(
            path, lp_journal_identity(&counters)->incarnation, &file,
            NGX_LOG_NOTICE, "is of another boot, machine or file", log);
    }

    if (lp_journal_check_hour(&counters, (uint32_t) (ngx_time() / 3600), &err)
        != LP_OK) {
        return ngx_partner_journal_retire(
            path, lp_journal_identity(&counters)->incarnation, &file,
            NGX_LOG_ALERT, err.text, log);
    }

    if (ngx_partner_journal_recover(path, &counters, log) != NGX_OK) {
        (void) munmap(file.mem, file.size);
        return NGX_ERROR;
    }

    if (file.size != journals->conf->size) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "partner_journal: \"%s\" keeps its size of %uz: %uz is "
                      "that of a new file",
                      path, file.size, journals->conf->size);
    }

    ngx_partner_journal_take(journals, &counters, &file);

    return NGX_OK;
}


static ngx_int_t
ngx_partner_journal_begin(ngx_partner_journals_t *journals,
                          lp_journal_identity_t *here, ngx_log_t *log)
{
    lp_journal_t                      counters;
    ngx_partner_mapping_t             file;
    const ngx_partner_journal_conf_t *conf;

    conf = journals->conf;

    if (RAND_bytes((u_char *) &here->incarnation, sizeof(uint64_t)) != 1
        || ngx_partner_journal_make((const char *) conf->path.data, conf->size,
                                    here, NULL, NULL, conf, &file, &counters,
                                    log)
               != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_partner_journal_take(journals, &counters, &file);

    return NGX_OK;
}


static void
ngx_partner_journal_former(ngx_partner_journals_t *journals, const char *path,
                           lp_journal_identity_t *here, ngx_log_t *log)
{
    ngx_int_t             rc;
    lp_error_t            err;
    lp_journal_t          counters;
    ngx_partner_mapping_t file;

    if (ngx_partner_file_map(path, &file, here, journals->conf, log)
        != NGX_OK) {
        return;
    }

    if (lp_journal_open(&counters, file.mem, file.size, &err) != LP_OK) {
        (void) ngx_partner_journal_damaged(path, &file, err.text, log);
        return;
    }

    /* the workers before a reload publish from it as well */

    rc = ngx_partner_journal_ours(lp_journal_identity(&counters), here)
             ? ngx_partner_journal_recover(path, &counters, log)
             : (lp_journal_adopt(&counters, here) == LP_OK ? NGX_OK
                                                           : NGX_ERROR);

    if (rc != NGX_OK) {
        (void) munmap(file.mem, file.size);
        return;
    }

    ngx_partner_journal_take(journals, &counters, &file);
}


static void
ngx_partner_journals_former(ngx_partner_journals_t *journals,
                            lp_journal_identity_t *here, ngx_log_t *log)
{
    size_t i;
    glob_t found;

    if (ngx_partner_file_find(&journals->conf->path,
                              "." NGX_PARTNER_NODE_PATTERN, &found)
        != NGX_OK) {
        return;
    }

    for (i = 0; i < found.gl_pathc && journals->n < NGX_PARTNER_JOURNALS;
         i++) {
        ngx_partner_journal_former(journals, found.gl_pathv[i], here, log);
    }

    if (i < found.gl_pathc) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "partner_journal: %uz journals of former lives wait "
                      "until others are published",
                      found.gl_pathc - i);
    }

    globfree(&found);
}


ngx_int_t
ngx_partner_journals_open(ngx_partner_journals_t           *journals,
                          const ngx_partner_journal_conf_t *conf,
                          ngx_log_t                        *log)
{
    ngx_int_t             rc;
    lp_journal_identity_t here;

    journals->conf = conf;
    journals->n = 0;

    ngx_memzero(&here, sizeof(lp_journal_identity_t));

    if (ngx_partner_file_here(&here, log) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_partner_journal_continue(journals, &here, log);

    if (rc == NGX_DECLINED) {
        rc = ngx_partner_journal_begin(journals, &here, log);
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_partner_snapshot_restore(
        conf,
        lp_journal_identity(&journals->journals[0].counters)->incarnation,
        log);

    ngx_partner_journals_former(journals, &here, log);

    return NGX_OK;
}


void
ngx_partner_journals_close(void *data)
{
    ngx_uint_t              i;
    ngx_partner_journals_t *journals;

    journals = data;

    for (i = 0; i < journals->n; i++) {
        if (journals->journals[i].mem != NULL) {
            (void) munmap(journals->journals[i].mem,
                          journals->journals[i].size);
        }
    }

    journals->n = 0;
}
