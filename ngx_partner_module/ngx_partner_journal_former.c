/*
 * A journal that the version before has left: its counters are taken over into
 * a file of today's layout, under the name of its life.
 */

#include "../libpartner/lp_journal_former.h"
#include "ngx_partner_journal.h"


static ngx_int_t
ngx_partner_journal_copy(const char *path, const void *mem,
                         const ngx_partner_journal_conf_t *conf,
                         ngx_log_t                        *log)
{
    lp_journal_t          counters;
    ngx_partner_mapping_t file;
    lp_journal_identity_t identity;

    identity = *lp_journal_former_identity(mem);

    if (ngx_partner_journal_make(path, lp_journal_former_need(mem), &identity,
                                 lp_journal_former_take, mem, conf, &file,
                                 &counters, log)
        != NGX_OK) {
        return NGX_ERROR; /* the next start tries again */
    }

    (void) munmap(file.mem, file.size);

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
