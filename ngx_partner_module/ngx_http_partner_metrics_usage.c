/*
 * The metrics page's share of usage, where it is kept: how full the journal is,
 * what it had no room for, what hour it counts in, and its publication.
 */

#include "ngx_http_partner_metrics.h"


/* The last is of who has a platform to tell. */
typedef enum {
    NGX_HTTP_PARTNER_USAGE_COUNTERS = 0,
    NGX_HTTP_PARTNER_USAGE_CAPACITY,
    NGX_HTTP_PARTNER_USAGE_DROPPED,
    NGX_HTTP_PARTNER_USAGE_AHEAD,
    NGX_HTTP_PARTNER_USAGE_PUBLICATIONS,
    NGX_HTTP_PARTNER_USAGE_METRICS
} ngx_http_partner_usage_metric_t;

static const struct {
    const char *name;
    const char *type;
    const char *help;
} ngx_http_partner_usage_metrics[NGX_HTTP_PARTNER_USAGE_METRICS] = {

    [NGX_HTTP_PARTNER_USAGE_COUNTERS]
    = { "partner_usage_counters", "gauge", "Counters in the usage journal." },

    [NGX_HTTP_PARTNER_USAGE_CAPACITY]
    = { "partner_usage_capacity", "gauge",
        "Counters that the usage journal has room for." },

    [NGX_HTTP_PARTNER_USAGE_DROPPED]
    = { "partner_usage_dropped_total", "counter",
        "Calls not accounted because the usage journal was full." },

    [NGX_HTTP_PARTNER_USAGE_AHEAD]
    = { "partner_usage_ahead_seconds", "gauge",
        "From the clock's hour to the one that usage is counted in." },

    [NGX_HTTP_PARTNER_USAGE_PUBLICATIONS]
    = { "partner_usage_publications_total", "counter",
        "Completed publications of usage." },
};


static uint64_t
ngx_http_partner_usage_ahead(lp_journal_t *journal)
{
    uint32_t clock;

    clock = (uint32_t) (ngx_time() / 3600);

    return (uint64_t) (lp_journal_hour(journal, clock) - clock) * 3600;
}


/* How many of them there are. */
static ngx_uint_t
ngx_http_partner_usage_values(ngx_http_partner_main_conf_t *pmcf,
                              uint64_t n[NGX_HTTP_PARTNER_USAGE_METRICS])
{
    lp_journal_fill_t          fill;
    const ngx_partner_stats_t *stats;

    if (!pmcf->usage.kept) {
        return 0;
    }

    fill = lp_journal_fill(pmcf->usage.journal);
    stats = &pmcf->zone->shared->stats;

    n[NGX_HTTP_PARTNER_USAGE_COUNTERS] = fill.live;
    n[NGX_HTTP_PARTNER_USAGE_CAPACITY] = fill.size;
    n[NGX_HTTP_PARTNER_USAGE_DROPPED] = stats->usage_dropped;
    n[NGX_HTTP_PARTNER_USAGE_AHEAD]
        = ngx_http_partner_usage_ahead(pmcf->usage.journal);
    n[NGX_HTTP_PARTNER_USAGE_PUBLICATIONS] = stats->publications;

    return (pmcf->redis_conf != NULL) ? NGX_HTTP_PARTNER_USAGE_METRICS
                                      : NGX_HTTP_PARTNER_USAGE_PUBLICATIONS;
}


void
ngx_http_partner_print_usage(ngx_http_partner_page_t      *page,
                             ngx_http_partner_main_conf_t *pmcf)
{
    uint64_t    n[NGX_HTTP_PARTNER_USAGE_METRICS];
    ngx_uint_t  i, metrics;
    const char *name;

    metrics = ngx_http_partner_usage_values(pmcf, n);

    for (i = 0; i < metrics; i++) {
        name = ngx_http_partner_usage_metrics[i].name;

        ngx_http_partner_metric_head(page, name,
                                     ngx_http_partner_usage_metrics[i].type,
                                     ngx_http_partner_usage_metrics[i].help);
        ngx_http_partner_page_print(page, "%s %uL\n", name, n[i]);
    }
}


void
ngx_http_partner_json_usage(ngx_http_partner_page_t      *page,
                            ngx_http_partner_main_conf_t *pmcf)
{
    uint64_t   n[NGX_HTTP_PARTNER_USAGE_METRICS];
    ngx_uint_t i, metrics;

    metrics = ngx_http_partner_usage_values(pmcf, n);

    for (i = 0; i < metrics; i++) {
        ngx_http_partner_page_print(
            page, ",\"%s\":%uL", ngx_http_partner_usage_metrics[i].name, n[i]);
    }
}
