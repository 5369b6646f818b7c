/*
 * The usage intake: takes what gateways publish into PostgreSQL, and confirms
 * it to them.
 */

#ifndef PD_INTAKE_H
#define PD_INTAKE_H


#include "login.h"
#include "pg.h"
#include "queries.h"


typedef struct pd_intake_s pd_intake_t;


/* NULL: no memory. */
pd_intake_t *pd_intake_create(struct event_base *base, const pd_login_t *redis,
                              const pd_queries_t *queries, pd_pg_t *pg);
void         pd_intake_free(pd_intake_t *in);

/*
 * One process works at a time, which holds the lock in PostgreSQL.  Two would
 * do no harm, since values are absolute, but the work twice.
 */
void pd_intake_lead(pd_intake_t *in);
void pd_intake_stop(pd_intake_t *in);


#endif
