/*
 * Server-Timing: the answer tells how much of its time the gateway took and how
 * much the upstream, up to the first byte of its header.
 */

#include "ngx_http_partner_meter.h"
#include "ngx_http_partner_trace.h"


#define NGX_HTTP_PARTNER_TIMING                                               \
    "gateway;dur=.000, upstream;dur=.000" /* and two numbers of ms */


static ngx_http_output_header_filter_pt ngx_http_next_header_filter;


static ngx_int_t
ngx_http_partner_timing_add(ngx_http_request_t            *r,
                            const ngx_http_partner_call_t *call)
{
    u_char             *end;
    uint64_t            own, upstream;
    ngx_str_t           value;
    ngx_partner_times_t times;

    value.data = ngx_pnalloc(r->pool, sizeof(NGX_HTTP_PARTNER_TIMING)
                                          + 2 * NGX_INT64_LEN);

    if (value.data == NULL) {
        return NGX_ERROR;
    }

    ngx_http_partner_times(r, call, ngx_http_partner_elapsed(&call->started),
                           &times);
    own = ngx_partner_times_part(&times, NGX_PARTNER_PART_GATEWAY);
    upstream = ngx_partner_times_part(&times, NGX_PARTNER_PART_UPSTREAM);

    end = ngx_sprintf(value.data, "gateway;dur=%uL.%03uL", own / 1000,
                      own % 1000);

    if (times.proxied) {
        end = ngx_sprintf(end, ", upstream;dur=%uL.%03uL", upstream / 1000,
                          upstream % 1000);
    }

    value.len = end - value.data;

    return ngx_http_partner_add_header(r, "Server-Timing",
                                       sizeof("Server-Timing") - 1, &value);
}


/* Subrequests have no answer of their own. */
static ngx_int_t
ngx_http_partner_timing_header_filter(ngx_http_request_t *r)
{
    ngx_http_partner_call_t *call;

    call = (r == r->main) ? ngx_http_partner_call(r) : NULL;

    if (call != NULL && call->location->server_timing
        && ngx_http_partner_timing_add(r, call) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


char *
ngx_http_partner_timing_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf)
{
    char                         *rc;
    ngx_http_partner_loc_conf_t  *plcf = conf;
    ngx_http_partner_main_conf_t *pmcf;

    rc = ngx_conf_set_flag_slot(cf, cmd, conf);

    if (rc == NGX_CONF_OK && plcf->server_timing) {
        pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
        pmcf->server_timing = 1;
    }

    return rc;
}


/* Installed only where a location turns it on, so that others pay nothing. */
void
ngx_http_partner_timing_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_partner_timing_header_filter;
}
