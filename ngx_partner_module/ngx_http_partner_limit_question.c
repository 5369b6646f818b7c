/*
 * Asking Redis: one EVALSHA decides all buckets of a call, by Redis' clock,
 * and lends tokens.
 */

#include "ngx_partner_answers.h"
#include "ngx_http_partner_limit.h"

#include "../libpartner/lp_lease.h"
#include "ngx_partner_bucket_script.h"


#define NGX_HTTP_PARTNER_QUESTION_FEW 4 /* buckets in a small question */
#define NGX_HTTP_PARTNER_BUCKET_ARGS  6


#define NGX_HTTP_PARTNER_ARGC                                                 \
    (3 + 4 + NGX_HTTP_PARTNER_LIMITS * (1 + NGX_HTTP_PARTNER_BUCKET_ARGS))


/* The arguments of EVALSHA, and the memory that its numbers stand in. */
typedef struct {
    int         argc;
    const char *argv[NGX_HTTP_PARTNER_ARGC];
    size_t      lens[NGX_HTTP_PARTNER_ARGC];
    u_char     *pos;
    u_char text[(4 + NGX_HTTP_PARTNER_LIMITS * NGX_HTTP_PARTNER_BUCKET_ARGS)
                * NGX_INT64_LEN];
} ngx_http_partner_eval_t;


const char *ngx_http_partner_limit_hello[3]
    = { "SCRIPT", "LOAD", NGX_PARTNER_BUCKET_SCRIPT };


/* The answer to SCRIPT LOAD. */
void
ngx_http_partner_limit_loaded(void *data, redisReply *reply)
{
    ngx_http_partner_asker_t *asker = data;

    if (reply->type == REDIS_REPLY_STRING
        && reply->len == sizeof(asker->script)) {
        ngx_memcpy(asker->script, reply->str, sizeof(asker->script));
    }
}


/*
 * Questions come and go with calls, but some outlive them: they are kept for
 * the next, and never more of them exist than were open at once.
 */
ngx_http_partner_question_t *
ngx_http_partner_question(ngx_http_partner_main_conf_t *pmcf, ngx_uint_t n)
{
    size_t                       most;
    ngx_uint_t                   size;
    ngx_queue_t                 *q;
    ngx_http_partner_question_t *question;

    size = (n > NGX_HTTP_PARTNER_QUESTION_FEW);
    most = size ? NGX_HTTP_PARTNER_LIMITS : NGX_HTTP_PARTNER_QUESTION_FEW;

    if (!ngx_queue_empty(&pmcf->asker.free[size])) {
        q = ngx_queue_head(&pmcf->asker.free[size]);
        ngx_queue_remove(q);
        question = ngx_queue_data(q, ngx_http_partner_question_t, queue);

    } else {
        question = ngx_palloc(pmcf->redis.pool,
                              sizeof(ngx_http_partner_question_t)
                                  + most * sizeof(ngx_http_partner_bucket_t));

        if (question == NULL) {
            return NULL;
        }
    }

    ngx_memzero(question, sizeof(ngx_http_partner_question_t));
    question->pmcf = pmcf;
    question->size = size;

    return question;
}


void
ngx_http_partner_question_free(ngx_http_partner_question_t *question)
{
    ngx_queue_insert_head(&question->pmcf->asker.free[question->size],
                          &question->queue);
}


void
ngx_http_partner_question_add(ngx_http_partner_question_t    *question,
                              ngx_http_partner_call_t        *call,
                              const ngx_http_partner_limit_t *limit)
{
    ngx_http_partner_bucket_t *bucket;

    bucket = &question->buckets[question->n++];

    ngx_http_partner_limit_id(call, limit, &bucket->id);
    bucket->key_len = ngx_http_partner_limit_key(call, limit, bucket->key);
    bucket->rate = limit->numbers->rate;
    bucket->dry = limit->dry;
    bucket->held = -1;
    bucket->want = 0;
}


