/*
 * partner_slo_status: promises and how they are kept, as JSON.  What one node
 * has seen, and says so.
 */

#include "ngx_http_partner_slo.h"


static void
ngx_http_partner_slo_rate(ngx_http_partner_page_t *page, const char *name,
                          int64_t n)
{
    ngx_http_partner_page_print(page, ",\"%s\":", name);
    ngx_http_partner_page_millionths(page, n);
}


static void
ngx_http_partner_slo_selector(ngx_http_partner_page_t      *page,
                              const ngx_http_partner_slo_t *slo)
{
    ngx_uint_t  i;
    const char *comma;

    ngx_http_partner_page_print(page, "{\"name\":\"%V\",\"tiers\":[",
                                &slo->name);
    comma = "";

    for (i = 0; i < LP_TIERS; i++) {

        if (slo->tiers & (ngx_uint_t) 1 << i) {
            ngx_http_partner_page_print(page, "%s\"%s\"", comma,
                                        lp_tier_name((lp_tier_t) i));
            comma = ",";
        }
    }

    ngx_http_partner_page_print(page, "]");

    if (slo->category.len != 0) {
        ngx_http_partner_page_print(page, ",\"category\":\"%V\"",
                                    &slo->category);
    }

    if (slo->partner.len != 0) {
        ngx_http_partner_page_print(page, ",\"partner\":\"%V\"",
                                    &slo->partner);
    }

    if (slo->operation.len != 0) {
        ngx_http_partner_page_print(page, ",\"operation\":\"%V\"",
                                    &slo->operation);
    }
}


static void
ngx_http_partner_slo_print(ngx_http_partner_page_t      *page,
                           ngx_http_partner_main_conf_t *pmcf,
                           const ngx_http_partner_slo_t *slo)
{
    uint64_t               *sum;
    ngx_uint_t              i;
    ngx_http_partner_sums_t sums;

    ngx_http_partner_slo_sums(pmcf, slo, sums);
    ngx_http_partner_slo_selector(page, slo);

    ngx_http_partner_page_print(
        page,
        ",\"latencyMs\":%M,\"latencyObjective\":0.%05ui,"
        "\"availabilityObjective\":0.%05ui",
        slo->latency, slo->share, slo->availability);

    sum = sums[LP_SLO_30D];
    ngx_http_partner_slo_rate(
        page, "latencyBudgetRemaining",
        LP_SLO_ONE - (int64_t) ngx_http_partner_slo_latency_burn(slo, sum));
    ngx_http_partner_slo_rate(
        page, "availabilityBudgetRemaining",
        LP_SLO_ONE
            - (int64_t) ngx_http_partner_slo_availability_burn(slo, sum));

    ngx_http_partner_page_print(page, ",\"windows\":{");

    for (i = 0; i < LP_SLO_WINDOWS; i++) {
        sum = sums[i];

        ngx_http_partner_page_print(
            page,
            "%s\"%s\":{\"calls\":%uL,\"slow\":%uL,\"slowUpstream\":%uL,"
            "\"failed\":%uL,\"failedUpstream\":%uL",
            i > 0 ? "," : "", lp_slo_window_names[i], sum[LP_SLO_CALLS],
            sum[LP_SLO_SLOW], sum[LP_SLO_SLOW_UPSTREAM], sum[LP_SLO_FAILED],
            sum[LP_SLO_FAILED_UPSTREAM]);

        ngx_http_partner_slo_rate(
            page, "latencyBurnRate",
            (int64_t) ngx_http_partner_slo_latency_burn(slo, sum));
        ngx_http_partner_slo_rate(
            page, "availabilityBurnRate",
            (int64_t) ngx_http_partner_slo_availability_burn(slo, sum));
        ngx_http_partner_page_print(page, "}");
    }

    ngx_http_partner_page_print(page, "}}");
}


ngx_int_t
ngx_http_partner_slo_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_uint_t                    i;
    ngx_http_partner_slo_t       *slo;
    ngx_http_partner_page_t       page;
    ngx_http_partner_main_conf_t *pmcf;

    rc = ngx_http_partner_page_asked(r);

    if (rc != NGX_OK) {
        return rc;
    }

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_partner_module);
    slo = pmcf->slos.elts;

    ngx_http_partner_page_init(&page, r->pool);
    ngx_http_partner_page_print(
        &page,
        "{\"view\":\"node\",\"fleet\":\"/api/slo\",\"incarnation\":\"%016xL\","
        "\"time\":%T,\"objectives\":[",
        lp_journal_identity(pmcf->usage.journal)->incarnation, ngx_time());

    for (i = 0; i < pmcf->slos.nelts; i++) {
        ngx_http_partner_page_print(&page, i > 0 ? "," : "");
        ngx_http_partner_slo_print(&page, pmcf, &slo[i]);
    }

    ngx_http_partner_page_print(&page, "]}\n");

    return ngx_http_partner_page_send(&page, r, "application/json");
}
