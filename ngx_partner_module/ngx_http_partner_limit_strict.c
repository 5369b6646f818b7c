/*
 * The `strict` mode: one EVALSHA round trip decides in Redis, by its clock.
 */

#include "ngx_http_partner_module.h"

#include "ngx_partner_bucket_script.h"


/* "partner:limit:{<partner>}:<policy>:<what>=<subject>" */
#define NGX_HTTP_PARTNER_BUCKET_KEY (32 + 64 + 3 * LP_ID_LEN)

#define NGX_HTTP_PARTNER_BUCKET_ARGS 3 /* tokens, period, burst */
#define NGX_HTTP_PARTNER_BUCKET_ANSWERS                                       \
    4 /* admitted, remaining, retry after, reset */

#define NGX_HTTP_PARTNER_ARGC                                                 \
    (3 + NGX_HTTP_PARTNER_LIMITS + 1                                          \
     + NGX_HTTP_PARTNER_LIMITS * NGX_HTTP_PARTNER_BUCKET_ARGS)


/* The arguments of EVALSHA, and the memory they stand in. */
typedef struct {
    int         argc;
    const char *argv[NGX_HTTP_PARTNER_ARGC];
    size_t      lens[NGX_HTTP_PARTNER_ARGC];
    u_char     *pos;
    u_char      text[NGX_HTTP_PARTNER_LIMITS
                * (NGX_HTTP_PARTNER_BUCKET_KEY
                   + NGX_HTTP_PARTNER_BUCKET_ARGS * NGX_INT64_LEN)];
} ngx_http_partner_eval_t;


const char *ngx_http_partner_limit_hello[3]
    = { "SCRIPT", "LOAD", NGX_PARTNER_BUCKET_SCRIPT };


/* The answer to SCRIPT LOAD. */
void
ngx_http_partner_limit_loaded(void *data, redisReply *reply)
{
    ngx_http_partner_main_conf_t *pmcf = data;

    if (reply->type == REDIS_REPLY_STRING
        && reply->len == sizeof(pmcf->script)) {
        ngx_memcpy(pmcf->script, reply->str, sizeof(pmcf->script));
    }
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
ngx_http_partner_eval_key(ngx_http_partner_eval_t        *eval,
                          ngx_http_partner_call_t        *call,
                          const ngx_http_partner_limit_t *limit)
{
    u_char              *p;
    ngx_str_t            partner, application;
    ngx_partner_names_t *names;

    names = &call->pmcf->zone->shared->names;
    partner = ngx_partner_names_get(names, call->principal.partner);

    p = ngx_sprintf(eval->pos, "partner:limit:{%V}:%V:", &partner,
                    &limit->policy->name);

    switch (limit->per) {

    case NGX_HTTP_PARTNER_PER_KEY:
        p = ngx_sprintf(p, "key=%*s", (size_t) call->principal.id_len,
                        call->principal.id);
        break;

    case NGX_HTTP_PARTNER_PER_APPLICATION:
        application
            = ngx_partner_names_get(names, call->principal.application);
        p = ngx_sprintf(p, "application=%V", &application);
        break;

    default: /* NGX_HTTP_PARTNER_PER_PARTNER */
        p = ngx_sprintf(p, "partner");
    }

    ngx_http_partner_eval_push(eval, eval->pos, p - eval->pos);
    eval->pos = p;
}


static void
ngx_http_partner_eval_build(ngx_http_partner_eval_t *eval,
                            ngx_http_partner_call_t *call, ngx_uint_t loaded)
{
    ngx_uint_t                   i;
    const lp_rate_t             *rate;
    ngx_http_partner_decision_t *d;

    d = &call->decision;

    eval->argc = 0;
    eval->pos = eval->text;

    if (loaded) {
        ngx_http_partner_eval_push(eval, "EVALSHA", 7);
        ngx_http_partner_eval_push(eval, call->pmcf->script,
                                   sizeof(call->pmcf->script));

    } else {
        ngx_http_partner_eval_push(eval, "EVAL", 4);
        ngx_http_partner_eval_push(eval, NGX_PARTNER_BUCKET_SCRIPT,
                                   sizeof(NGX_PARTNER_BUCKET_SCRIPT) - 1);
    }

    ngx_http_partner_eval_number(eval, (int64_t) d->n);

    for (i = 0; i < d->n; i++) {
        ngx_http_partner_eval_key(eval, call, &d->limits[i]);
    }

    ngx_http_partner_eval_push(eval, "1", 1);

    for (i = 0; i < d->n; i++) {
        rate = &d->limits[i].numbers->rate;

        ngx_http_partner_eval_number(eval, rate->tokens);
        ngx_http_partner_eval_number(eval, rate->period);
        ngx_http_partner_eval_number(eval, rate->burst);
    }
}


static ngx_int_t
ngx_http_partner_limit_read(ngx_http_partner_decision_t *d, redisReply *reply)
{
    size_t         i;
    redisReply   **element;
    lp_decision_t *decision;

    if (reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2 + d->n * NGX_HTTP_PARTNER_BUCKET_ANSWERS) {
        return NGX_ERROR;
    }

    for (i = 0; i < reply->elements; i++) {
        if (reply->element[i]->type != REDIS_REPLY_INTEGER) {
            return NGX_ERROR;
        }
    }

    element = reply->element + 2; /* behind Redis' clock */

    for (i = 0; i < d->n; i++) {
        decision = &d->limits[i].decision;

        decision->admitted = (int) (*element++)->integer;
        decision->remaining = (*element++)->integer;
        decision->retry_after = (*element++)->integer;
        decision->reset = (*element++)->integer;
    }

    return NGX_OK;
}


static void ngx_http_partner_limit_reply(void *data, redisReply *reply);


static ngx_int_t
ngx_http_partner_limit_send(ngx_http_partner_call_t *call, ngx_uint_t loaded)
{
    ngx_http_partner_eval_t eval;

    ngx_http_partner_eval_build(&eval, call, loaded);

    call->command = ngx_partner_redis_command(
        &call->pmcf->redis, ngx_http_partner_limit_reply, call, eval.argc,
        eval.argv, eval.lens);

    return (call->command != NULL) ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_partner_limit_reply(void *data, redisReply *reply)
{
    ngx_http_partner_call_t     *call;
    ngx_http_partner_decision_t *d;

    call = data;
    d = &call->decision;
    call->command = NULL;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {

        /* a script flush: this time the text itself, which loads it again */

        if (ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0
            && ngx_http_partner_limit_send(call, 0) == NGX_OK) {
            return;
        }

        ngx_log_error(NGX_LOG_ERR, call->request->connection->log, 0,
                      "redis refused a limit decision: %s", reply->str);
    }

    if (reply != NULL && ngx_http_partner_limit_read(d, reply) == NGX_OK) {
        d->known = 1;

    } else {
        d->failed = 1;
    }

    ngx_http_partner_resume(call);
}


ngx_int_t
ngx_http_partner_limit_strict(ngx_http_partner_call_t *call)
{
    if (ngx_http_partner_limit_send(call, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}
