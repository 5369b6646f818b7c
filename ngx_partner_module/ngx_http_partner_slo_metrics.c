/*
 * The metrics page's share of promises.  Prometheus adds the counters up over
 * all nodes; burn rates and what is left are those of this one.
 */

#include "ngx_http_partner_metrics.h"
#include "ngx_http_partner_slo.h"


/* Writes the lines of one objective. */
typedef void (*ngx_http_partner_slo_lines_pt)(
    ngx_http_partner_page_t *page, const ngx_http_partner_slo_t *slo,
    ngx_http_partner_sums_t sums);

typedef struct {
    const char                   *name;
    const char                   *type;
    const char                   *help;
    ngx_http_partner_slo_lines_pt lines;
} ngx_http_partner_slo_metric_t;


static void
ngx_http_partner_slo_objectives(ngx_http_partner_page_t      *page,
                                const ngx_http_partner_slo_t *slo,
                                ngx_http_partner_sums_t       sums)
{
    (void) sums;

    ngx_http_partner_page_print(
        page,
        "partner_slo_objective_ratio{slo=\"%V\",objective=\"latency\"} "
        "0.%05ui\n"
        "partner_slo_objective_ratio{slo=\"%V\",objective=\"availability\"} "
        "0.%05ui\n",
        &slo->name, slo->share, &slo->name, slo->availability);
}


static void
ngx_http_partner_slo_latencies(ngx_http_partner_page_t      *page,
                               const ngx_http_partner_slo_t *slo,
                               ngx_http_partner_sums_t       sums)
{
    (void) sums;

    ngx_http_partner_page_print(
        page, "partner_slo_latency_seconds{slo=\"%V\"} %M.%03M\n", &slo->name,
        slo->latency / 1000, slo->latency % 1000);
}


static void
ngx_http_partner_slo_calls(ngx_http_partner_page_t      *page,
                           const ngx_http_partner_slo_t *slo,
                           ngx_http_partner_sums_t       sums)
{
    (void) sums;

    ngx_http_partner_page_print(
        page, "partner_slo_calls_total{slo=\"%V\"} %uL\n", &slo->name,
        ngx_partner_slo_counted(slo->history, NGX_PARTNER_SLO_CALLS));
}


static const struct {
    const char             *labels;
    ngx_partner_slo_count_t count;
} ngx_http_partner_slo_causes[] = {
    { "objective=\"latency\",cause=\"upstream\"",
      NGX_PARTNER_SLO_SLOW_UPSTREAM },
    { "objective=\"latency\",cause=\"gateway\"",
      NGX_PARTNER_SLO_SLOW_GATEWAY },
    { "objective=\"availability\",cause=\"upstream\"",
      NGX_PARTNER_SLO_FAILED_UPSTREAM },
    { "objective=\"availability\",cause=\"gateway\"",
      NGX_PARTNER_SLO_FAILED_GATEWAY },
};


static void
ngx_http_partner_slo_bad(ngx_http_partner_page_t      *page,
                         const ngx_http_partner_slo_t *slo,
                         ngx_http_partner_sums_t       sums)
{
    ngx_uint_t i;

    (void) sums;

    for (i = 0; i < sizeof(ngx_http_partner_slo_causes)
                        / sizeof(ngx_http_partner_slo_causes[0]);
         i++) {
        ngx_http_partner_page_print(
            page, "partner_slo_bad_total{slo=\"%V\",%s} %uL\n", &slo->name,
            ngx_http_partner_slo_causes[i].labels,
            ngx_partner_slo_counted(slo->history,
                                    ngx_http_partner_slo_causes[i].count));
    }
}


static void
ngx_http_partner_slo_burn(ngx_http_partner_page_t      *page,
                          const ngx_http_partner_slo_t *slo,
                          const char *objective, ngx_uint_t window,
                          uint64_t burn)
{
    ngx_http_partner_page_print(
        page,
        "partner_slo_burn_rate{slo=\"%V\",objective=\"%s\",window=\"%s\"} ",
        &slo->name, objective, lp_slo_window_names[window]);
    ngx_http_partner_page_millionths(page, (int64_t) burn);
    ngx_http_partner_page_print(page, "\n");
}