static void
ngx_http_partner_eval_push(ngx_http_partner_eval_t *eval, const void *text,
                           size_t len)
{
    eval->argv[eval->argc] = text;
    eval->lens[eval->argc++] = len;
}


static void
ngx_http_partner_eval_number(ngx_http_partner_eval_t *eval, int64_t number)
{
    u_char *end;

    end = ngx_sprintf(eval->pos, "%L", number);
    ngx_http_partner_eval_push(eval, eval->pos, end - eval->pos);
    eval->pos = end;
}


static void
ngx_http_partner_eval_bucket(ngx_http_partner_eval_t         *eval,
                             const ngx_http_partner_bucket_t *bucket,
                             ngx_uint_t                       leases)
{
    ngx_http_partner_eval_number(eval, bucket->rate.tokens);
    ngx_http_partner_eval_number(eval, bucket->rate.period);
    ngx_http_partner_eval_number(eval, bucket->rate.burst);
    ngx_http_partner_eval_push(eval, bucket->dry ? "1" : "0", 1);

    if (leases) {
        ngx_http_partner_eval_number(eval, bucket->held);
        ngx_http_partner_eval_number(eval, bucket->want);
    }
}


/* As bucket.lua takes it; `loaded` is whether Redis should know the text. */
static void
ngx_http_partner_eval_build(ngx_http_partner_eval_t           *eval,
                            const ngx_http_partner_question_t *question,
                            ngx_uint_t                         loaded)
{
    ngx_uint_t                      i;
    const ngx_http_partner_asker_t *asker;

    asker = &question->pmcf->asker;
    eval->argc = 0;
    eval->pos = eval->text;

    if (loaded) {
        ngx_http_partner_eval_push(eval, "EVALSHA", 7);
        ngx_http_partner_eval_push(eval, asker->script, sizeof(asker->script));

    } else {
        ngx_http_partner_eval_push(eval, "EVAL", 4);
        ngx_http_partner_eval_push(eval, NGX_PARTNER_BUCKET_SCRIPT,
                                   sizeof(NGX_PARTNER_BUCKET_SCRIPT) - 1);
    }

    ngx_http_partner_eval_number(eval, (int64_t) question->n);

    for (i = 0; i < question->n; i++) {
        ngx_http_partner_eval_push(eval, question->buckets[i].key,
                                   question->buckets[i].key_len);
    }

    ngx_http_partner_eval_number(eval, question->cost);

    if (question->seq != 0) {
        ngx_http_partner_eval_push(eval, asker->node, sizeof(asker->node));
        ngx_http_partner_eval_number(eval, question->seq);
        ngx_http_partner_eval_number(eval, LP_LEASE_LIFE);
    }

    for (i = 0; i < question->n; i++) {
        ngx_http_partner_eval_bucket(eval, &question->buckets[i],
                                     question->seq != 0);
    }
}


static void ngx_http_partner_question_reply(void *data, redisReply *reply);


static ngx_int_t
ngx_http_partner_question_try(ngx_http_partner_question_t *question,
                              ngx_uint_t                   loaded)
{
    ngx_http_partner_eval_t eval;

    ngx_http_partner_eval_build(&eval, question, loaded);

    return ngx_partner_redis_command(&question->pmcf->redis,
                                     ngx_http_partner_question_reply, question,
                                     eval.argc, eval.argv, eval.lens)
                   != NULL
               ? NGX_OK
               : NGX_ERROR;
}


ngx_int_t
ngx_http_partner_question_send(ngx_http_partner_question_t *question)
{
    if ((!question->pmcf->asker.open || question->probe)
        && ngx_http_partner_question_try(question, 1) == NGX_OK) {
        return NGX_OK;
    }

    ngx_http_partner_question_free(question);

    return NGX_ERROR;
}


