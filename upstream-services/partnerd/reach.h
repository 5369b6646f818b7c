/*
 * How a connection to Redis comes to be; between redis.c and reach.c alone.
 */

#ifndef PD_REACH_H
#define PD_REACH_H


#include <stdint.h>
#include <sys/queue.h>
#include <hiredis/async.h>

#include "redis.h"


TAILQ_HEAD(pd_calls_s, pd_call_s);

struct pd_redis_s {
    pd_redis_conf_t     conf;
    redisAsyncContext  *context; /* NULL: down */
    unsigned            ready;
    unsigned            failures; /* in a row */
    unsigned            closing;
    unsigned            asking;   /* a Sentinel, for the master */
    unsigned            sentinel; /* counts on to the next */
    lp_redis_endpoint_t master;   /* as a Sentinel said */
    int64_t             since;    /* of connecting, or of the last message */
    struct event       *retry;
    struct event       *tick;
    struct pd_calls_s   calls; /* in flight, in order */
};


/* For the timer `retry`: connects, and makes `ready`. */
void pd_redis_reach(evutil_socket_t fd, short what, void *arg);

/* The context has gone; the next try is set. */
void pd_redis_lost(pd_redis_t *r, const char *why);

/* Ends the connection; hiredis answers what is in flight with NULL. */
void pd_redis_drop(pd_redis_t *r, const char *why);


#endif
