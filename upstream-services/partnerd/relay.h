/*
 * The relay: projects changed credentials and revocations of tokens from the
 * outbox to Redis, and the whole again where Redis has lost it.
 */

#ifndef PD_RELAY_H
#define PD_RELAY_H


#include "ask.h"
#include "projection.h"
#include "redis.h"


typedef struct pd_relay_s pd_relay_t;


/* NULL: no memory.  It asks `pg`, whose connection holds the lock; so two
 * never publish, and revisions only grow. */
pd_relay_t *pd_relay_create(struct event_base *base, const pd_login_t *redis,
                            const pd_queries_t *queries, pd_pg_t *pg);
void        pd_relay_free(pd_relay_t *r);

/* This process holds the lock, until it stops with the connection. */
void pd_relay_lead(pd_relay_t *r);
void pd_relay_stop(pd_relay_t *r);

/* Something was committed.  A sweep each second finds what nobody told of. */
void pd_relay_wake(pd_relay_t *r);


#endif
