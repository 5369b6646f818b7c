/*
 * The trace that a call belongs to, and the times that its answer tells.
 */

#ifndef NGX_HTTP_PARTNER_TRACE_H
#define NGX_HTTP_PARTNER_TRACE_H


#include "ngx_http_partner_module.h"


typedef enum {
    NGX_HTTP_PARTNER_TRACE_OFF = 0,
    NGX_HTTP_PARTNER_TRACE_PASS, /* the caller's, where it has one */
    NGX_HTTP_PARTNER_TRACE_START /* always one of our own */
} ngx_http_partner_tracing_t;


/* _trace.c */
char *ngx_http_partner_trace_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                       void *conf);

/* traceparent of the request becomes what the upstream is to be told. */
ngx_int_t ngx_http_partner_trace_send(ngx_http_request_t      *r,
                                      ngx_http_partner_call_t *call);

ngx_int_t ngx_http_partner_trace_id_value(ngx_http_request_t      *r,
                                          ngx_http_partner_call_t *call,
                                          ngx_str_t               *text);
ngx_int_t ngx_http_partner_span_id_value(ngx_http_request_t      *r,
                                         ngx_http_partner_call_t *call,
                                         ngx_str_t               *text);

/* _timing.c: Server-Timing, where a location asks for it */
char *ngx_http_partner_timing_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                        void *conf);
void  ngx_http_partner_timing_init(void);


#endif
