/*
 * The usage intake: takes what gateways publish into PostgreSQL, and confirms
 * it to them.
 */

#ifndef PD_INTAKE_H
#define PD_INTAKE_H


#include <jansson.h>

#include "login.h"
#include "redis.h"
#include "rounds.h"


/*
 * One process works at a time, which holds the lock in PostgreSQL.  Two would
 * do no harm, since values are absolute, but the work twice.  Zeroed before
 * pd_intake_start(), which may then fail and be freed.
 */
typedef struct {
    pd_rounds_t rounds;
    pd_redis_t *redis;
    json_t     *gateways; /* incarnations of this round */
    size_t      next;     /* of them */
    const char *incarnation;
    char        cursor[24]; /* of the page that follows; "0": none */
    json_t     *idle;       /* see pd_idle() */
    json_t     *unreadable; /* incarnations, of which the log says so */
} pd_intake_t;


/* -1: no memory.  Statements run in `pg`. */
int  pd_intake_start(pd_intake_t *in, struct event_base *base,
                     const pd_login_t *redis, const pd_queries_t *queries,
                     pd_pg_t *pg);
void pd_intake_free(pd_intake_t *in);


#endif
