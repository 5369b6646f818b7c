/*
 * Forgets revocations of tokens that have all expired by themselves.
 */

#ifndef PD_FORGET_H
#define PD_FORGET_H


#include "ask.h"
#include "redis.h"


typedef struct {
    pd_ask_t   *ask; /* the relay's: one chain at a time */
    pd_redis_t *redis;
    void (*done)(void *ctx, int well);
    void   *ctx;
    json_t *digests; /* of this chain, owned */
} pd_forget_t;


/*
 * Deletes a batch in Redis first and in PostgreSQL then: killed in between, it
 * finds them again.  What is left over is for the next round.
 */
void pd_forget_start(pd_forget_t *f);


#endif
