/*
 * Takes into PostgreSQL when keys and clients were last used, as gateways tell
 * it.
 */

#ifndef PD_USED_H
#define PD_USED_H


#include <stddef.h>
#include <jansson.h>

#include "login.h"
#include "pg.h"
#include "queries.h"


typedef struct pd_used_s pd_used_t;


/* NULL: no memory. */
pd_used_t *pd_used_create(struct event_base *base, const pd_login_t *redis,
                          const pd_queries_t *queries, pd_pg_t *pg);
void       pd_used_free(pd_used_t *u);

/* One process works at a time; times only grow, so two would do no harm. */
void pd_used_lead(pd_used_t *u);
void pd_used_stop(pd_used_t *u);

/*
 * Adds one field of Redis' hash to `uses`: an id and seconds since the epoch,
 * of ten digits at most.  -1: it is none, and was not added.
 */
int pd_used_add(json_t *uses, const char *id, size_t id_len, const char *at,
                size_t at_len);


#endif
