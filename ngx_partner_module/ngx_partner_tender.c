/*
 * Looks after the journal that is counted in: frees what is settled, and says
 * so before calls are lost to it or billed in a wrong hour.
 */

#include "ngx_partner_tender.h"


#define NGX_PARTNER_JOURNAL_SPARE 5 /* the last fifth raises an alarm */


/* Before calls are lost to it, and not more often than there is news. */
static void
ngx_partner_tender_full(ngx_partner_tender_t *tender,
                        const lp_journal_t   *counters)
{
    ngx_uint_t        full;
    lp_journal_fill_t fill;

    fill = lp_journal_fill(counters);
    full = fill.live >= fill.size - fill.size / NGX_PARTNER_JOURNAL_SPARE;

    if (full && !tender->full) {
        ngx_log_error(NGX_LOG_ALERT, tender->log, 0,
                      "the usage journal has %uD of %uD counters, and calls "
                      "that find no room in it are not billed: see that they "
                      "are published and confirmed, or make it larger",
                      fill.live, fill.size);
    }

    tender->full = full;
}


/* No hour is ever taken back, so a clock that was wrong once has lasted. */
static void
ngx_partner_tender_ahead(ngx_partner_tender_t *tender,
                         const lp_journal_t *counters, uint32_t hour)
{
    ngx_uint_t ahead;
    lp_error_t err;

    ahead = lp_journal_check_hour(counters, hour, &err) != LP_OK;

    if (ahead && !tender->ahead) {
        ngx_log_error(NGX_LOG_ALERT, tender->log, 0,
                      "the usage journal %s, and all calls are billed there: "
                      "once the clock is right %s nginx",
                      err.text,
                      tender->journals->conf != NULL ? "reload" : "restart");
    }

    tender->ahead = ahead;
}


void
ngx_partner_tend(ngx_partner_tender_t *tender)
{
    uint32_t      hour;
    lp_journal_t *counters;

    hour = (uint32_t) (ngx_time() / 3600);
    counters = &tender->journals->journals[0].counters;

    lp_journal_expire(counters, hour, ngx_partner_alive);
    ngx_partner_tender_full(tender, counters);
    ngx_partner_tender_ahead(tender, counters, hour);
}
