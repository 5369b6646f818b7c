/*
 * The metrics page's share of time: histograms with bounds that Prometheus can
 * add up over nodes, quantiles of this node from all slots, and phases.
 */

#include "ngx_http_partner_metrics.h"


const ngx_http_partner_part_t ngx_http_partner_parts[NGX_PARTNER_PARTS] = {

    [NGX_PARTNER_PART_TOTAL]
    = { "total", "partner_request_duration_seconds",
        "partner_operation_duration_seconds",
        "Time of calls, from the first stage to the log phase." },

    [NGX_PARTNER_PART_GATEWAY]
    = { "gateway", "partner_gateway_duration_seconds",
        "partner_operation_gateway_duration_seconds",
        "Time of calls without what the upstream took." },

    [NGX_PARTNER_PART_UPSTREAM]
    = { "upstream", "partner_upstream_duration_seconds",
        "partner_operation_upstream_duration_seconds",
        "Time from asking the upstream to the last byte of its answer." },
};


const ngx_http_partner_quantile_t
    ngx_http_partner_quantiles[NGX_HTTP_PARTNER_QUANTILES]
    = { { "0.5", "p50Us", 500000 },
        { "0.95", "p95Us", 950000 },
        { "0.99", "p99Us", 990000 },
        { "0.999", "p999Us", 999000 } };


/* Whose calls they are: a label and its value. */
typedef struct {
    const char                   *label;
    ngx_str_t                     value;
    ngx_partner_calls_t           calls;
    const ngx_partner_exemplar_t *exemplars; /* NULL: there are none */
} ngx_http_partner_whose_t;


static ngx_http_partner_whose_t
ngx_http_partner_of_tier(const ngx_partner_stats_t *stats, ngx_uint_t tier)
{
    ngx_http_partner_whose_t whose;

    whose.label = "tier";
    whose.value.data = (u_char *) lp_tier_name((lp_tier_t) tier);
    whose.value.len = ngx_strlen(whose.value.data);
    whose.calls = ngx_partner_calls_of_tier(stats, tier);
    whose.exemplars = NULL;

    return whose;
}


static ngx_http_partner_whose_t
ngx_http_partner_of_operation(ngx_partner_shared_t *shared, ngx_uint_t i)
{
    ngx_http_partner_whose_t           whose;
    const ngx_partner_latency_entry_t *entry;

    entry = &shared->stats.latencies.entries[i];
    whose.label = "operation";
    whose.value = ngx_partner_names_get(&shared->names, entry->name);
    whose.calls = ngx_partner_calls_of_operation(&shared->stats, entry->name,
                                                 &entry->latency);
    whose.exemplars = NULL;

    return whose;
}


/* Ends the line of the bucket of what took from `from` to below `to`. */
static void
ngx_http_partner_print_exemplar(ngx_http_partner_page_t        *page,
                                const ngx_http_partner_whose_t *whose,
                                uint64_t from, uint64_t to)
{
    ngx_partner_exemplar_t copy;

    if (page->openmetrics && whose->exemplars != NULL
        && ngx_partner_exemplars_find(whose->exemplars, from, to, &copy)) {
        ngx_http_partner_page_print(
            page, " # {trace_id=\"%*s\"} %uL.%06uL %uA", (size_t) LP_TRACE_ID,
            copy.trace, copy.us / 1000000, copy.us % 1000000, copy.at);
    }

    ngx_http_partner_page_print(page, "\n");
}


/*
 * The slots are read once, so that the buckets and the count of a page agree
 * whatever is added meanwhile.  What all buckets begin with is written once:
 * most of a page are buckets.
 */
static void
ngx_http_partner_print_histogram(ngx_http_partner_page_t        *page,
                                 const char                     *name,
                                 const ngx_http_partner_whose_t *whose,
                                 ngx_partner_part_t              part)
{
    u_char     text[NGX_HTTP_PARTNER_PIECE];
    uint64_t   counts[LP_HISTOGRAM_SLOTS], all, below, from, bound, sum;
    ngx_str_t  begin;
    ngx_uint_t slot;

    all = ngx_partner_calls_counts(&whose->calls, part, counts);
    sum = ngx_partner_calls_sum(&whose->calls, part);
    below = 0;
    from = 0;

    begin.data = text;
    begin.len = ngx_snprintf(text, sizeof(text), "%s_bucket{%s=\"%V\",le=\"",
                             name, whose->label, &whose->value)
                - text;

    for (slot = 0; slot < LP_HISTOGRAM_SLOTS; slot++) {
        below += counts[slot];

        if (lp_histogram_published(slot)) {
            bound = lp_histogram_upper(slot);
            ngx_http_partner_page_print(page, "%V%uL.%06uL\"} %uL", &begin,
                                        bound / 1000000, bound % 1000000,
                                        below);
            ngx_http_partner_print_exemplar(page, whose, from, bound);
            from = bound;
        }
    }

    ngx_http_partner_page_print(page, "%V+Inf\"} %uL", &begin, all);
    ngx_http_partner_print_exemplar(page, whose, from, UINT64_MAX);

    ngx_http_partner_page_print(page,
                                "%s_sum{%s=\"%V\"} %uL.%06uL\n"
                                "%s_count{%s=\"%V\"} %uL\n",
                                name, whose->label, &whose->value,
                                sum / 1000000, sum % 1000000, name,
                                whose->label, &whose->value, all);
}


