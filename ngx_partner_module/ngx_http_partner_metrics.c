/*
 * The metrics page, in the Prometheus text format.
 */

#include "ngx_http_partner_jwt.h"
#include "ngx_http_partner_metrics.h"
#include "ngx_http_partner_overload.h"
#include "ngx_http_partner_slo.h"


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


/*
 * NGX_OK: go on.  While another binary serves beside this one on a zone of
 * another name, this one shows nothing: who saw the counters of both in turn
 * would take each fall for a new beginning.
 */
static ngx_int_t
ngx_http_partner_metrics_asked(ngx_http_request_t *r)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_partner_module);

    return ngx_http_partner_upgraded(&pmcf->zone->memory)
               ? NGX_HTTP_SERVICE_UNAVAILABLE
               : ngx_http_partner_page_asked(r);
}


/* For who names it, and wants it no less than the text format. */
static ngx_uint_t
ngx_http_partner_metrics_open(ngx_http_request_t *r)
{
    ngx_uint_t wanted;

    wanted = ngx_http_partner_page_accepts(r, "application/openmetrics-text");

    return wanted > 0
           && wanted >= ngx_http_partner_page_accepts(r, "text/plain");
}


static ngx_int_t
ngx_http_partner_metrics_handler(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_http_partner_page_t       page;
    ngx_http_partner_main_conf_t *pmcf;

    rc = ngx_http_partner_metrics_asked(r);

    if (rc != NGX_OK) {
        return rc;
    }

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_partner_module);

    ngx_http_partner_page_init(&page, r->pool);
    page.openmetrics = ngx_http_partner_metrics_open(r);

    ngx_http_partner_print_counts(&page, pmcf);
    ngx_http_partner_print_latencies(&page, pmcf->zone->shared);
    ngx_http_partner_print_slos(&page, pmcf);
    ngx_http_partner_print_overload(&page, pmcf);
    ngx_http_partner_jwt_metrics(&page, pmcf->jwt);
    ngx_http_partner_print_usage(&page, pmcf);

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
