/*
 * One pipelined connection to PostgreSQL, which comes back by itself.
 */

#ifndef PD_PGCONN_H
#define PD_PGCONN_H


#include "pg.h"


typedef enum {
    PD_CONN_DOWN = 0, /* waits to try again */
    PD_CONN_CONNECTING,
    PD_CONN_SETUP, /* runs the SQL that each new connection begins with */
    PD_CONN_READY  /* takes units */
} pd_conn_state_t;

typedef struct pd_pgconn_s pd_pgconn_t;

struct pd_pgconn_s {
    const pd_pg_conf_t *conf;
    PGconn             *pg;
    struct event       *readable;
    struct event       *writable;
    struct event       *retry;
    pd_conn_state_t     state;
    int64_t             since;      /* of CONNECTING and SETUP; pd_clock() */
    unsigned            failures;   /* in a row */
    uint64_t            lost;       /* times that it was READY before */
    unsigned            inflight;   /* units; at most conf->depth */
    unsigned            identified; /* the identity's statement is prepared */
    unsigned char       prepared[PD_STATEMENTS]; /* by their numbers */
    struct pd_units_s   units;                   /* sent, in order */

    void (*changed)(pd_pgconn_t *c); /* ready, down, or with room again */
    void *pool;
};


/* Begins to connect.  -1 without memory. */
int  pd_pgconn_open(pd_pgconn_t *c);
void pd_pgconn_close(pd_pgconn_t *c);

/* The connection is READY.  An error of sending ends the connection, which
 * answers the unit. */
void pd_pgconn_send(pd_pgconn_t *c, pd_unit_t *u);

/* Answers what is in flight with PD_PG_LOST and tries again later. */
void pd_pgconn_fail(pd_pgconn_t *c, const char *why);

/* Takes what has arrived: each complete unit is answered. */
void pd_pgconn_results(pd_pgconn_t *c);

/* Calls its `done`; the result, if there is one, is freed behind that. */
void pd_unit_finish(pd_unit_t *u, pd_pg_outcome_t outcome);


#endif
