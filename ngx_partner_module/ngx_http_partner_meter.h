/*
 * What a call took, taken at a few points of its way, and what becomes of it.
 */

#ifndef NGX_HTTP_PARTNER_METER_H
#define NGX_HTTP_PARTNER_METER_H


#include "ngx_http_partner_module.h"


/* _meter.c: the log phase */
ngx_int_t ngx_http_partner_meter_handler(ngx_http_request_t *r);

/* _clock.c: the phases of a call that has taken `total` us by now */
extern ngx_module_t ngx_http_partner_clock_filter_module;

void ngx_http_partner_times(ngx_http_request_t            *r,
                            const ngx_http_partner_call_t *call,
                            uint64_t total, ngx_partner_times_t *times);

/* _metrics.c */
char *ngx_http_partner_metrics_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                         void *conf);


#endif
