/*
 * The history of objectives on disk: one file beside the journal's snapshots.
 */

#include "ngx_partner_slo.h"
#include "ngx_partner_textfile.h"


#define NGX_PARTNER_SLO_PATH (NGX_MAX_PATH + 64)


/* What is read, and into what. */
typedef struct {
    ngx_partner_slos_t *slos;
    const char         *path;
    ngx_log_t          *log;
    unsigned            full : 1; /* and it was said */
} ngx_partner_slo_in_t;


static void
ngx_partner_slo_path(const ngx_str_t *directory, char *path)
{
    (void) ngx_snprintf((u_char *) path, NGX_PARTNER_SLO_PATH,
                        "%V/partner.slo%Z", directory);
}


static int
ngx_partner_slo_text(void *data, ngx_partner_emit_pt emit, void *ctx)
{
    int                 rc;
    uint32_t            i;
    ngx_partner_slo_t  *slo;
    lp_slo_writer_t     w;
    ngx_partner_slos_t *slos;

    slos = data;
    rc = lp_slo_write_begin(&w, emit, ctx);

    for (i = 0; i < slos->n && rc == LP_OK; i++) {
        slo = &slos->slos[i];
        rc = lp_slo_write(&w, (const char *) slo->name, slo->name_len,
                          &slo->slots);
    }

    return (rc == LP_OK) ? lp_slo_write_end(&w) : rc;
}


void
ngx_partner_slos_save(ngx_partner_slos_t *slos, const ngx_str_t *directory,
                      ngx_log_t *log)
{
    char path[NGX_PARTNER_SLO_PATH];

    ngx_partner_slo_path(directory, path);

    if (ngx_partner_textfile_replace((const char *) directory->data, path,
                                     ngx_partner_slo_text, slos)
        != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      "partner_slo: no history in \"%s\": a restart would "
                      "begin a new one",
                      path);
    }
}


/* One that the configuration does not have is kept as well. */
static lp_slo_t *
ngx_partner_slo_named(void *ctx, const char *name, size_t len)
{
    ngx_partner_slo_t    *slo;
    ngx_partner_slo_in_t *in = ctx;

    slo = ngx_partner_slos_find(in->slos, (const u_char *) name, len);

    if (slo == NULL) {
        slo = ngx_partner_slos_add(in->slos, (const u_char *) name, len);
    }

    if (slo == NULL && !in->full) {
        in->full = 1;
        ngx_log_error(NGX_LOG_WARN, in->log, 0,
                      "partner_slo: \"%s\" has more objectives than the zone "
                      "has room for, which is %uD: the history of \"%*s\", "
                      "and of what else the configuration lacks, is lost",
                      in->path, in->slos->size, len, name);
    }

    return (slo != NULL) ? &slo->slots : NULL;
}


static void
ngx_partner_slo_set_aside(const char *path, const char *why, ngx_log_t *log)
{
    (void) ngx_partner_textfile_set_aside(
        path, why, "partner_slo", "objectives begin a new history", log);
}


void
ngx_partner_slos_load(ngx_partner_slos_t *slos, const ngx_str_t *directory,
                      ngx_log_t *log)
{
    char                 path[NGX_PARTNER_SLO_PATH];
    ngx_int_t            rc;
    ngx_str_t            text;
    lp_error_t           err;
    ngx_partner_slo_in_t in = { slos, path, log, 0 };

    ngx_partner_slo_path(directory, path);
    rc = ngx_partner_textfile_read(path, &text, log);

    if (rc == NGX_DECLINED) {
        return;
    }

    if (rc == NGX_ERROR) {
        ngx_partner_slo_set_aside(path, strerror(ngx_errno), log);
        return;
    }

    if (lp_slo_read((const char *) text.data, text.len, ngx_partner_slo_named,
                    &in, &err)
        != LP_OK) {
        ngx_partner_slo_set_aside(path, err.text, log);
    }

    ngx_free(text.data);
}
