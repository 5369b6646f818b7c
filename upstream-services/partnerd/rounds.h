/*
 * A job of the leading worker that works in rounds: soon after something was
 * committed, and every so often for what nobody told of.
 */

#ifndef PD_ROUNDS_H
#define PD_ROUNDS_H


#include <event2/event.h>

#include "ask.h"


/* Zeroed before pd_rounds_start(), which may then fail and be freed. */
typedef struct {
    pd_ask_t      ask; /* of the round: one question at a time */
    struct event *tick;
    int           every;      /* milliseconds */
    void (*round)(void *ctx); /* begins one; its end clears `running` */
    void    *ctx;
    unsigned leading; /* this process works; a round ends early where not */
    unsigned running; /* a round */
    unsigned woken;   /* the next tick comes soon */
} pd_rounds_t;


/* Every so many milliseconds.  -1: no memory.  Statements run in `pg`. */
int  pd_rounds_start(pd_rounds_t *r, struct event_base *base,
                     const pd_queries_t *queries, pd_pg_t *pg, int every);
void pd_rounds_free(pd_rounds_t *r);

/* This process works, until it stops. */
void pd_rounds_lead(pd_rounds_t *r);
void pd_rounds_stop(pd_rounds_t *r);

/* At once, unless one runs already, or somebody else works. */
void pd_rounds_begin(pd_rounds_t *r);

/* For a job that nobody waits for: what is committed within a tenth of a second
 * is one round's. */
void pd_rounds_wake(pd_rounds_t *r);


#endif
