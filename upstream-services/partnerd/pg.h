/*
 * PostgreSQL, asynchronous: a bounded pool of pipelined connections and a
 * bounded queue in front of it.
 *
 * One unit is one transaction: the caller's identity, one statement, Sync.
 * Units of different callers follow each other on a connection and never mix:
 * the identity is local to its transaction, and an error ends at its Sync.
 */

#ifndef PD_PG_H
#define PD_PG_H


#include <stdint.h>
#include <sys/queue.h>
#include <event2/event.h>
#include <libpq-fe.h>

#include "identity.h"
#include "queries.h"


typedef enum {
    PD_PG_DONE = 0, /* committed */
    PD_PG_ERROR,    /* PostgreSQL refused it; the result says why */
    PD_PG_AWAY,     /* never done: no connection, none in time, or a statement
                     * that it had not prepared */
    PD_PG_BUSY,     /* never sent: the queue is full */
    PD_PG_LOST      /* sent, and no answer: it may have happened */
} pd_pg_outcome_t;


typedef struct pd_unit_s pd_unit_t;

/*
 * Belongs to its caller, who keeps it and all that it points to until `done`
 * was called, exactly once, perhaps from within pd_pg_submit().  It waits in
 * one list, the pool's and then that of its connection, and in none when `done`
 * is called, which may submit it again.  The result is gone afterwards.
 */
struct pd_unit_s {
    const pd_statement_t *statement;
    const char *const    *values;
    const pd_identity_t  *identity; /* NULL: no settings */
    void (*done)(pd_unit_t *u, pd_pg_outcome_t outcome, const PGresult *res);
    void *ctx;

    TAILQ_ENTRY(pd_unit_s) link; /* from here on the pool's */
    int64_t   due;               /* pd_clock() */
    PGresult *result;            /* the last so far, or the first error */
    unsigned  prepares;          /* its statement, as the connection's first */
    unsigned  identifies;        /* the same of the identity's */
    unsigned  failed; /* that is one: the rest up to its Sync is skipped */
};

TAILQ_HEAD(pd_units_s, pd_unit_s);


typedef struct {
    struct event_base *base;
    const char        *conninfo;
    const char        *setup; /* SQL for each new connection */
    const char        *name;  /* in the log */
    unsigned           connections;
    unsigned           depth;    /* units in flight on one connection */
    unsigned           fair;     /* who has nothing in flight goes first */
    unsigned           waiting;  /* units in the queue */
    int                deadline; /* milliseconds from submission to answer */
    void (*up)(void *ctx);       /* a connection is there; may be NULL */
    void (*down)(void *ctx);     /* one was lost; may be NULL */
    void (*notified)(void *ctx); /* a NOTIFY came; may be NULL */
    void *ctx;
} pd_pg_conf_t;

typedef struct pd_pg_s pd_pg_t;


/* NULL without memory.  Strings of `conf` stay the caller's. */
pd_pg_t *pd_pg_create(const pd_pg_conf_t *conf);

/* Units still in it are answered with PD_PG_AWAY or PD_PG_LOST. */
void pd_pg_free(pd_pg_t *pg);

typedef struct {
    const char *name;
    uint64_t    ready;   /* connections */
    uint64_t    waiting; /* units in the queue */
    uint64_t    lost;    /* connections, since the start */
} pd_pg_state_t;

pd_pg_state_t pd_pg_state(const pd_pg_t *pg);

/* The unit waits for a connection that has room, at most until the pool's
 * deadline; its `done` says what became of it. */
void pd_pg_submit(pd_pg_t *pg, pd_unit_t *u);


#endif
