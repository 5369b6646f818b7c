/*
 * A journal that the version before has left: its counters are taken over into
 * a file of today's layout, under the name of its life.
 */

#include "../libpartner/lp_journal_former.h"
#include "ngx_partner_journal.h"


/* The file gets its name once it is whole. */
static ngx_int_t
ngx_partner_journal_copy(const char *path, const void *mem,
                         const ngx_partner_journal_conf_t *conf,
                         ngx_log_t                        *log)
{
    int                   ok;
    char                  temp[NGX_MAX_PATH + 64];
    lp_error_t            err;
    lp_journal_t          counters;
    ngx_partner_mapping_t file;
    lp_journal_identity_t identity;

    (void) ngx_snprintf((u_char *) temp, sizeof(temp), "%s.new%Z", path);
    (void) unlink(temp); /* of a process that died */

    identity = *lp_journal_former_identity(mem);

    if (ngx_partner_file_make(temp, lp_journal_former_need(mem), &file,
                              &identity, conf, log)
        != NGX_OK) {
        return NGX_ERROR;
    }

    ok = lp_journal_format(file.mem, file.size, &identity) == LP_OK
         && lp_journal_open(&counters, file.mem, file.size, &err) == LP_OK
         && lp_journal_former_take(&counters, mem) == LP_OK
         && rename(temp, path) == 0;

    (void) munmap(file.mem, file.size);

    if (!ok) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "partner_journal: \"%s\" cannot be brought to this "
                      "version, the next start tries again",
                      path);
        (void) unlink(temp);
        return NGX_ERROR;
    }

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "partner_journal: \"%s\" was brought to this version's "
                  "layout",
                  path);

    return NGX_OK;
}


ngx_int_t
ngx_partner_journal_convert(const char                       *path,
                            const ngx_partner_journal_conf_t *conf,
                            ngx_log_t                        *log)
{
    ngx_int_t             rc;
    ngx_partner_mapping_t file;
    lp_journal_identity_t here;

    rc = ngx_partner_file_map(path, &file, &here, conf, log);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = NGX_DECLINED;

    if (lp_journal_is_former(file.mem, file.size)) {

        if (lp_journal_former_used(file.mem, ngx_partner_alive)) {
            ngx_log_error(NGX_LOG_NOTICE, log, 0,
                          "partner_journal: \"%s\" is of the version before, "
                          "whose processes still publish it; what they leave "
                          "is published from the next reload on",
                          path);

        } else {
            rc = ngx_partner_journal_copy(path, file.mem, conf, log);
        }
    }

    (void) munmap(file.mem, file.size);

    return rc;
}
