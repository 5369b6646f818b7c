/*
 * Waits until every living gateway obeys a change that was committed.
 */

#ifndef PD_ACKS_H
#define PD_ACKS_H


#include <stdint.h>
#include <sys/queue.h>
#include <jansson.h>

#include "redis.h"


#define PD_ACKS_CHANNEL    "partner:acks"
#define PD_RELAYED_CHANNEL "partner:relayed"


typedef struct pd_acks_s     pd_acks_t;
typedef struct pd_ack_wait_s pd_ack_wait_t;

/*
 * `pending` is NULL when every living gateway obeys, else what is known of
 * those that do not; it is the callee's to keep for the call alone.
 */
typedef void (*pd_acked_pt)(void *ctx, const json_t *pending);

/* Its caller's, until `done` was called, exactly once. */
struct pd_ack_wait_s {
    int64_t     transaction; /* of PostgreSQL, that made the change */
    pd_acked_pt done;
    void       *ctx;

    TAILQ_ENTRY(pd_ack_wait_s) link; /* from here on the waiter's */
    int64_t revision;                /* under which it was told; 0: not yet */
    int64_t since;
};


/* NULL: no memory.  `redis` is for commands, and stays the caller's. */
pd_acks_t *pd_acks_create(struct event_base *base, const pd_login_t *login,
                          pd_redis_t *redis);

/* The connection for commands has come up. */
void pd_acks_ready(pd_acks_t *a);

/* Whoever still waits is told that nothing is known. */
void pd_acks_free(pd_acks_t *a);

/* Milliseconds: what a gateway that is silent already has to answer in ... */
#define PD_ACKS_LEAST 1000
/* ... and what the relay has to tell of a change, as long as the lease that a
 * gateway has by default. */
#define PD_ACKS_LATE 5000

/* At most as long as PD_ACKS_LATE, or the longest lease among the gateways
 * that live. */
void pd_acks_wait(pd_acks_t *a, pd_ack_wait_t *w);


#endif
