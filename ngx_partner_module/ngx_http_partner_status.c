/*
 * The status page, in JSON: what a person wants to see at a glance.
 */

#include "ngx_http_partner_module.h"
#include "ngx_http_partner_page.h"
#include "ngx_partner_calls.h"


static void
ngx_http_partner_status_tier(ngx_http_partner_page_t      *page,
                             ngx_http_partner_main_conf_t *pmcf,
                             ngx_uint_t                    tier)
{
    uint64_t             total[LP_HISTOGRAM_SLOTS];
    uint64_t             gateway[LP_HISTOGRAM_SLOTS];
    ngx_uint_t           i;
    ngx_partner_calls_t  calls;
    ngx_partner_stats_t *stats;

    stats = &pmcf->zone->shared->stats;
    calls = ngx_partner_calls_of_tier(stats, tier);

    (void) ngx_partner_calls_counts(&calls, NGX_PARTNER_PART_TOTAL, total);
    (void) ngx_partner_calls_counts(&calls, NGX_PARTNER_PART_GATEWAY, gateway);

    ngx_http_partner_page_print(page, "%s\"%s\":{", tier > 0 ? "," : "",
                                lp_tier_name((lp_tier_t) tier));

    for (i = 0; i < NGX_PARTNER_OUTCOMES; i++) {
        ngx_http_partner_page_print(page, "\"%V\":%uL,",
                                    &ngx_partner_outcome_names[i],
                                    ngx_partner_calls_outcome(&calls, i));
    }

    ngx_http_partner_page_print(
        page,
        "\"latencyBudgetMs\":%M,\"inBudget\":%uL,\"redactions\":%uA,"
        "\"p50Us\":%uL,\"p95Us\":%uL,\"p99Us\":%uL,\"gatewayP99Us\":%uL}",
        pmcf->tiers[tier].latency,
        ngx_partner_calls_total(&calls, NGX_PARTNER_IN_BUDGET),
        stats->tiers[tier].redactions, lp_histogram_quantile(total, 500000),
        lp_histogram_quantile(total, 950000),
        lp_histogram_quantile(total, 990000),
        lp_histogram_quantile(gateway, 990000));
}


static const char *
ngx_http_partner_status_redis(ngx_http_partner_main_conf_t *pmcf)
{
    if (pmcf->redis_conf == NULL) {
        return "none";
    }

    return pmcf->redis.ready ? "connected" : "away";
}


/* Names alone; whether the platform has one that is not among them. */
static void
ngx_http_partner_status_peppers(ngx_http_partner_page_t      *page,
                                ngx_http_partner_main_conf_t *pmcf)
{
    size_t i;

    ngx_http_partner_page_print(
        page, "\"keyPeppers\":{\"lacking\":%s,\"names\":[",
        pmcf->zone->shared->pepper_lacking ? "true" : "false");

    for (i = 0; i < lp_peppers_count(pmcf->peppers); i++) {
        ngx_http_partner_page_print(page, "%s\"%s\"", i > 0 ? "," : "",
                                    lp_peppers_name(pmcf->peppers, i));
    }

    ngx_http_partner_page_print(page, "]},");
}


/* How many places of its answers x-pii marks, where it marks any. */
static void
ngx_http_partner_status_marks(ngx_http_partner_page_t      *page,
                              ngx_http_partner_main_conf_t *pmcf)
{
    size_t                        k;
    ngx_uint_t                    i;
    const char                   *comma = "";
    const lp_operation_t         *op;
    ngx_http_partner_contract_t **contract;

    contract = pmcf->contracts.elts;
    ngx_http_partner_page_print(page, "\"marks\":{");

    for (i = 0; i < pmcf->contracts.nelts; i++) {

        for (k = 0; k < lp_contract_size(contract[i]->compiled); k++) {
            op = contract[i]->operations[k].declared;

            if (op->pii.n != 0) {
                ngx_http_partner_page_print(page, "%s\"%s\":%uz", comma,
                                            op->id, op->pii.n);
                comma = ",";
            }
        }
    }

    ngx_http_partner_page_print(page, "},");
}


ngx_int_t
ngx_http_partner_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_uint_t                    tier;
    ngx_partner_shared_t         *shared;
    lp_journal_fill_t             usage;
    ngx_http_partner_page_t       page;
    ngx_http_partner_main_conf_t *pmcf;

    rc = ngx_http_partner_page_asked(r);

    if (rc != NGX_OK) {
        return rc;
    }

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_partner_module);
    shared = pmcf->zone->shared;
    usage = lp_journal_fill(pmcf->usage.journal);

    ngx_http_partner_page_init(&page, r->pool);

    ngx_http_partner_page_print(
        &page,
        "{\"gateway\":\"%016xL\",\"incarnation\":\"%016xL\",\"pid\":%P,"
        "\"redis\":\"%s\","
        "\"revision\":%uA,\"cache\":{\"principals\":%uD,\"capacity\":%uD,"
        "\"evictions\":%uA},\"usage\":{\"counters\":%uD,\"capacity\":%uD,"
        "\"dropped\":%uA},\"waiting\":%ui,",
        shared->incarnation,
        lp_journal_identity(pmcf->usage.journal)->incarnation, ngx_pid,
        ngx_http_partner_status_redis(pmcf), shared->revision,
        shared->cache.count, shared->cache.size, shared->cache.evicted,
        usage.live, usage.size, shared->stats.usage_dropped,
        pmcf->lookup.waiting + pmcf->redis.arrivals.n);

    ngx_http_partner_status_peppers(&page, pmcf);
    ngx_http_partner_status_marks(&page, pmcf);
    ngx_http_partner_page_print(&page, "\"tiers\":{");

    for (tier = 0; tier < LP_TIERS; tier++) {
        ngx_http_partner_status_tier(&page, pmcf, tier);
    }

    ngx_http_partner_page_print(&page, "}}\n");

    return ngx_http_partner_page_send(&page, r, "application/json");
}
