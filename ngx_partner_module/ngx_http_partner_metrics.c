/*
 * The metrics page, in the Prometheus text format.
 */

#include "ngx_http_partner_jwt.h"
#include "ngx_http_partner_meter.h"
#include "ngx_http_partner_metrics.h"
#include "ngx_http_partner_overload.h"
#include "ngx_http_partner_slo.h"


typedef struct {
    const char *name;
    const char *type;
    const char *help;
    size_t      offset; /* of an ngx_atomic_t in ngx_partner_shared_t */
} ngx_http_partner_metric_t;

#define ngx_http_partner_at(field) offsetof(ngx_partner_shared_t, field)


/* Numbers without labels. */
static const ngx_http_partner_metric_t ngx_http_partner_metrics[] = {

    { "partner_lookups_total", "counter",
      "Credentials that were looked up in Redis.",
      ngx_http_partner_at(stats.lookups) },

    { "partner_stale_served_total", "counter",
      "Calls served on a cached principal that Redis could not confirm.",
      ngx_http_partner_at(stats.stale_served) },

    { "partner_limit_fallbacks_total", "counter",
      "Limits decided by on_redis_error.",
      ngx_http_partner_at(stats.limit_fallbacks) },

    { "partner_limit_breaks_total", "counter",
      "Times that a worker gave up asking Redis for limits.",
      ngx_http_partner_at(stats.limit_breaks) },

    { "partner_limit_dry_runs_total", "counter",
      "Refusals that dry_run=on kept from happening.",
      ngx_http_partner_at(stats.limit_dry_runs) },

    { "partner_lease_granted_total", "counter",
      "Tokens that Redis lent to this node.",
      ngx_http_partner_at(leases.granted) },

    { "partner_lease_returned_total", "counter", "Tokens given back unspent.",
      ngx_http_partner_at(leases.returned) },

    { "partner_lease_wasted_total", "counter", "Tokens that ran out unspent.",
      ngx_http_partner_at(leases.wasted) },

    { "partner_in_flight", "gauge",
      "Calls in flight that a concurrency limit counts.",
      ngx_http_partner_at(flights.calls) },

    { "partner_in_flight_reclaimed_total", "counter",
      "Calls in flight whose worker was killed.",
      ngx_http_partner_at(flights.reclaimed) },

    { "partner_in_flight_full_total", "counter",
      "Calls refused because the table of calls in flight was full.",
      ngx_http_partner_at(flights.full) },

    { "partner_cache_evictions_total", "counter",
      "Principals that gave way to others.",
      ngx_http_partner_at(cache.evicted) },

    { "partner_bucket_evictions_total", "counter",
      "Local buckets forgotten before they were full again.",
      ngx_http_partner_at(buckets.evicted) },

    { "partner_names_refused_total", "counter",
      "Names that found no room in the zone, or in their partner's share.",
      ngx_http_partner_at(names.refused) },

    { "partner_calls_unlisted_total", "counter",
      "Calls of partners for which partner_calls_total has no room.",
      ngx_http_partner_at(stats.unlisted) },

    { "partner_usage_dropped_total", "counter",
      "Calls not accounted because the usage journal was full.",
      ngx_http_partner_at(stats.usage_dropped) },

    { "partner_usage_publications_total", "counter",
      "Completed publications of usage.",
      ngx_http_partner_at(stats.publications) },

    { "partner_zone_rebuilds_total", "counter",
      "Times that cache and local buckets were dropped after a process died "
      "inside the zone's lock.",
      ngx_http_partner_at(rebuilds) },

    { "partner_redis_commands_total", "counter", "Commands sent to Redis.",
      ngx_http_partner_at(stats.redis_commands) },

    { "partner_redis_errors_total", "counter",
      "Commands that got no answer from Redis.",
      ngx_http_partner_at(stats.redis_errors) },

    { "partner_redis_timeouts_total", "counter",
      "Connections to Redis given up after a missed deadline.",
      ngx_http_partner_at(stats.redis_timeouts) },

    { "partner_redis_connects_total", "counter", "Connections to Redis made.",
      ngx_http_partner_at(stats.redis_connects) },

    { "partner_key_pepper_lacking", "gauge",
      "1 while keys of the platform stand under a pepper that is not here.",
      ngx_http_partner_at(pepper_lacking) },

    { "partner_revision", "gauge",
      "The newest revision of the platform that was heard of.",
      ngx_http_partner_at(revision) },
};

#define NGX_HTTP_PARTNER_METRICS                                              \
    (sizeof(ngx_http_partner_metrics) / sizeof(ngx_http_partner_metrics[0]))


static const char *
ngx_http_partner_stat_tier(ngx_uint_t tier)
{
    return lp_tier_name((lp_tier_t) tier);
}


