/*
 * The connection to Redis: hiredis on libevent, its own return after a loss,
 * and a deadline for each command.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <event2/event.h>
#include <hiredis/adapters/libevent.h>

#include "clock.h"
#include "log.h"
#include "redis.h"


#define PD_REDIS_TICK 50 /* milliseconds between looks at the deadlines */


typedef struct pd_call_s pd_call_t;

struct pd_call_s {
    TAILQ_ENTRY(pd_call_s) link;
    pd_redis_t *redis;
    pd_redis_pt done;
    void       *ctx;
    int64_t     due;
};

TAILQ_HEAD(pd_calls_s, pd_call_s);

struct pd_redis_s {
    pd_redis_conf_t    conf;
    redisAsyncContext *context; /* NULL: down */
    unsigned           ready;
    unsigned           failures; /* in a row */
    unsigned           closing;
    int64_t            since; /* of connecting */
    struct event      *retry;
    struct event      *tick;
    struct pd_calls_s  calls; /* in flight, in order */
};


/* hiredis has freed, or is about to free, the context. */
static void
pd_redis_lost(pd_redis_t *r, const char *why)
{
    unsigned       was;
    struct timeval after;

    was = r->ready;
    r->context = NULL;
    r->ready = 0;

    if (r->closing) {
        return;
    }

    if (was || r->failures == 0) {
        pd_log(PD_WARN, "redis_lost", "detail", why, NULL);
    }

    after = pd_timeval(pd_backoff(r->failures++));
    (void) event_add(r->retry, &after);

    if (was && r->conf.down != NULL) {
        r->conf.down(r->conf.ctx);
    }
}


/* hiredis has answered what was in flight with NULL before. */
static void
pd_redis_disconnected(const redisAsyncContext *context, int status)
{
    pd_redis_lost(context->data,
                  status == REDIS_OK ? "closed" : context->errstr);
}


/* A failure frees the context without another call. */
static void
pd_redis_connected(const redisAsyncContext *context, int status)
{
    pd_redis_t *r = context->data;

    if (status != REDIS_OK) {
        pd_redis_lost(r, context->errstr);
        return;
    }

    r->ready = 1;
    r->failures = 0;

    if (r->conf.up != NULL) {
        r->conf.up(r->conf.ctx);
    }
}


static redisAsyncContext *
pd_redis_open(const char *address)
{
    char        host[256];
    const char *colon;

    if (strncmp(address, "unix:", 5) == 0) {
        return redisAsyncConnectUnix(address + 5);
    }

    colon = strrchr(address, ':');
    (void) snprintf(host, sizeof(host), "%.*s", (int) (colon - address),
                    address);

    return redisAsyncConnect(host, atoi(colon + 1));
}


/* A Unix socket connects, or fails, at once. */
static void
pd_redis_start(evutil_socket_t fd, short what, void *arg)
{
    pd_redis_t        *r = arg;
    redisAsyncContext *context;

    (void) fd;
    (void) what;

    context = pd_redis_open(r->conf.address);

    if (context == NULL || context->err != 0) {
        if (context != NULL) {
            redisAsyncFree(context);
        }
        pd_redis_lost(r, "cannot connect");
        return;
    }

    context->data = r;
    r->context = context;
    r->since = pd_clock();

    if (redisLibeventAttach(context, r->conf.base) != REDIS_OK
        || redisAsyncSetConnectCallback(context, pd_redis_connected)
               != REDIS_OK
        || redisAsyncSetDisconnectCallback(context, pd_redis_disconnected)
               != REDIS_OK) {
        redisAsyncFree(context);
        pd_redis_lost(r, "cannot watch the socket");
    }
}


/* Ends the connection; hiredis answers what is in flight with NULL. */
static void
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

    if (r->context != NULL
        && (r->ready ? first != NULL && first->due <= now
                     : r->since + r->conf.deadline <= now)) {
        pd_redis_drop(r, "no answer in time");
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
    call->done(call->ctx, reply);
    free(call);
}


static pd_call_t *
pd_redis_call(pd_redis_t *r, pd_redis_pt done, void *ctx)
{
    pd_call_t *call;

    call = r->ready ? malloc(sizeof(pd_call_t)) : NULL;

    if (call == NULL) {
        done(ctx, NULL);
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
    call->done(call->ctx, NULL);
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


/* Names are resolved by hiredis, which blocks; addresses are better. */
static int
pd_redis_address(const char *address)
{
    const char *colon;

    if (strncmp(address, "unix:", 5) == 0) {
        return address[5] != '\0';
    }

    colon = strrchr(address, ':');

    return colon != NULL && colon != address && atoi(colon + 1) > 0
           && atoi(colon + 1) < 65536;
}


pd_redis_t *
pd_redis_create(const pd_redis_conf_t *conf)
{
    pd_redis_t    *r;
    struct timeval now = { 0, 0 }, every = pd_timeval(PD_REDIS_TICK);

    if (!pd_redis_address(conf->address)) {
        return NULL;
    }

    r = calloc(1, sizeof(pd_redis_t));
    if (r == NULL) {
        return NULL;
    }

    r->conf = *conf;
    TAILQ_INIT(&r->calls);
    r->retry = evtimer_new(conf->base, pd_redis_start, r);
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
