/*
 * Snapshots of journals: one text file for each incarnation, which takes the
 * place of the one before once it is whole and on disk.
 */

#include "ngx_partner_journal.h"
#include "ngx_partner_textfile.h"

#include "../libpartner/lp_journal_text.h"


#define NGX_PARTNER_SNAPSHOT_NAME "%V/%*s.usage%Z"
#define NGX_PARTNER_SNAPSHOT_MAX  (NGX_MAX_PATH + 32)


static int
ngx_partner_snapshot_text(void *data, ngx_partner_emit_pt emit, void *ctx)
{
    return lp_journal_write(data, emit, ctx);
}


/* Nothing is removed of which nobody can tell. */
static ngx_uint_t
ngx_partner_snapshot_has_more(ngx_partner_journal_t *journal)
{
    int               end;
    size_t            n;
    uint32_t          from;
    lp_journal_copy_t copy;

    from = 0;

    do {
        n = 1;

        if (lp_journal_pending(&journal->counters, &from, &copy, &n, &end)
            != LP_OK) {
            return 1;
        }
    } while (n == 0 && !end);

    return n != 0;
}


/* Of a former life that has told all. */
static void
ngx_partner_snapshot_end(const ngx_partner_journal_conf_t *conf,
                         ngx_partner_journal_t *journal, const char *path)
{
    char file[NGX_PARTNER_SNAPSHOT_MAX];

    (void) ngx_snprintf((u_char *) file, sizeof(file), "%V.%*s%Z", &conf->path,
                        sizeof(journal->node), journal->node);
    (void) unlink(path);
    (void) unlink(file); /* or the next start does, as root */

    journal->saved = 0;
}


void
ngx_partner_snapshot_write(ngx_partner_journals_t *journals, ngx_log_t *log)
{
    char                              path[NGX_PARTNER_SNAPSHOT_MAX];
    ngx_uint_t                        i;
    ngx_partner_journal_t            *journal;
    const ngx_partner_journal_conf_t *conf;

    conf = journals->conf;

    for (i = 0; i < journals->n; i++) {
        journal = &journals->journals[i];

        if (!journal->saved) {
            continue;
        }

        (void) ngx_snprintf((u_char *) path, sizeof(path),
                            NGX_PARTNER_SNAPSHOT_NAME, &conf->snapshots,
                            sizeof(journal->node), journal->node);

        if (i > 0 && !ngx_partner_snapshot_has_more(journal)) {
            ngx_partner_snapshot_end(conf, journal, path);
            continue;
        }

        if (conf->snapshots.len != 0
            && ngx_partner_textfile_replace(
                   (const char *) conf->snapshots.data, path,
                   ngx_partner_snapshot_text, &journal->counters)
                   != NGX_OK) {
            ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                          "partner_journal: no snapshot in \"%s\": what is "
                          "not published yet would be lost with the power",
                          path);
        }
    }
}


/* ---- restoring ---- */

static int
ngx_partner_snapshot_load(lp_journal_t *counters, const void *data)
{
    const ngx_str_t *text;

    text = data;

    return lp_journal_load(counters, (const char *) text->data, text->len);
}


static ngx_int_t
ngx_partner_snapshot_make(const ngx_partner_journal_conf_t *conf,
                          const ngx_str_t                  *text,
                          const lp_journal_snapshot_t      *snapshot,
                          ngx_log_t                        *log)
{
    char                  path[NGX_PARTNER_SNAPSHOT_MAX];
    lp_journal_t          counters;
    ngx_partner_mapping_t file;
    lp_journal_identity_t here;

    (void) ngx_snprintf((u_char *) path, sizeof(path), "%V.%016xL%Z",
                        &conf->path, snapshot->incarnation);

    ngx_memzero(&here, sizeof(lp_journal_identity_t));
    here.incarnation = snapshot->incarnation;

    if (ngx_partner_file_here(&here, log) != NGX_OK
        || ngx_partner_journal_make(path, snapshot->bytes, &here,
                                    ngx_partner_snapshot_load, text, conf,
                                    &file, &counters, log)
               != NGX_OK) {
        return NGX_ERROR;
    }

    (void) munmap(file.mem, file.size);

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "partner_journal: %uz counters of a former life are "
                  "published once more from \"%s\"",
                  snapshot->counters, path);

    return NGX_OK;
}


static ngx_uint_t
ngx_partner_snapshot_known(const ngx_partner_journal_conf_t *conf,
                           uint64_t                          incarnation)
{
    char path[NGX_PARTNER_SNAPSHOT_MAX];

    (void) ngx_snprintf((u_char *) path, sizeof(path), "%V.%016xL%Z",
                        &conf->path, incarnation);

    return access(path, F_OK) == 0;
}


static void
ngx_partner_snapshot_restore_one(const ngx_partner_journal_conf_t *conf,
                                 const char *path, uint64_t live,
                                 ngx_log_t *log)
{
    ngx_str_t             text;
    lp_error_t            err;
    lp_journal_snapshot_t snapshot;

    if (ngx_partner_textfile_read(path, &text, log) != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      "partner_journal: cannot read \"%s\"", path);
        return;
    }

    if (lp_journal_check_text((const char *) text.data, text.len, &snapshot,
                              &err)
        != LP_OK) {
        (void) ngx_partner_file_set_aside(path, err.text, log);

    } else if (snapshot.counters == 0 && snapshot.incarnation != live) {
        (void) unlink(path);

    } else if (snapshot.incarnation != live
               && !ngx_partner_snapshot_known(conf, snapshot.incarnation)
               && ngx_partner_snapshot_make(conf, &text, &snapshot, log)
                      != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, log, 0,
                      "partner_journal: \"%s\" cannot be published now, the "
                      "next start tries again",
                      path);
    }

    ngx_free(text.data);
}


void
ngx_partner_snapshot_restore(const ngx_partner_journal_conf_t *conf,
                             uint64_t live, ngx_log_t *log)
{
    size_t i;
    glob_t found;

    if (conf->snapshots.len == 0
        || ngx_partner_file_find(&conf->snapshots, "/*.usage", &found)
               != NGX_OK) {
        return;
    }

    for (i = 0; i < found.gl_pathc; i++) {
        ngx_partner_snapshot_restore_one(conf, found.gl_pathv[i], live, log);
    }

    globfree(&found);
}