static void
ngx_http_partner_print_part(ngx_http_partner_page_t *page,
                            ngx_partner_shared_t    *shared,
                            ngx_partner_part_t       part)
{
    ngx_uint_t                     i;
    ngx_http_partner_whose_t       whose;
    const ngx_http_partner_part_t *p;

    p = &ngx_http_partner_parts[part];
    ngx_http_partner_metric_head(page, p->tier, "histogram", p->help);

    for (i = 0; i < NGX_PARTNER_STAT_TIERS; i++) {
        whose = ngx_http_partner_of_tier(&shared->stats, i);
        whose.exemplars = (part == NGX_PARTNER_PART_TOTAL)
                              ? shared->stats.tiers[i].exemplars
                              : NULL;
        ngx_http_partner_print_histogram(page, p->tier, &whose, part);
    }

    ngx_http_partner_metric_head(page, p->operation, "histogram", p->help);

    for (i = 0; i < shared->stats.latencies.n; i++) {
        whose = ngx_http_partner_of_operation(shared, i);
        ngx_http_partner_print_histogram(page, p->operation, &whose, part);
    }
}


static void
ngx_http_partner_print_summary(ngx_http_partner_page_t *page, const char *tier,
                               const ngx_partner_calls_t *calls,
                               ngx_partner_part_t         part)
{
    uint64_t    counts[LP_HISTOGRAM_SLOTS], all, sum, us;
    ngx_uint_t  i;
    const char *name;

    name = ngx_http_partner_parts[part].name;
    all = ngx_partner_calls_counts(calls, part, counts);
    sum = ngx_partner_calls_sum(calls, part);

    for (i = 0; i < NGX_HTTP_PARTNER_QUANTILES; i++) {
        us = lp_histogram_quantile(counts, ngx_http_partner_quantiles[i].ppm);

        ngx_http_partner_page_print(page,
                                    "partner_latency_seconds{tier=\"%s\","
                                    "part=\"%s\",quantile=\"%s\"} "
                                    "%uL.%06uL\n",
                                    tier, name,
                                    ngx_http_partner_quantiles[i].text,
                                    us / 1000000, us % 1000000);
    }

    ngx_http_partner_page_print(
        page,
        "partner_latency_seconds_sum{tier=\"%s\",part=\"%s\"} %uL.%06uL\n"
        "partner_latency_seconds_count{tier=\"%s\",part=\"%s\"} %uL\n",
        tier, name, sum / 1000000, sum % 1000000, tier, name, all);
}


static void
ngx_http_partner_print_phases(ngx_http_partner_page_t   *page,
                              const ngx_partner_stats_t *stats)
{
    uint64_t            us;
    ngx_uint_t          tier, phase;
    ngx_partner_calls_t calls;

    ngx_http_partner_metric_head(page, "partner_phase_seconds_total",
                                 "counter",
                                 "Where the time of calls went; all phases "
                                 "together are all their time.");

    for (tier = 0; tier < NGX_PARTNER_STAT_TIERS; tier++) {
        calls = ngx_partner_calls_of_tier(stats, tier);

        for (phase = 0; phase < NGX_PARTNER_PHASES; phase++) {
            us = ngx_partner_calls_phase(&calls, phase);
            ngx_http_partner_page_print(
                page,
                "partner_phase_seconds_total{tier=\"%s\",phase=\"%s\"} "
                "%uL.%06uL\n",
                lp_tier_name((lp_tier_t) tier), ngx_partner_phase_names[phase],
                us / 1000000, us % 1000000);
        }
    }
}


void
ngx_http_partner_print_latencies(ngx_http_partner_page_t *page,
                                 ngx_partner_shared_t    *shared)
{
    ngx_uint_t          tier, part;
    ngx_partner_calls_t calls;

    for (part = 0; part < NGX_PARTNER_PARTS; part++) {
        ngx_http_partner_print_part(page, shared, part);
    }

    ngx_http_partner_metric_head(page, "partner_latency_seconds", "summary",
                                 "Time of calls, its quantiles since the zone "
                                 "was made, within 2 %.");

    for (tier = 0; tier < LP_TIERS; tier++) {
        calls = ngx_partner_calls_of_tier(&shared->stats, tier);

        for (part = 0; part < NGX_PARTNER_PARTS; part++) {
            ngx_http_partner_print_summary(
                page, lp_tier_name((lp_tier_t) tier), &calls, part);
        }
    }

    ngx_http_partner_print_phases(page, &shared->stats);
}
