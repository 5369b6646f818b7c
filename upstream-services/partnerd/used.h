/*
 * Takes into PostgreSQL when keys and clients were last used, as gateways tell
 * it.
 */

#ifndef PD_USED_H
#define PD_USED_H


#include <stddef.h>
#include <jansson.h>

#include "login.h"
#include "redis.h"
#include "rounds.h"


/* One process works at a time; times only grow, so two would do no harm.
 * Zeroed before pd_used_start(), which may then fail and be freed. */
typedef struct {
    pd_rounds_t rounds;
    pd_redis_t *redis;
    char        cursor[24]; /* of the page that follows */
} pd_used_t;


/* -1: no memory.  Statements run in `pg`. */
int  pd_used_start(pd_used_t *u, struct event_base *base,
                   const pd_login_t *redis, const pd_queries_t *queries,
                   pd_pg_t *pg);
void pd_used_free(pd_used_t *u);

/*
 * Adds one field of Redis' hash to `uses`: an id and seconds since the epoch,
 * of ten digits at most.  -1: it is none, and was not added.
 */
int pd_used_add(json_t *uses, const char *id, size_t id_len, const char *at,
                size_t at_len);


#endif
