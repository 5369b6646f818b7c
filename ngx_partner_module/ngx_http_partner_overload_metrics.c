/*
 * What partner_overload has learnt and done, as metrics.
 */

#include "ngx_http_partner_metrics.h"
#include "ngx_http_partner_overload.h"


static void
ngx_http_partner_print_turned(ngx_http_partner_page_t      *page,
                              ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t                i, tier;
    ngx_http_partner_pool_t **pool;

    pool = pmcf->pools.elts;

    ngx_http_partner_metric_head(
        page, "partner_overload_turned_total", "counter",
        "Calls that the pool could not answer in time; in a dry run they "
        "passed.");

    for (i = 0; i < pmcf->pools.nelts; i++) {
        for (tier = 0; tier < LP_TIERS; tier++) {
            ngx_http_partner_page_print(
                page,
                "partner_overload_turned_total{pool=\"%V\",tier=\"%s\"} "
                "%uA\n",
                &pool[i]->name, lp_tier_name((lp_tier_t) tier),
                pool[i]->shared->turned[tier]);
        }
    }
}


/* Until a pool was seen saturated it has no limit, and no line. */
static void
ngx_http_partner_print_pool_limits(ngx_http_partner_page_t      *page,
                                   ngx_http_partner_main_conf_t *pmcf)
{
    uint64_t                  limit;
    ngx_uint_t                i, tier;
    ngx_http_partner_pool_t **pool;

    pool = pmcf->pools.elts;

    ngx_http_partner_metric_head(
        page, "partner_overload_limit", "gauge",
        "Calls in flight in the pool at which the tier is turned away.");

    for (i = 0; i < pmcf->pools.nelts; i++) {
        for (tier = 0; tier < LP_TIERS; tier++) {
            limit = lp_overload_limit(&pool[i]->shared->overload,
                                      (lp_tier_t) tier);

            if (limit != LP_OVERLOAD_NONE) {
                ngx_http_partner_page_print(
                    page,
                    "partner_overload_limit{pool=\"%V\",tier=\"%s\"} %uL\n",
                    &pool[i]->name, lp_tier_name((lp_tier_t) tier), limit);
            }
        }
    }
}


void
ngx_http_partner_print_overload(ngx_http_partner_page_t      *page,
                                ngx_http_partner_main_conf_t *pmcf)
{
    ngx_http_partner_print_turned(page, pmcf);

    ngx_partner_zone_lock(pmcf->zone);
    ngx_http_partner_print_pool_limits(page, pmcf);
    ngx_partner_zone_unlock(pmcf->zone);
}