static void
ngx_http_partner_slo_burns(ngx_http_partner_page_t      *page,
                           const ngx_http_partner_slo_t *slo,
                           ngx_http_partner_sums_t       sums)
{
    ngx_uint_t i;

    for (i = 0; i < LP_SLO_WINDOWS; i++) {
        ngx_http_partner_slo_burn(
            page, slo, "latency", i,
            ngx_http_partner_slo_latency_burn(slo, sums[i]));
        ngx_http_partner_slo_burn(
            page, slo, "availability", i,
            ngx_http_partner_slo_availability_burn(slo, sums[i]));
    }
}


static void
ngx_http_partner_slo_left(ngx_http_partner_page_t      *page,
                          const ngx_http_partner_slo_t *slo,
                          const char *objective, uint64_t burn)
{
    ngx_http_partner_page_print(
        page,
        "partner_slo_budget_remaining_ratio{slo=\"%V\",objective=\"%s\"} ",
        &slo->name, objective);
    ngx_http_partner_page_millionths(page, LP_SLO_ONE - (int64_t) burn);
    ngx_http_partner_page_print(page, "\n");
}


static void
ngx_http_partner_slo_budgets(ngx_http_partner_page_t      *page,
                             const ngx_http_partner_slo_t *slo,
                             ngx_http_partner_sums_t       sums)
{
    const uint64_t *sum;

    sum = sums[LP_SLO_30D];

    ngx_http_partner_slo_left(page, slo, "latency",
                              ngx_http_partner_slo_latency_burn(slo, sum));
    ngx_http_partner_slo_left(
        page, slo, "availability",
        ngx_http_partner_slo_availability_burn(slo, sum));
}


/* clang-format off */

static const ngx_http_partner_slo_metric_t ngx_http_partner_slo_metrics[] = {

    { "partner_slo_objective_ratio", "gauge",
      "The share of calls that is promised to be good.",
      ngx_http_partner_slo_objectives },

    { "partner_slo_latency_seconds", "gauge",
      "The latency that is promised.",
      ngx_http_partner_slo_latencies },

    { "partner_slo_calls_total", "counter",
      "Calls that the objective is about.",
      ngx_http_partner_slo_calls },

    { "partner_slo_bad_total", "counter",
      "Calls that did not get what was promised, and who made them so.",
      ngx_http_partner_slo_bad },

    { "partner_slo_burn_rate", "gauge",
      "How fast the budget is used; 1 uses all of it in 30 days.",
      ngx_http_partner_slo_burns },

    { "partner_slo_budget_remaining_ratio", "gauge",
      "What is left of the budget of 30 days.",
      ngx_http_partner_slo_budgets },
};

/* clang-format on */

#define NGX_HTTP_PARTNER_SLO_METRICS                                          \
    (sizeof(ngx_http_partner_slo_metrics)                                     \
     / sizeof(ngx_http_partner_slo_metrics[0]))


void
ngx_http_partner_print_slos(ngx_http_partner_page_t      *page,
                            ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t                           i, k;
    ngx_http_partner_slo_t              *slo;
    ngx_http_partner_sums_t             *sums;
    const ngx_http_partner_slo_metric_t *metric;

    slo = pmcf->slos.elts;
    sums = ngx_palloc(page->pool, (pmcf->slos.nelts + 1) * sizeof(*sums));

    if (sums == NULL) {
        page->failed = 1;
        return;
    }

    for (i = 0; i < pmcf->slos.nelts; i++) {
        ngx_http_partner_slo_sums(pmcf, &slo[i], sums[i]);
    }

    for (k = 0; k < NGX_HTTP_PARTNER_SLO_METRICS; k++) {
        metric = &ngx_http_partner_slo_metrics[k];
        ngx_http_partner_metric_head(page, metric->name, metric->type,
                                     metric->help);

        for (i = 0; i < pmcf->slos.nelts; i++) {
            metric->lines(page, &slo[i], sums[i]);
        }
    }
}
