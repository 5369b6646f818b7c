/*
 * Reaches Redis step by step: a Sentinel where there are some, the master that
 * it names, the login, the subscription.  A step that fails ends the context,
 * and all begins anew after a while.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>
#include <hiredis/adapters/libevent.h>

#include "clock.h"
#include "reach.h"


static void pd_reach_master(pd_redis_t *r);


/* hiredis has answered what was in flight with NULL before. */
static void
pd_reach_disconnected(const redisAsyncContext *context, int status)
{
    pd_redis_lost(context->data,
                  status == REDIS_OK ? "closed" : context->errstr);
}


/*
 * Failures are counted anew only here: a Redis that accepts and then hangs up
 * must be backed away from, too.
 */
static void
pd_reach_ready(pd_redis_t *r)
{
    r->ready = 1;
    r->failures = 0;
    r->since = pd_clock();

    if (r->conf.up != NULL) {
        r->conf.up(r->conf.ctx);
    }
}


/* Whether a step was answered, and well; what not is dropped. */
static int
pd_reach_accepted(pd_redis_t *r, const redisAsyncContext *context,
                  const redisReply *reply)
{
    if (reply == NULL || r->context != context) {
        return 0;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        pd_redis_drop(r, reply->str);
        return 0;
    }

    return 1;
}


/*
 * Answers to SUBSCRIBE, one a channel, have a number where messages have text.
 */
static void
pd_reach_heard(redisAsyncContext *context, void *data, void *ctx)
{
    pd_redis_t       *r = ctx;
    const redisReply *reply = data;

    if (!pd_reach_accepted(r, context, reply)
        || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        return;
    }

    r->since = pd_clock();

    if (reply->element[2]->type == REDIS_REPLY_STRING) {
        r->conf.heard(r->conf.ctx, reply->element[1]->str,
                      reply->element[2]->str, reply->element[2]->len);

    } else if (!r->ready) {
        pd_reach_ready(r);
    }
}


/* The last step: each command is answered in order, so all went well. */
static void
pd_reach_last(redisAsyncContext *context, void *data, void *ctx)
{
    pd_redis_t       *r = ctx;
    const redisReply *reply = data;

    if (!pd_reach_accepted(r, context, reply)) {
        return;
    }

    if (r->conf.login->address.master[0] != '\0'
        && (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0
            || reply->element[0]->type != REDIS_REPLY_STRING
            || strcmp(reply->element[0]->str, "master") != 0)) {
        pd_redis_drop(r, "the Sentinel named one that is not the master");
        return;
    }

    if (r->conf.channels == NULL) {
        pd_reach_ready(r);
        return;
    }

    (void) redisAsyncCommand(context, pd_reach_heard, r, "SUBSCRIBE %s %s",
                             r->conf.channels[0], r->conf.channels[1]);
}


/* Some errors repeat what was sent: of this one, only their code is told. */
static void
pd_reach_login(redisAsyncContext *context, void *data, void *ctx)
{
    redisReply *reply = data;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        reply->str[strcspn(reply->str, " ")] = '\0';
    }

    (void) pd_reach_accepted(ctx, context, reply);
}


/*
 * Commands are sent without waiting for one another: Redis answers them in
 * order, and the first that fails drops the connection.
 */
static void
pd_reach_greet(pd_redis_t *r)
{
    int               rc;
    const pd_login_t *login = r->conf.login;

    rc = REDIS_OK;

    if (login->password[0] != '\0') {
        rc = login->user[0] != '\0'
                 ? redisAsyncCommand(r->context, pd_reach_login, r,
                                     "AUTH %s %s", login->user,
                                     login->password)
                 : redisAsyncCommand(r->context, pd_reach_login, r, "AUTH %s",
                                     login->password);
    }

    if (rc == REDIS_OK) {
        rc = redisAsyncCommand(r->context, pd_reach_last, r,
                               login->address.master[0] != '\0' ? "ROLE"
                                                                : "PING");
    }

    if (rc != REDIS_OK) {
        pd_redis_drop(r, "no memory");
    }
}


/* A Sentinel's answer is held to our sizes: it may be anything. */
static int
pd_reach_text(const redisReply *reply, size_t i, char *out, size_t room)
{
    const redisReply *text = reply->element[i];

    if (text->type != REDIS_REPLY_STRING || text->len >= room) {
        return -1;
    }

    (void) snprintf(out, room, "%s", text->str);

    return 0;
}


/* nil: this Sentinel has never heard of that master. */
static void
pd_reach_told(redisAsyncContext *context, void *data, void *ctx)
{
    char              port[8];
    pd_redis_t       *r = ctx;
    const redisReply *reply = data;

    if (!pd_reach_accepted(r, context, reply)) {
        return;
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2
        || pd_reach_text(reply, 0, r->master.host, sizeof(r->master.host)) != 0
        || pd_reach_text(reply, 1, port, sizeof(port)) != 0) {
        pd_redis_drop(r, "a Sentinel knows no such master");
        return;
    }

    r->master.port = (uint16_t) atoi(port);
    context->onDisconnect = NULL;
    redisAsyncFree(context);
    pd_reach_master(r);
}


static void
pd_reach_connected(const redisAsyncContext *context, int status)
{
    pd_redis_t *r = context->data;

    if (r->context != context) {
        return;
    }

    /* A failure frees the context without another call. */
    if (status != REDIS_OK) {
        pd_redis_lost(r, context->errstr);

    } else if (!r->asking) {
        pd_reach_greet(r);

    } else if (redisAsyncCommand(r->context, pd_reach_told, r,
                                 "SENTINEL get-master-addr-by-name %s",
                                 r->conf.login->address.master)
               != REDIS_OK) {
        pd_redis_drop(r, "no memory");
    }
}


/* A Unix socket connects, or fails, at once. */
static void
pd_reach_watch(pd_redis_t *r, redisAsyncContext *context)
{
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
        || redisAsyncSetConnectCallback(context, pd_reach_connected)
               != REDIS_OK
        || redisAsyncSetDisconnectCallback(context, pd_reach_disconnected)
               != REDIS_OK) {
        r->context = NULL;
        redisAsyncFree(context);
        pd_redis_lost(r, "cannot watch the socket");
    }
}


static void
pd_reach_endpoint(pd_redis_t *r, const lp_redis_endpoint_t *e)
{
    pd_reach_watch(r, redisAsyncConnect(e->host, e->port));
}


static void
pd_reach_master(pd_redis_t *r)
{
    r->asking = 0;
    pd_reach_endpoint(r, &r->master);
}


/* Names are resolved by hiredis, which blocks; addresses are better. */
void
pd_redis_reach(evutil_socket_t fd, short what, void *arg)
{
    pd_redis_t               *r = arg;
    const lp_redis_address_t *a = &r->conf.login->address;

    (void) fd;
    (void) what;

    if (a->path[0] != '\0') {
        pd_reach_watch(r, redisAsyncConnectUnix(a->path));
        return;
    }

    r->asking = a->master[0] != '\0';
    pd_reach_endpoint(r, &a->endpoints[r->sentinel % a->n]);
}