void
ngx_http_partner_metric_head(ngx_http_partner_page_t *page, const char *name,
                             const char *type, const char *help)
{
    size_t len;

    /* OpenMetrics gives a counter's samples the suffix, and not its name */

    len = ngx_strlen(name);

    if (page->openmetrics && ngx_strcmp(type, "counter") == 0) {
        len -= sizeof("_total") - 1;
    }

    ngx_http_partner_page_print(page, "# HELP %*s %s\n# TYPE %*s %s\n", len,
                                name, help, len, name, type);
}


static void
ngx_http_partner_print_plain(ngx_http_partner_page_t *page,
                             ngx_partner_shared_t    *shared)
{
    ngx_uint_t                       i;
    ngx_atomic_t                    *value;
    const ngx_http_partner_metric_t *metric;

    for (i = 0; i < NGX_HTTP_PARTNER_METRICS; i++) {
        metric = &ngx_http_partner_metrics[i];
        value = (ngx_atomic_t *) ((u_char *) shared + metric->offset);

        ngx_http_partner_metric_head(page, metric->name, metric->type,
                                     metric->help);
        ngx_http_partner_page_print(page, "%s %uA\n", metric->name, *value);
    }
}


static void
ngx_http_partner_print_tiers(ngx_http_partner_page_t *page,
                             ngx_partner_stats_t     *stats)
{
    ngx_uint_t          tier, outcome;
    ngx_partner_calls_t calls;

    ngx_http_partner_metric_head(page, "partner_requests_total", "counter",
                                 "Calls by tier and outcome.");

    for (tier = 0; tier < NGX_PARTNER_STAT_TIERS; tier++) {
        calls = ngx_partner_calls_of_tier(stats, tier);

        for (outcome = 0; outcome < NGX_PARTNER_OUTCOMES; outcome++) {
            ngx_http_partner_page_print(
                page,
                "partner_requests_total{tier=\"%s\",outcome=\"%V\"} %uL\n",
                ngx_http_partner_stat_tier(tier),
                &ngx_partner_outcome_names[outcome],
                ngx_partner_calls_outcome(&calls, outcome));
        }
    }

    ngx_http_partner_metric_head(page, "partner_in_budget_total", "counter",
                                 "Calls answered within the tier's latency.");

    for (tier = 0; tier < LP_TIERS; tier++) {
        calls = ngx_partner_calls_of_tier(stats, tier);
        ngx_http_partner_page_print(
            page, "partner_in_budget_total{tier=\"%s\"} %uL\n",
            ngx_http_partner_stat_tier(tier),
            ngx_partner_calls_in_budget(&calls));
    }

    ngx_http_partner_metric_head(page, "partner_redactions_total", "counter",
                                 "Values that were redacted.");

    for (tier = 0; tier < LP_TIERS; tier++) {
        ngx_http_partner_page_print(
            page, "partner_redactions_total{tier=\"%s\"} %uA\n",
            ngx_http_partner_stat_tier(tier), stats->tiers[tier].redactions);
    }
}


static void
ngx_http_partner_print_redactions(ngx_http_partner_page_t   *page,
                                  const ngx_partner_stats_t *stats)
{
    unsigned class;

    ngx_http_partner_metric_head(
        page, "partner_redactions_by_class_total", "counter",
        "Values that were redacted, by what asked for it.");

    for (class = 0; class < LP_REDACT_CLASSES; class ++) {
        ngx_http_partner_page_print(
            page, "partner_redactions_by_class_total{class=\"%s\"} %uA\n",
            lp_redact_class_name(class), stats->redactions[class]);
    }
}


/* What partner_tier promises, so that rules need not repeat it. */
static void
ngx_http_partner_print_objectives(ngx_http_partner_page_t       *page,
                                  const ngx_http_partner_tier_t *tiers)
{
    ngx_uint_t tier;

    ngx_http_partner_metric_head(page, "partner_latency_objective_seconds",
                                 "gauge",
                                 "The latency that the tier is promised.");

    for (tier = 0; tier < LP_TIERS; tier++) {
        ngx_http_partner_page_print(
            page, "partner_latency_objective_seconds{tier=\"%s\"} %M.%03M\n",
            ngx_http_partner_stat_tier(tier), tiers[tier].latency / 1000,
            tiers[tier].latency % 1000);
    }

    ngx_http_partner_metric_head(
        page, "partner_availability_objective_ratio", "gauge",
        "The share of calls that the tier is promised.");

    for (tier = 0; tier < LP_TIERS; tier++) {
        ngx_http_partner_page_print(
            page,
            "partner_availability_objective_ratio{tier=\"%s\"} %ui.%05ui\n",
            ngx_http_partner_stat_tier(tier),
            tiers[tier].availability / 100000,
            tiers[tier].availability % 100000);
    }
}


