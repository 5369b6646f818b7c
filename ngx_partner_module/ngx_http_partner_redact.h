/*
 * What the two halves of the redaction filter ask of each other: the header
 * (_redact.c) and the body (_redact_body.c).
 */

#ifndef NGX_HTTP_PARTNER_REDACT_H
#define NGX_HTTP_PARTNER_REDACT_H


#include "ngx_http_partner_module.h"


/*
 * The body that follows is redacted, as one document or, where `stream` says
 * of what kind, as many.  NGX_OK: the header goes; NGX_AGAIN: it waits for the
 * body's first bytes; NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_partner_redact_begin(ngx_http_request_t        *r,
                                        ngx_http_partner_call_t   *call,
                                        const lp_redact_profile_t *profile,
                                        const lp_records_kind_t   *stream);

/* Lets a header go that has waited; what the filter below says. */
ngx_int_t ngx_http_partner_redact_go(ngx_http_request_t *r);

/*
 * Puts a problem into the place of an answer of which nothing was sent, and
 * returns NGX_ERROR, which ends the connection after it.
 */
ngx_int_t ngx_http_partner_redact_refuse(ngx_http_request_t      *r,
                                         ngx_http_partner_call_t *call,
                                         const char              *why);

/*
 * Where the upstream is done with and nothing of its answer has come, a header
 * that waits would never go: a problem does instead.  NGX_ERROR: it could not.
 */
ngx_int_t ngx_http_partner_redact_give_up(ngx_http_request_t *r);

/* nginx keeps nothing of the answer that is on its way. */
void ngx_http_partner_redact_forget(ngx_http_request_t *r);

/* The place of the body filter in the chain. */
void ngx_http_partner_redact_body_init(void);


#endif
