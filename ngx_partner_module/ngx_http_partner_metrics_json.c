/*
 * `partner_metrics json`: calls, refusals, times and tokens of this node as one
 * object.
 */

#include "ngx_http_partner_jwt.h"
#include "ngx_http_partner_metrics.h"


static void
ngx_http_partner_json_outcomes(ngx_http_partner_page_t   *page,
                               const ngx_partner_calls_t *calls)
{
    ngx_uint_t i;

    ngx_http_partner_page_print(page, "\"calls\":{");

    for (i = 0; i < NGX_PARTNER_OUTCOMES; i++) {
        ngx_http_partner_page_print(page, "%s\"%V\":%uL", i > 0 ? "," : "",
                                    &ngx_partner_outcome_names[i],
                                    ngx_partner_calls_outcome(calls, i));
    }

    ngx_http_partner_page_print(page, "}");
}


static void
ngx_http_partner_json_part(ngx_http_partner_page_t   *page,
                           const ngx_partner_calls_t *calls,
                           ngx_partner_part_t         part)
{
    uint64_t   counts[LP_HISTOGRAM_SLOTS], all;
    ngx_uint_t i;

    all = ngx_partner_calls_counts(calls, part, counts);

    ngx_http_partner_page_print(page, ",\"%s\":{\"count\":%uL,\"sumUs\":%uL",
                                ngx_http_partner_parts[part].name, all,
                                ngx_partner_calls_sum(calls, part));

    for (i = 0; i < NGX_HTTP_PARTNER_QUANTILES; i++) {
        ngx_http_partner_page_print(
            page, ",\"%s\":%uL", ngx_http_partner_quantiles[i].member,
            lp_histogram_quantile(counts, ngx_http_partner_quantiles[i].ppm));
    }

    ngx_http_partner_page_print(page, "}");
}


static void
ngx_http_partner_json_latency(ngx_http_partner_page_t   *page,
                              const ngx_partner_calls_t *calls)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PARTNER_PARTS; i++) {
        ngx_http_partner_json_part(page, calls, i);
    }

    ngx_http_partner_page_print(page, ",\"phasesUs\":{");

    for (i = 0; i < NGX_PARTNER_PHASES; i++) {
        ngx_http_partner_page_print(page, "%s\"%s\":%uL", i > 0 ? "," : "",
                                    ngx_partner_phase_names[i],
                                    ngx_partner_calls_phase(calls, i));
    }

    ngx_http_partner_page_print(page, "}");
}


static void
ngx_http_partner_json_tiers(ngx_http_partner_page_t   *page,
                            const ngx_partner_stats_t *stats)
{
    ngx_uint_t          i;
    ngx_partner_calls_t calls;

    ngx_http_partner_page_print(page, "\"tiers\":{");

    for (i = 0; i < NGX_PARTNER_STAT_TIERS; i++) {
        ngx_http_partner_page_print(page, "%s\"%s\":{", i > 0 ? "," : "",
                                    lp_tier_name((lp_tier_t) i));
        calls = ngx_partner_calls_of_tier(stats, i);
        ngx_http_partner_json_outcomes(page, &calls);
        ngx_http_partner_page_print(
            page,
            ",\"inBudget\":%uL,\"requestBytes\":%uL,\"responseBytes\":%uL,"
            "\"redactions\":%uA",
            ngx_partner_calls_total(&calls, NGX_PARTNER_IN_BUDGET),
            ngx_partner_calls_total(&calls, NGX_PARTNER_REQUEST_BYTES),
            ngx_partner_calls_total(&calls, NGX_PARTNER_RESPONSE_BYTES),
            stats->tiers[i].redactions);
        ngx_http_partner_json_latency(page, &calls);
        ngx_http_partner_page_print(page, "}");
    }

    ngx_http_partner_page_print(page, "}");
}


/* An operationId has at most 63 letters, digits, `.`, `_` and `-`. */
static void
ngx_http_partner_json_operations(ngx_http_partner_page_t *page,
                                 ngx_partner_shared_t    *shared)
{
    ngx_str_t                    name;
    ngx_uint_t                   i;
    const char                  *comma;
    ngx_partner_calls_t          calls;
    ngx_partner_latency_entry_t *entry;

    ngx_http_partner_page_print(page, "\"operations\":{");
    comma = "";

    for (i = 0; i < shared->stats.latencies.n; i++) {
        entry = &shared->stats.latencies.entries[i];
        calls = ngx_partner_calls_of_operation(&shared->stats, entry->name,
                                               &entry->latency);
        name = ngx_partner_names_get(&shared->names, entry->name);
        ngx_http_partner_page_print(page, "%s\"%V\":{", comma, &name);
        ngx_http_partner_json_outcomes(page, &calls);
        ngx_http_partner_json_latency(page, &calls);
        comma = ",";
        ngx_http_partner_page_print(page, "}");
    }

    ngx_http_partner_page_print(page, "}");
}


/* Of all tiers. */
static void
ngx_http_partner_json_refusals(ngx_http_partner_page_t   *page,
                               const ngx_partner_stats_t *stats)
{
    ngx_uint_t        i, tier;
    ngx_atomic_uint_t n;

    ngx_http_partner_page_print(page, "\"refusals\":{");

    for (i = NGX_HTTP_PARTNER_PASSED + 1; i < NGX_HTTP_PARTNER_VERDICTS; i++) {
        for (n = 0, tier = 0; tier < NGX_PARTNER_STAT_TIERS; tier++) {
            n += stats->tiers[tier].verdicts[i];
        }

        ngx_http_partner_page_print(
            page, "%s\"%s\":%uA", i > NGX_HTTP_PARTNER_PASSED + 1 ? "," : "",
            ngx_http_partner_verdict_problem(i)->code, n);
    }

    ngx_http_partner_page_print(page, "}");
}


void
ngx_http_partner_print_json(ngx_http_partner_page_t      *page,
                            ngx_http_partner_main_conf_t *pmcf)
{
    ngx_partner_shared_t *shared;

    shared = pmcf->zone->shared;

    ngx_http_partner_page_print(
        page, "{\"incarnation\":\"%016xL\",",
        lp_journal_identity(pmcf->usage.journal)->incarnation);

    ngx_http_partner_json_tiers(page, &shared->stats);
    ngx_http_partner_page_print(page, ",");
    ngx_http_partner_json_operations(page, shared);
    ngx_http_partner_page_print(page, ",");
    ngx_http_partner_json_refusals(page, &shared->stats);
    ngx_http_partner_page_print(page, ",\"node\":{");
    ngx_http_partner_json_counts(page, pmcf);
    ngx_http_partner_json_usage(page, pmcf);
    ngx_http_partner_page_print(page, "}");
    ngx_http_partner_jwt_metrics_json(page, pmcf->jwt);
    ngx_http_partner_page_print(page, "}\n");
}
