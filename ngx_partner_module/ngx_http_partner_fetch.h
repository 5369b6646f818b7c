/*
 * Asks an internal location of nginx on nobody's behalf: nginx proxies, with
 * all that it knows of TLS, timeouts and certificates, and no client that
 * leaves takes the answer with it.
 */

#ifndef NGX_HTTP_PARTNER_FETCH_H
#define NGX_HTTP_PARTNER_FETCH_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/*
 * Called once, also for one that began at `begun`, in ms, and took long; `body`
 * is gone afterwards.  A status of 0: no answer.
 */
typedef void (*ngx_http_partner_fetched_pt)(void *data, ngx_msec_t begun,
                                            ngx_uint_t       status,
                                            const ngx_str_t *body);

typedef struct {
    ngx_http_conf_ctx_t        *server; /* whose location it is */
    ngx_str_t                   uri;
    ngx_str_t                   form;          /* sent with POST; empty: GET */
    ngx_str_t                   authorization; /* a field, kept; or empty */
    ngx_http_partner_fetched_pt done;
    void                       *data;
} ngx_http_partner_fetch_t;


/*
 * NGX_OK: `done` will be called, never before this returns.  The structure is
 * copied; what it points to stays until then.
 */
ngx_int_t ngx_http_partner_fetch(const ngx_http_partner_fetch_t *fetch);

/* _check.c: what the module of this name was told of the location, or NULL */
ngx_http_upstream_conf_t *ngx_http_partner_upstream(ngx_conf_t *cf,
                                                    const char *name);


#endif
