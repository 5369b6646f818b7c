/*
 * Tokens that say nothing themselves: their issuer is asked about each
 * (RFC 7662), once for all who wait for the same, and the answer is remembered.
 */

#ifndef NGX_HTTP_PARTNER_INTROSPECTION_H
#define NGX_HTTP_PARTNER_INTROSPECTION_H


#include "ngx_http_partner_jwt.h"


#define NGX_HTTP_PARTNER_OPAQUE_LEN 2048 /* characters of a token */


/* A token that is known to be none, until then. */
typedef struct {
    u_char tag[LP_TAG_LEN];
    time_t until;
} ngx_http_partner_inactive_t;

/* One question, and all of this worker who wait for its answer. */
typedef struct {
    ngx_queue_t                        queue;
    struct ngx_http_partner_inspect_s *inspect;
    u_char                             tag[LP_TAG_LEN];
    ngx_partner_parking_t              parking;
    ngx_event_t                        patience; /* until it is given up */
    ngx_uint_t                         status;   /* 0: no answer */
    ngx_str_t                          body;
    unsigned                           vain : 1; /* given up */
} ngx_http_partner_inquiry_t;

typedef struct ngx_http_partner_inspect_s {
    ngx_http_partner_issuer_t *issuer;
    ngx_str_t                  authorization; /* of the gateway; or empty */
    time_t                     cache;         /* seconds, */
    time_t                     negative;      /* of what is no token */
    ngx_uint_t                 unknown; /* questions a second, of the node */

    /* the worker's own */
    ngx_queue_t                  inquiries;
    ngx_queue_t                  spare;    /* those that are over */
    ngx_http_partner_inquiry_t  *answered; /* while it lets go who waited */
    ngx_http_partner_inactive_t *inactive; /* where a tag points to */
    ngx_uint_t                   said;     /* the status that was logged */
    ngx_msec_t                   again;    /* while it is lost: then it is */
    unsigned                     lost : 1; /* asked for those it knows */
} ngx_http_partner_inspect_t;


/* Whether a credential could be such a token at all: token68 (RFC 9110). */
ngx_uint_t ngx_http_partner_opaque(const ngx_str_t *text);

/*
 * What a stage returns, with the token filled when it is NGX_OK; for tokens of
 * which no answer is remembered that still counts.
 */
ngx_int_t ngx_http_partner_inspect(ngx_http_request_t      *r,
                                   ngx_http_partner_call_t *call,
                                   ngx_partner_token_t     *token);

/*
 * _inquiry.c: waits for the question about this token, 5 s at most.
 * NGX_AGAIN: `answered` will be it when the call comes again.  NGX_BUSY: too
 * many wait.  NGX_ABORT: too many tokens are unknown.  NGX_DECLINED: it cannot
 * be put.
 */
ngx_int_t ngx_http_partner_inquiry_wait(ngx_http_request_t         *r,
                                        ngx_http_partner_call_t    *call,
                                        ngx_http_partner_inspect_t *inspect);

/*
 * _inquiry.c: asks a lost issuer, when it is time to, about a token that is
 * served meanwhile, so that nobody waits to learn whether it is back.
 */
void ngx_http_partner_inquiry_probe(ngx_http_request_t         *r,
                                    ngx_http_partner_call_t    *call,
                                    ngx_http_partner_inspect_t *inspect);

void ngx_http_partner_inquiry_start(ngx_http_partner_inspect_t *inspect);

/* A worker's own part; NGX_ERROR: out of memory. */
ngx_int_t ngx_http_partner_inspect_start(ngx_http_partner_inspect_t *inspect);
void      ngx_http_partner_inspect_stop(ngx_http_partner_inspect_t *inspect);


#endif
