/*
 * The pages of partner_metrics, piece by piece.
 */

#ifndef NGX_HTTP_PARTNER_METRICS_H
#define NGX_HTTP_PARTNER_METRICS_H


#include "ngx_http_partner_module.h"
#include "ngx_http_partner_page.h"
#include "ngx_partner_calls.h"


/* What the JSON page calls a part, and a tier's metrics of it. */
typedef struct {
    const char *name;
    const char *tier;
    const char *operation;
    const char *help;
} ngx_http_partner_part_t;

extern const ngx_http_partner_part_t ngx_http_partner_parts[NGX_PARTNER_PARTS];

typedef struct {
    const char *text;
    const char *member; /* of JSON */
    uint32_t    ppm;    /* parts per million */
} ngx_http_partner_quantile_t;

#define NGX_HTTP_PARTNER_QUANTILES 4

extern const ngx_http_partner_quantile_t
    ngx_http_partner_quantiles[NGX_HTTP_PARTNER_QUANTILES];


/* _metrics.c: the two lines before a metric */
void ngx_http_partner_metric_head(ngx_http_partner_page_t *page,
                                  const char *name, const char *type,
                                  const char *help);

/* _metrics_counts.c: numbers, by tier, partner and operation, and areas */
void ngx_http_partner_print_counts(ngx_http_partner_page_t      *page,
                                   ngx_http_partner_main_conf_t *pmcf);

/* the same for JSON: what has no label, as members */
void ngx_http_partner_json_counts(ngx_http_partner_page_t      *page,
                                  ngx_http_partner_main_conf_t *pmcf);

/* _metrics_latency.c: histograms, quantiles and phases */
void ngx_http_partner_print_latencies(ngx_http_partner_page_t *page,
                                      ngx_partner_shared_t    *shared);

/* _metrics_usage.c: the journal and its publication */
void ngx_http_partner_print_usage(ngx_http_partner_page_t      *page,
                                  ngx_http_partner_main_conf_t *pmcf);

/* the same for JSON, as members after others */
void ngx_http_partner_json_usage(ngx_http_partner_page_t      *page,
                                 ngx_http_partner_main_conf_t *pmcf);

/* _metrics_json.c: all of the page as one object */
void ngx_http_partner_print_json(ngx_http_partner_page_t      *page,
                                 ngx_http_partner_main_conf_t *pmcf);

/* _upgrade.c: whether another binary serves in this worker's stead */
ngx_uint_t ngx_http_partner_upgraded(const ngx_partner_memory_t *memory);


#endif