static void
ngx_http_partner_print_refusals(ngx_http_partner_page_t *page,
                                ngx_partner_stats_t     *stats)
{
    ngx_uint_t i;

    ngx_http_partner_metric_head(page, "partner_refusals_total", "counter",
                                 "Calls refused, by the code of the problem.");

    for (i = NGX_HTTP_PARTNER_PASSED + 1; i < NGX_HTTP_PARTNER_VERDICTS; i++) {
        ngx_http_partner_page_print(page,
                                    "partner_refusals_total{code=\"%s\"} "
                                    "%uA\n",
                                    ngx_http_partner_verdict_problem(i)->code,
                                    stats->verdicts[i]);
    }
}


/* What never happened takes no line. */
static void
ngx_http_partner_print_named(ngx_http_partner_page_t   *page,
                             const ngx_partner_calls_t *calls,
                             const ngx_str_t *name, const char *metric,
                             const char *label)
{
    uint64_t   n;
    ngx_uint_t outcome;

    for (outcome = 0; outcome < NGX_PARTNER_OUTCOMES; outcome++) {
        n = ngx_partner_calls_outcome(calls, outcome);

        if (n != 0) {
            ngx_http_partner_page_print(
                page, "%s{%s=\"%V\",outcome=\"%V\"} %uL\n", metric, label,
                name, &ngx_partner_outcome_names[outcome], n);
        }
    }
}


static void
ngx_http_partner_print_partners(ngx_http_partner_page_t *page,
                                ngx_partner_shared_t    *shared)
{
    uint32_t                     i;
    ngx_str_t                    name;
    ngx_partner_calls_t          calls;
    ngx_partner_partner_stats_t *slot;

    ngx_http_partner_metric_head(page, "partner_calls_total", "counter",
                                 "Calls by partner and outcome.");

    for (i = 0; i <= shared->stats.partner_mask; i++) {
        slot = &shared->stats.partners[i];

        if (slot->name != 0) {
            name = ngx_partner_names_get(&shared->names, slot->name);
            calls = ngx_partner_calls_of_partner(slot);
            ngx_http_partner_print_named(page, &calls, &name,
                                         "partner_calls_total", "partner");
        }
    }
}


static void
ngx_http_partner_print_operations(ngx_http_partner_page_t *page,
                                  ngx_partner_shared_t    *shared)
{
    uint32_t            i;
    ngx_str_t           name;
    ngx_atomic_uint_t   ref;
    ngx_partner_calls_t calls;

    ngx_http_partner_metric_head(
        page, "partner_operation_calls_total", "counter",
        "Calls by operation of a contract and outcome.");

    for (i = 0; i <= shared->stats.operation_mask; i++) {
        ref = shared->stats.operations[i].name;

        if (ref != 0) {
            name = ngx_partner_names_get(&shared->names, ref);
            calls = ngx_partner_calls_of_operation(&shared->stats, ref, NULL);
            ngx_http_partner_print_named(page, &calls, &name,
                                         "partner_operation_calls_total",
                                         "operation");
        }
    }
}


static void
ngx_http_partner_print_areas(ngx_http_partner_page_t *page,
                             ngx_partner_shared_t    *shared)
{
    ngx_uint_t         area;
    ngx_partner_fill_t fill;

    ngx_http_partner_metric_head(page, "partner_zone_used_bytes", "gauge",
                                 "What is taken of an area of the zone.");

    for (area = 0; fill = ngx_partner_zone_fill(shared, area), fill.area;
         area++) {
        ngx_http_partner_page_print(
            page, "partner_zone_used_bytes{area=\"%s\"} %uz\n", fill.area,
            fill.used);
    }

    ngx_http_partner_metric_head(page, "partner_zone_size_bytes", "gauge",
                                 "How large an area of the zone is.");

    for (area = 0; fill = ngx_partner_zone_fill(shared, area), fill.area;
         area++) {
        ngx_http_partner_page_print(
            page, "partner_zone_size_bytes{area=\"%s\"} %uz\n", fill.area,
            fill.size);
    }
}


static void
ngx_http_partner_print_journal(ngx_http_partner_page_t *page,
                               const lp_journal_t      *journal)
{
    lp_journal_fill_t fill;

    fill = lp_journal_fill(journal);

    ngx_http_partner_metric_head(page, "partner_usage_counters", "gauge",
                                 "Counters in the usage journal.");
    ngx_http_partner_page_print(page, "partner_usage_counters %uD\n",
                                fill.live);

    ngx_http_partner_metric_head(
        page, "partner_usage_capacity", "gauge",
        "Counters that the usage journal has room for.");
    ngx_http_partner_page_print(page, "partner_usage_capacity %uD\n",
                                fill.size);
}


