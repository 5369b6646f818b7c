/*
 * The connection to Redis: hiredis on libevent, its own return after a loss,
 * and a deadline for each command.  How it is reached is in reach.c.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <event2/event.h>
#include <hiredis/async.h>

#include "clock.h"
#include "log.h"
#include "reach.h"


#define PD_REDIS_TICK    50   /* milliseconds between looks at the deadlines */
#define PD_REDIS_PAUSE   500  /* milliseconds between tries at most */
#define PD_REDIS_CONNECT 1000 /* milliseconds for each step to a connection */


typedef struct pd_call_s pd_call_t;

struct pd_call_s {
    TAILQ_ENTRY(pd_call_s) link;
    pd_redis_t *redis;
    pd_redis_pt done;
    void       *ctx;
    int64_t     due;
};

/* hiredis has freed, or is about to free, the context. */
void
pd_redis_lost(pd_redis_t *r, const char *why)
{
    int            pause;
    unsigned       was;
    struct timeval after;

    was = r->ready;
    r->context = NULL;
    r->ready = 0;

    if (r->closing) {
        return;
    }

    /* Another Sentinel may know more; ours are asked in turn. */
    r->sentinel += r->asking;

    if (was || r->failures == 0) {
        pd_log(PD_WARN, "redis_lost", "detail", why, NULL);
    }

    pause = pd_backoff(r->failures++);
    after = pd_timeval(pause < PD_REDIS_PAUSE ? pause : PD_REDIS_PAUSE);
    (void) event_add(r->retry, &after);

    if (was && r->conf.down != NULL) {
        r->conf.down(r->conf.ctx);
    }
}


/* Ends the connection; hiredis answers what is in flight with NULL. */
void
pd_redis_drop(pd_redis_t *r, const char *why)
{
    redisAsyncContext *context;

    context = r->context;
    pd_redis_lost(r, why);

    /* Its own report of the end would be a second one. */
    context->onDisconnect = NULL;
    redisAsyncFree(context);
}


/* hiredis 0.14 has no deadline for asynchronous commands; answers come in
 * order, so the first call is the oldest. */
static void
pd_redis_tick(evutil_socket_t fd, short what, void *arg)
{
    int64_t          now;
    pd_redis_t      *r = arg;
    const pd_call_t *first;

    (void) fd;
    (void) what;

    now = pd_clock();
    first = TAILQ_FIRST(&r->calls);

    if (r->context == NULL) {
        return;
    }

    if (!r->ready) {
        if (r->since + PD_REDIS_CONNECT <= now) {
            pd_redis_drop(r, "no connection in time");
        }

    } else if (first != NULL && first->due <= now) {
        pd_redis_drop(r, "no answer in time");

    } else if (r->conf.channels != NULL
               && r->since + PD_REDIS_SILENCE <= now) {

        /* A peer that vanished and one that has nothing to say look alike. */
        pd_redis_drop(r, "silent");
    }
}


/* A failover tells so; who is master now the Sentinels know. */
static int
pd_redis_demoted(const pd_redis_t *r, const redisReply *reply)
{
    return r->context != NULL && r->conf.login->address.master[0] != '\0'
           && reply != NULL && reply->type == REDIS_REPLY_ERROR
           && strncmp(reply->str, "READONLY", 8) == 0;
}


static void
pd_redis_tell(pd_redis_pt done, void *ctx, const redisReply *reply)
{
    if (done != NULL) {
        done(ctx, reply);
    }
}


/* Exactly once a command: with its reply, or NULL at the end of the context. */
static void
pd_redis_answered(redisAsyncContext *context, void *reply, void *ctx)
{
    pd_call_t  *call = ctx;
    pd_redis_t *r = call->redis;

    (void) context;

    TAILQ_REMOVE(&r->calls, call, link);
    pd_redis_tell(call->done, call->ctx, reply);
    free(call);

    if (pd_redis_demoted(r, reply)) {
        pd_redis_drop(r, "not the master any more");
    }
}


static pd_call_t *
pd_redis_call(pd_redis_t *r, pd_redis_pt done, void *ctx)
{
    pd_call_t *call;

    call = r->ready ? malloc(sizeof(pd_call_t)) : NULL;

    if (call == NULL) {
        pd_redis_tell(done, ctx, NULL);
        return NULL;
    }

    call->redis = r;
    call->done = done;
    call->ctx = ctx;
    call->due = pd_clock() + r->conf.deadline;
    TAILQ_INSERT_TAIL(&r->calls, call, link);

    return call;
}


static void
pd_redis_unsent(pd_call_t *call)
{
    TAILQ_REMOVE(&call->redis->calls, call, link);
    pd_redis_tell(call->done, call->ctx, NULL);
    free(call);
}


void
pd_redis_command(pd_redis_t *r, pd_redis_pt done, void *ctx, int argc,
                 const char **argv, const size_t *lengths)
{
    pd_call_t *call;

    call = pd_redis_call(r, done, ctx);

    if (call != NULL
        && redisAsyncCommandArgv(r->context, pd_redis_answered, call, argc,
                                 argv, lengths)
               != REDIS_OK) {
        pd_redis_unsent(call);
    }
}


void
pd_redis_send(pd_redis_t *r, pd_redis_pt done, void *ctx, const char *format,
              ...)
{
    int        rc;
    va_list    args;
    pd_call_t *call;

    call = pd_redis_call(r, done, ctx);
    if (call == NULL) {
        return;
    }

    va_start(args, format);
    rc = redisvAsyncCommand(r->context, pd_redis_answered, call, format, args);
    va_end(args);

    if (rc != REDIS_OK) {
        pd_redis_unsent(call);
    }
}


pd_redis_t *
pd_redis_create(const pd_redis_conf_t *conf)
{
    pd_redis_t    *r;
    struct timeval now = { 0, 0 }, every = pd_timeval(PD_REDIS_TICK);

    r = calloc(1, sizeof(pd_redis_t));
    if (r == NULL) {
        return NULL;
    }

    r->conf = *conf;
    TAILQ_INIT(&r->calls);
    r->retry = evtimer_new(conf->base, pd_redis_reach, r);
    r->tick = event_new(conf->base, -1, EV_PERSIST, pd_redis_tick, r);

    if (r->retry == NULL || r->tick == NULL || event_add(r->retry, &now) != 0
        || event_add(r->tick, &every) != 0) {
        pd_redis_free(r);
        return NULL;
    }

    return r;
}


void
pd_redis_free(pd_redis_t *r)
{
    if (r == NULL) {
        return;
    }

    r->closing = 1;

    if (r->context != NULL) {
        redisAsyncFree(r->context);
    }

    if (r->retry != NULL) {
        event_free(r->retry);
    }

    if (r->tick != NULL) {
        event_free(r->tick);
    }

    free(r);
}


int
pd_redis_ready(const pd_redis_t *r)
{
    return r != NULL && r->ready;
}
