/*
 * A page that is written piece by piece into a chain of buffers.
 */

#ifndef NGX_HTTP_PARTNER_PAGE_H
#define NGX_HTTP_PARTNER_PAGE_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


#define NGX_HTTP_PARTNER_PIECE      1024 /* bytes that one print may need */
#define NGX_HTTP_PARTNER_MILLIONTHS (NGX_INT64_LEN + 2)


typedef struct {
    ngx_pool_t   *pool; /* of the request, which owns all that is written */
    ngx_chain_t  *first;
    ngx_chain_t **last;
    ngx_buf_t    *buf;
    off_t         size;            /* bytes so far */
    unsigned      failed : 1;      /* out of memory: the rest is not written */
    unsigned      openmetrics : 1; /* metrics in that format */
} ngx_http_partner_page_t;


/* Refuses what is no plain question for a page: what a content handler returns,
 * unless it is NGX_OK. */
ngx_int_t ngx_http_partner_page_asked(ngx_http_request_t *r);

/*
 * The weight of that type, without parameters, in Accept: from 1 to 1000, 0
 * where it is not named or refused.
 */
ngx_uint_t ngx_http_partner_page_accepts(ngx_http_request_t *r,
                                         const char         *type);

void ngx_http_partner_page_init(ngx_http_partner_page_t *page,
                                ngx_pool_t              *pool);

/* As ngx_sprintf(); what is beyond NGX_HTTP_PARTNER_PIECE is cut. */
void ngx_http_partner_page_print(ngx_http_partner_page_t *page,
                                 const char              *fmt, ...);

/*
 * `n` millionths as a decimal fraction; into a text, which has room for
 * NGX_HTTP_PARTNER_MILLIONTHS and whose end it returns.
 */
void    ngx_http_partner_page_millionths(ngx_http_partner_page_t *page,
                                         int64_t                  n);
u_char *ngx_http_partner_millionths(u_char *text, int64_t n);

/* Sends it as the answer; what a content handler returns. */
ngx_int_t ngx_http_partner_page_send(ngx_http_partner_page_t *page,
                                     ngx_http_request_t      *r,
                                     const char              *content_type);


#endif