/* Tells the call that waits, if it still does. */
static void
ngx_http_partner_question_tell(ngx_http_partner_question_t *question,
                               const lp_decision_t         *decisions)
{
    ngx_uint_t               i;
    ngx_http_partner_call_t *call;

    call = question->call;
    call->question = NULL;
    call->decision.known = (decisions != NULL);
    call->decision.failed = (decisions == NULL);

    for (i = 0; decisions != NULL && i < question->n; i++) {
        call->decision.limits[i].decision = decisions[i];
    }

    question->call = NULL;
    call->doubtful = 1;
    ngx_http_partner_resume(call);
}


static void
ngx_http_partner_question_reply(void *data, redisReply *reply)
{
    int64_t                      granted[NGX_HTTP_PARTNER_LIMITS];
    ngx_uint_t                   lent;
    lp_decision_t                decisions[NGX_HTTP_PARTNER_LIMITS], *answer;
    ngx_http_partner_question_t *question = data;

    /* a script flush: this time the text itself, which loads it again */

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR
        && ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0
        && ngx_http_partner_question_try(question, 0) == NGX_OK) {
        return;
    }

    answer = decisions;

    if (!ngx_partner_answer_limits(reply, question->n, question->seq != 0,
                                   decisions, granted)) {
        answer = NULL;
    }

    ngx_http_partner_breaker_count(question->pmcf, answer == NULL);
    lent = 0;

    if (question->lease) {
        lent = ngx_http_partner_lease_answered(question, answer, granted);
    }

    if (question->call != NULL) {
        ngx_http_partner_question_tell(question, answer);
    }

    if (lent) {
        ngx_queue_insert_tail(&question->pmcf->asker.lent, &question->queue);

    } else {
        ngx_http_partner_question_free(question);
    }
}


ngx_int_t
ngx_http_partner_limit_strict(ngx_http_partner_call_t *call)
{
    ngx_uint_t                   i;
    ngx_http_partner_question_t *question;

    question = ngx_http_partner_question(call->pmcf, call->decision.n);

    if (question == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < call->decision.n; i++) {
        ngx_http_partner_question_add(question, call,
                                      &call->decision.limits[i]);
    }

    question->cost = 1;
    question->call = call;

    if (ngx_http_partner_question_send(question) != NGX_OK) {
        return NGX_ERROR;
    }

    call->question = question;

    return NGX_AGAIN;
}


static void
ngx_http_partner_limit_timer(ngx_event_t *ev, ngx_event_handler_pt handler,
                             ngx_http_partner_main_conf_t *pmcf,
                             ngx_cycle_t                  *cycle)
{
    ev->handler = handler;
    ev->data = pmcf;
    ev->log = cycle->log;
    ev->cancelable = 1; /* must not keep a worker from leaving */
}


void
ngx_http_partner_limit_start(ngx_http_partner_main_conf_t *pmcf,
                             ngx_cycle_t                  *cycle)
{
    ngx_http_partner_asker_t *asker;

    asker = &pmcf->asker;

    ngx_queue_init(&asker->free[0]);
    ngx_queue_init(&asker->free[1]);
    ngx_queue_init(&asker->lent);

    (void) ngx_snprintf(asker->node, sizeof(asker->node), "%016xL",
                        pmcf->zone->shared->incarnation);

    ngx_http_partner_limit_timer(&asker->sweep, ngx_http_partner_lease_sweep,
                                 pmcf, cycle);
    ngx_http_partner_limit_timer(&asker->probe, ngx_http_partner_breaker_probe,
                                 pmcf, cycle);
    ngx_add_timer(&asker->sweep, NGX_HTTP_PARTNER_LEASE_SWEEP);
}


void
ngx_http_partner_limit_stop(ngx_http_partner_main_conf_t *pmcf)
{
    if (pmcf->asker.sweep.timer_set) {
        ngx_del_timer(&pmcf->asker.sweep);
    }

    if (pmcf->asker.probe.timer_set) {
        ngx_del_timer(&pmcf->asker.probe);
    }
}
