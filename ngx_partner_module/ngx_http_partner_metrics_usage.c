/*
 * The metrics page's share of usage, where it is kept: how full the journal is,
 * what it had no room for, what hour it counts in, and its publication.
 */

#include "ngx_http_partner_metrics.h"


static void
ngx_http_partner_print_one(ngx_http_partner_page_t *page, const char *name,
                           const char *type, const char *help, uint64_t value)
{
    ngx_http_partner_metric_head(page, name, type, help);
    ngx_http_partner_page_print(page, "%s %uL\n", name, value);
}


static uint64_t
ngx_http_partner_usage_ahead(lp_journal_t *journal)
{
    uint32_t clock;

    clock = (uint32_t) (ngx_time() / 3600);

    return (uint64_t) (lp_journal_hour(journal, clock) - clock) * 3600;
}


void
ngx_http_partner_print_usage(ngx_http_partner_page_t      *page,
                             ngx_http_partner_main_conf_t *pmcf)
{
    lp_journal_fill_t    fill;
    ngx_partner_stats_t *stats;

    if (!pmcf->usage.kept) {
        return;
    }

    fill = lp_journal_fill(pmcf->usage.journal);
    stats = &pmcf->zone->shared->stats;

    ngx_http_partner_print_one(page, "partner_usage_counters", "gauge",
                               "Counters in the usage journal.", fill.live);
    ngx_http_partner_print_one(page, "partner_usage_capacity", "gauge",
                               "Counters that the usage journal has room for.",
                               fill.size);
    ngx_http_partner_print_one(
        page, "partner_usage_dropped_total", "counter",
        "Calls not accounted because the usage journal was full.",
        stats->usage_dropped);
    ngx_http_partner_print_one(
        page, "partner_usage_ahead_seconds", "gauge",
        "From the clock's hour to the one that usage is counted in.",
        ngx_http_partner_usage_ahead(pmcf->usage.journal));

    if (pmcf->redis_conf != NULL) {
        ngx_http_partner_print_one(
            page, "partner_usage_publications_total", "counter",
            "Completed publications of usage.", stats->publications);
    }
}
