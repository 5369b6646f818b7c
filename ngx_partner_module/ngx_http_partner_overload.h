/*
 * Keeping what the higher tiers are promised while the API cannot answer all:
 * partner_overload.
 */

#ifndef NGX_HTTP_PARTNER_OVERLOAD_H
#define NGX_HTTP_PARTNER_OVERLOAD_H


#include "ngx_http_partner_module.h"
#include "ngx_http_partner_page.h"


char *ngx_http_partner_overload_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                          void *conf);

/* Under the zone lock; NGX_ERROR: the zone has no room for another name. */
ngx_int_t ngx_http_partner_overload_bind(ngx_http_partner_main_conf_t *pmcf);

/* The stage. */
ngx_int_t ngx_http_partner_overload(ngx_http_request_t      *r,
                                    ngx_http_partner_call_t *call);

/* It passed the stages, and then its body is here. */
void ngx_http_partner_overload_passed(const ngx_http_request_t *r,
                                      ngx_http_partner_call_t  *call);
void ngx_http_partner_overload_asked(ngx_http_partner_call_t *call);

/* There is the header of an answer, be it a cache's or nginx's own. */
void ngx_http_partner_overload_heard(ngx_http_request_t      *r,
                                     ngx_http_partner_call_t *call);

/* The answer is complete. */
void ngx_http_partner_overload_answered(ngx_http_request_t      *r,
                                        ngx_http_partner_call_t *call);

/* The call ends, however. */
void ngx_http_partner_overload_end(ngx_http_partner_call_t *call);

void ngx_http_partner_print_overload(ngx_http_partner_page_t      *page,
                                     ngx_http_partner_main_conf_t *pmcf);


#endif
