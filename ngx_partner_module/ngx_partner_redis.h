/*
 * One connection to Redis on nginx's own event loop, through hiredis'
 * asynchronous API.  Commands are pipelined; each has a deadline and exactly
 * one completion; nothing blocks.
 *
 * A connection that fails, or whose oldest command misses its deadline, is
 * given up with all that waits on it, and tried again with backoff.  A deadline
 * that the process slept through begins once more when it wakes.  Until the
 * connection is ready again commands fail at once: that is the circuit breaker.
 */

#ifndef NGX_PARTNER_REDIS_H
#define NGX_PARTNER_REDIS_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <hiredis/hiredis.h>
#include <hiredis/async.h>

#include "../libpartner/lp_redis_address.h"
#include "ngx_partner_parking.h"


#define NGX_PARTNER_REDIS_HOST  64  /* a numeric address, with its end */
#define NGX_PARTNER_REDIS_WHERE 128 /* that, or a socket's path, as said */

typedef struct {
    char      host[NGX_PARTNER_REDIS_HOST];
    in_port_t port;
} ngx_partner_redis_endpoint_t;

/* Strings end in a zero. */
typedef struct {
    ngx_str_t path;   /* Unix socket; empty: TCP */
    ngx_str_t master; /* its name among the Sentinels; empty: there are none */
    ngx_str_t user;   /* of the ACL; empty: the default one */
    ngx_str_t password; /* empty: none.  Never logged. */
    ngx_partner_redis_endpoint_t endpoints[LP_REDIS_ENDPOINTS];
    ngx_uint_t                   nendpoints; /* Redis, or the Sentinels */

    ngx_uint_t db;
    ngx_uint_t waiting; /* requests parked for look-ups, a worker */
    ngx_uint_t nodes;   /* gateways that share a limit when Redis is away */
    ngx_msec_t connect_timeout;
    ngx_msec_t timeout;   /* of a command */
    ngx_msec_t last_used; /* between two reports of it */
} ngx_partner_redis_conf_t;

typedef struct ngx_partner_redis_s         ngx_partner_redis_t;
typedef struct ngx_partner_redis_command_s ngx_partner_redis_command_t;

/*
 * The completion: NULL when the command failed to get an answer.  It may send
 * commands.  The reply belongs to hiredis and is gone afterwards.
 */
typedef void (*ngx_partner_redis_done_pt)(void *data, redisReply *reply);

typedef struct {
    ngx_atomic_t *commands;
    ngx_atomic_t *errors;
    ngx_atomic_t *timeouts;
    ngx_atomic_t *connects;
    ngx_atomic_t *answers; /* to commands, */
    ngx_atomic_t *us;      /* and from each command to its answer */
    ngx_atomic_t *away;    /* odd: some worker has said that it is; counts on
                           when it goes, and when it is back */
} ngx_partner_redis_counters_t;

struct ngx_partner_redis_s {
    const ngx_partner_redis_conf_t *conf;
    ngx_partner_redis_counters_t    counters;
    ngx_log_t                      *log;
    ngx_pool_t                     *pool;
    const char                     *name; /* for the log */

    /* Sent on each new connection; it is ready when this was answered. */
    const char              **hello;
    int                       hello_argc;
    ngx_partner_redis_done_pt on_hello; /* optional; for a subscription it
                                            also gets each message */
    void (*before_hello)(void *data);   /* optional */
    void *data;                         /* of both */

    ngx_msec_t silence; /* a subscription without a message for so long is
                           renewed; 0: not a subscription */

    redisAsyncContext *ac;
    ngx_event_t        deadline; /* of the oldest command, or of connecting */
    ngx_event_t        retry;
    ngx_msec_t         backoff;
    ngx_queue_t        pending; /* oldest first */
    ngx_queue_t        free;
    ngx_msec_t         heard; /* of a subscription */

    ngx_msec_t opened;      /* when the connection was begun */
    ngx_msec_t stood_still; /* when this process last found that it had */

    ngx_partner_parking_t arrivals; /* while `starting` */

    ngx_atomic_uint_t away; /* the counter when it was last tried or reached */

    ngx_uint_t sentinel;                       /* counts on to the next */
    u_char     where[NGX_PARTNER_REDIS_WHERE]; /* it is reached, for the log */

    ngx_partner_redis_endpoint_t master; /* as a Sentinel said */

    unsigned starting : 1; /* was never ready, and has not failed yet */
    unsigned asking : 1;   /* a Sentinel, for the master */
    unsigned ready : 1;
    unsigned complained : 1; /* of an error reply */
    unsigned closing : 1;
};


/* Prepares and starts to connect.  `redis` is zeroed but for its first part. */
void ngx_partner_redis_start(ngx_partner_redis_t *redis);

/* Gives up the connection for good; every pending command completes. */
void ngx_partner_redis_stop(ngx_partner_redis_t *redis);

/*
 * Sends a command, whose words are copied; `lens` NULL: each ends in a zero.
 * NULL when it cannot be sent, and then `done` is not called; otherwise it is
 * called exactly once, for which `data` has to stay.
 */
ngx_partner_redis_command_t *ngx_partner_redis_command(
    ngx_partner_redis_t *redis, ngx_partner_redis_done_pt done, void *data,
    int argc, const char **argv, const size_t *lens);

/*
 * A blocking connection for a process that leaves, NULL when there is none;
 * ngx_partner_redis_sync.c.  redisFree() ends it.
 */
redisContext *ngx_partner_redis_sync(const ngx_partner_redis_conf_t *conf,
                                     ngx_log_t                      *log);

/* Sends, and frees the answer; NGX_ERROR: there was none, or an error. */
ngx_int_t ngx_partner_redis_do(redisContext *c, int argc, const char **argv,
                               const size_t *lens);

/*
 * NGX_AGAIN: the first connection is still being made, and `parked` is told
 * when it stands or has failed.  NGX_OK: it is decided, or too many wait.
 */
ngx_int_t ngx_partner_redis_await(ngx_partner_redis_t  *redis,
                                  ngx_partner_parked_t *parked);

/* Between the files that make up a connection. */

/* Connects and logs in, in ngx_partner_redis_reach.c; then it is ready. */
void ngx_partner_redis_reach(ngx_partner_redis_t *redis);
void ngx_partner_redis_ready(ngx_partner_redis_t *redis);

/* The first attempt has ended, well or not: who waits for it goes on. */
void ngx_partner_redis_started(ngx_partner_redis_t *redis);

/* What a Sentinel answered; NGX_ERROR: that it does not know. */
ngx_int_t ngx_partner_redis_read_master(const redisReply             *reply,
                                        ngx_partner_redis_endpoint_t *master);

/* Gives up the connection; the next try is set. */
void ngx_partner_redis_drop(ngx_partner_redis_t *redis);

/*
 * Says why a connection is given up: an error by the first worker that finds
 * out, else, until one has reached Redis again, only for who logs at `info`.
 */
void ngx_partner_redis_lost(ngx_partner_redis_t *redis, const char *fmt, ...);

/* Attaches hiredis to nginx's events; ngx_partner_redis_event.c. */
ngx_int_t ngx_partner_redis_attach(ngx_partner_redis_t *redis);


#endif