/*
 * Whether another binary has taken over from this worker's master, which then
 * has its pid in the file of the old one, and the new one has its own.
 */
static ngx_uint_t
ngx_http_partner_metrics_replaced(void)
{
    u_char           pid[NGX_INT64_LEN];
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_file_info_t  info;
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    fd = ngx_open_file(ccf->oldpid.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return 0; /* as ever but in an upgrade */
    }

    n = ngx_read_fd(fd, pid, sizeof(pid));
    (void) ngx_close_file(fd);

    while (n > 0 && (pid[n - 1] < '0' || pid[n - 1] > '9')) {
        n--;
    }

    return n > 0 && ngx_atoi(pid, (size_t) n) == (ngx_int_t) ngx_parent
           && ngx_file_info(ccf->pid.data, &info) != NGX_FILE_ERROR;
}


/*
 * NGX_OK: go on.  While two binaries serve beside each other the old one shows
 * nothing: who saw the counters of both in turn would take each fall for a new
 * beginning.
 */
static ngx_int_t
ngx_http_partner_metrics_asked(ngx_http_request_t *r)
{
    return ngx_http_partner_metrics_replaced()
               ? NGX_HTTP_SERVICE_UNAVAILABLE
               : ngx_http_partner_page_asked(r);
}


/* Whether the caller names that format among those that it takes. */
static ngx_uint_t
ngx_http_partner_metrics_open(ngx_http_request_t *r)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    static u_char type[] = "application/openmetrics-text";

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len == sizeof("Accept") - 1
                && ngx_strncasecmp(h[i].key.data, (u_char *) "Accept",
                                   h[i].key.len)
                       == 0
                && ngx_strlcasestrn(h[i].value.data,
                                    h[i].value.data + h[i].value.len, type,
                                    sizeof(type) - 2)
                       != NULL) {
                return 1;
            }
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_partner_metrics_handler(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_partner_shared_t         *shared;
    ngx_http_partner_page_t       page;
    ngx_http_partner_main_conf_t *pmcf;

    rc = ngx_http_partner_metrics_asked(r);

    if (rc != NGX_OK) {
        return rc;
    }

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_partner_module);
    shared = pmcf->zone->shared;

    ngx_http_partner_page_init(&page, r->pool);
    page.openmetrics = ngx_http_partner_metrics_open(r);

    ngx_http_partner_print_objectives(&page, pmcf->tiers);
    ngx_http_partner_print_tiers(&page, &shared->stats);
    ngx_http_partner_print_redactions(&page, &shared->stats);
    ngx_http_partner_print_refusals(&page, &shared->stats);
    ngx_http_partner_print_latencies(&page, shared);
    ngx_http_partner_print_slos(&page, pmcf);
    ngx_http_partner_print_overload(&page, pmcf);
    ngx_http_partner_print_plain(&page, shared);
    ngx_http_partner_jwt_metrics(&page, pmcf->jwt);
    ngx_http_partner_print_areas(&page, shared);
    ngx_http_partner_print_journal(&page, pmcf->usage.journal);
    ngx_http_partner_print_partners(&page, shared);
    ngx_http_partner_print_operations(&page, shared);

    if (page.openmetrics) {
        ngx_http_partner_page_print(&page, "# EOF\n");
    }

    return ngx_http_partner_page_send(
        &page, r,
        page.openmetrics
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
            : "text/plain; version=0.0.4; charset=utf-8");
}


static ngx_int_t
ngx_http_partner_metrics_json_handler(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_http_partner_page_t page;

    rc = ngx_http_partner_metrics_asked(r);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_http_partner_page_init(&page, r->pool);
    ngx_http_partner_print_json(
        &page, ngx_http_get_module_main_conf(r, ngx_http_partner_module));

    return ngx_http_partner_page_send(&page, r, "application/json");
}


char *
ngx_http_partner_metrics_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                   void *conf)
{
    ngx_str_t                    *args;
    ngx_http_handler_pt           handler;
    ngx_http_core_loc_conf_t     *clcf;
    ngx_http_partner_main_conf_t *pmcf;

    (void) cmd;
    (void) conf;

    args = cf->args->elts;
    handler = ngx_http_partner_metrics_handler;

    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "json") == 0) {
        handler = ngx_http_partner_metrics_json_handler;

    } else if (cf->args->nelts == 2
               && ngx_strcmp(args[1].data, "prometheus") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_metrics: unknown format \"%V\", allowed "
                           "are prometheus, json",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = handler;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    return NGX_CONF_OK;
}
