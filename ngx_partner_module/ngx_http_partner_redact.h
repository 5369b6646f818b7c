/*
 * Redaction: what its files ask of each other, and others of them.
 */

#ifndef NGX_HTTP_PARTNER_REDACT_H
#define NGX_HTTP_PARTNER_REDACT_H


#include "ngx_http_partner_module.h"


extern ngx_module_t ngx_http_partner_redact_filter_module;


/* _redact.c: what is asked of the upstream, where its answer is redacted */
void ngx_http_partner_redact_prepare(ngx_http_request_t          *r,
                                     ngx_http_partner_loc_conf_t *plcf,
                                     ngx_http_partner_call_t     *call);

/*
 * _redact_for.c: of which operation the answer is, NULL: of none.
 * NGX_DECLINED: the contract has marks, and it cannot be told whether for it.
 */
ngx_int_t ngx_http_partner_redact_operation(
    ngx_http_request_t *r, const ngx_http_partner_loc_conf_t *plcf,
    const ngx_http_partner_call_t *call, ngx_http_partner_operation_t **op);

/* _redact_for.c: once marks are known, that whoever meets no line sees least */
ngx_int_t ngx_http_partner_redact_order(
    ngx_conf_t *cf, const ngx_http_partner_main_conf_t *pmcf);

/* _redact_for.c: what holds for this caller there; NULL: all is seen */
ngx_http_partner_profile_t *ngx_http_partner_redact_profile(
    const ngx_http_partner_loc_conf_t *plcf, ngx_http_partner_call_t *call,
    const ngx_http_partner_operation_t *op);

/* _marks.c: the profiles with the marks of operations; that of this one */
ngx_int_t ngx_http_partner_marks_compile(ngx_conf_t                   *cf,
                                         ngx_http_partner_main_conf_t *pmcf);

const lp_redact_profile_t *ngx_http_partner_marks_apply(
    const ngx_http_partner_profile_t   *profile,
    const ngx_http_partner_operation_t *op);

/*
 * _redact_keys.c: whether there are keys for each rule that needs them; those
 * of the partner who calls, on the request's pool, NULL when nobody is known.
 */
ngx_int_t ngx_http_partner_redact_keys_check(
    ngx_conf_t *cf, const ngx_http_partner_main_conf_t *pmcf);
lp_partner_keys_t *ngx_http_partner_redact_keys(ngx_http_request_t      *r,
                                                ngx_http_partner_call_t *call);

/*
 * _redact_body.c: the body that follows is redacted, as one document or, where
 * `stream` says of what kind, as many.  NGX_OK: the header goes; NGX_AGAIN: it
 * waits for the body's first bytes; NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_partner_redact_begin(ngx_http_request_t        *r,
                                        ngx_http_partner_call_t   *call,
                                        const lp_redact_profile_t *profile,
                                        const lp_records_kind_t   *stream);

/* _redact.c: lets a header go that has waited; what the filter below says. */
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

/* Whether it is one of these that is sent. */
ngx_uint_t ngx_http_partner_redact_refused(ngx_http_request_t *r);

/* nginx keeps nothing of the answer that is on its way. */
void ngx_http_partner_redact_forget(ngx_http_request_t *r);

/*
 * _redact_count.c: for metrics and variables, what has come to be replaced
 * since; `counted` holds LP_REDACT_CLASSES that are, and is brought up to date.
 */
void ngx_http_partner_redact_count(ngx_http_request_t      *r,
                                   ngx_http_partner_call_t *call,
                                   const lp_redact_t       *redact,
                                   uint64_t                *counted);

/* The place of the body filter in the chain. */
void ngx_http_partner_redact_body_init(void);


#endif
