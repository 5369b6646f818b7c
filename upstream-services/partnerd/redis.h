/*
 * Redis, asynchronous: one connection that comes back by itself, with
 * deadlines of our own.  Behind Sentinels it is to whom they say is master.
 */

#ifndef PD_REDIS_H
#define PD_REDIS_H


#include <event2/event.h>
#include <hiredis/hiredis.h>

#include "login.h"


typedef struct pd_redis_s pd_redis_t;

/*
 * Called exactly once a command; NULL: no answer, it may have happened.
 * Commands whose answers nobody needs, as those of a transaction that EXEC
 * answers for, are sent without one.
 */
typedef void (*pd_redis_pt)(void *ctx, const redisReply *reply);

typedef struct {
    struct event_base *base;
    const pd_login_t  *login;
    int                deadline; /* milliseconds a command may take */
    const char *const *channels; /* two, subscribed to; NULL: commands */
    void (*heard)(void *ctx, const char *channel, const char *text,
                  size_t len);
    void (*up)(void *ctx);   /* may be NULL */
    void (*down)(void *ctx); /* may be NULL; commands in flight ended */
    void *ctx;
} pd_redis_conf_t;


/* NULL: no memory. */
pd_redis_t *pd_redis_create(const pd_redis_conf_t *conf);

/* Commands in flight are told NULL, before this returns. */
void pd_redis_free(pd_redis_t *r);

int pd_redis_ready(const pd_redis_t *r);

/* Without an answer for so many milliseconds a subscription is renewed. */
#define PD_REDIS_SILENCE 5000

/* `done`, which may be NULL, is told NULL at once when the connection is not
 * there.  What the arguments point to may go when this returns. */
void pd_redis_command(pd_redis_t *r, pd_redis_pt done, void *ctx, int argc,
                      const char **argv, const size_t *lengths);

/* printf-like, as redisAsyncCommand() has it. */
void pd_redis_send(pd_redis_t *r, pd_redis_pt done, void *ctx,
                   const char *format, ...);


#endif
