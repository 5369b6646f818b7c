/*
 * What the files of the limit stage share: how buckets are named, and how
 * Redis is asked for decisions and leases.
 */

#ifndef NGX_HTTP_PARTNER_LIMIT_H
#define NGX_HTTP_PARTNER_LIMIT_H


#include "ngx_http_partner_module.h"


#define NGX_HTTP_PARTNER_LEASE_SWEEP 500 /* ms */

/* "partner:limit:{<partner>}:<policy>:application=<subject>" */
#define NGX_HTTP_PARTNER_BUCKET_KEY (40 + 64 + 3 * LP_ID_LEN)


/* One bucket of a question; it owns all that it names. */
typedef struct {
    ngx_partner_bucket_id_t id;
    lp_rate_t               rate;
    ngx_uint_t              dry;
    int64_t                 held; /* of the lease; -1: nothing is said of it */
    int64_t                 want; /* for the lease; negative: given back */
    size_t                  key_len;
    u_char                  key[NGX_HTTP_PARTNER_BUCKET_KEY];
} ngx_http_partner_bucket_t;

/*
 * One call of the script.  It outlives the call that made it: a lease that is
 * granted belongs to the node.
 */
struct ngx_http_partner_question_s {
    ngx_queue_t                   queue;
    ngx_http_partner_main_conf_t *pmcf;
    ngx_http_partner_call_t      *call; /* that waits; NULL: nobody does */
    int64_t                       cost;
    int64_t                       seq;  /* of leases; 0: strict */
    int64_t                       sent; /* us */
    ngx_uint_t                    size; /* index of its free list */
    ngx_uint_t                    n;
    unsigned                      lease : 1; /* asked in the mode `lease` */
    unsigned                      probe : 1; /* by the breaker itself */
    ngx_http_partner_bucket_t     buckets[];
};


/* _limit.c: those of the tier, or of any; NULL: it does not apply */
const ngx_http_partner_numbers_t *ngx_http_partner_policy_numbers(
    const ngx_http_partner_policy_t *policy, ngx_uint_t tier);

/* Counts what a policy with dry_run=on would have done. */
void ngx_http_partner_limit_would_refuse(ngx_http_partner_call_t *call);

/*
 * _limit_name.c
 *
 * A clock that never steps back, the same in every process of this boot, in
 * microseconds; the zone does not outlive the boot either.
 */
int64_t ngx_http_partner_limit_clock(void);

/* How shared memory and Redis call the bucket of a limit. */
void   ngx_http_partner_limit_id(ngx_http_partner_call_t        *call,
                                 const ngx_http_partner_limit_t *limit,
                                 ngx_partner_bucket_id_t        *id);
size_t ngx_http_partner_limit_key(ngx_http_partner_call_t        *call,
                                  const ngx_http_partner_limit_t *limit,
                                  u_char                         *key);

/* _limit_question.c: one with room for `n` buckets; NULL: no memory */
ngx_http_partner_question_t *ngx_http_partner_question(
    ngx_http_partner_main_conf_t *pmcf, ngx_uint_t n);
void ngx_http_partner_question_free(ngx_http_partner_question_t *question);
void ngx_http_partner_question_add(ngx_http_partner_question_t    *question,
                                   ngx_http_partner_call_t        *call,
                                   const ngx_http_partner_limit_t *limit);

/* Sends it; NGX_ERROR frees it. */
ngx_int_t ngx_http_partner_question_send(
    ngx_http_partner_question_t *question);

/* The mode `strict`: as _lease, NGX_AGAIN unless it cannot ask. */
ngx_int_t ngx_http_partner_limit_strict(ngx_http_partner_call_t *call);

/*
 * _limit_lease.c: NGX_OK with a decision, NGX_AGAIN when Redis is asked: then
 * the stage runs again with decision.known or decision.failed set; NGX_ERROR:
 * cannot ask.
 */
ngx_int_t ngx_http_partner_limit_lease(ngx_http_partner_call_t *call);

/*
 * The answer, bucket for bucket, or NULL.  What is left of a lease takes the
 * place of what the shared bucket has.  Returns whether something was lent;
 * the question is then kept in asker.lent, for the sweep to give back.
 */
ngx_uint_t ngx_http_partner_lease_answered(
    ngx_http_partner_question_t *question, lp_decision_t *decisions,
    const int64_t *granted);
void ngx_http_partner_lease_sweep(ngx_event_t *ev);

/*
 * _ramp.c: whether every part of every policy can be counted; names, under the
 * zone lock; and the part of the limits that the partner has by now, of which
 * there are `n`, and behind them as many again where it is a dry run.
 */
char      *ngx_http_partner_ramp_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                           void *conf);
ngx_int_t  ngx_http_partner_ramp_init(ngx_conf_t                         *cf,
                                      const ngx_http_partner_main_conf_t *pmcf);
ngx_int_t  ngx_http_partner_ramp_bind(ngx_http_partner_main_conf_t *pmcf);
ngx_uint_t ngx_http_partner_ramp(const ngx_http_partner_call_t *call,
                                 ngx_http_partner_limit_t      *limits,
                                 ngx_uint_t                     n);

/* _limit_breaker.c: keeps calls from waiting for a Redis that fails */
void ngx_http_partner_breaker_count(ngx_http_partner_main_conf_t *pmcf,
                                    ngx_uint_t                    failed);
void ngx_http_partner_breaker_probe(ngx_event_t *ev);

/* _limit_question.c: what a worker starts and stops, and SCRIPT LOAD */
extern const char *ngx_http_partner_limit_hello[3];
void ngx_http_partner_limit_loaded(void *data, redisReply *reply);
void ngx_http_partner_limit_start(ngx_http_partner_main_conf_t *pmcf,
                                  ngx_cycle_t                  *cycle);
void ngx_http_partner_limit_stop(ngx_http_partner_main_conf_t *pmcf);


#endif
