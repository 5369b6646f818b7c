/*
 * Ends what lasts for a time only: deletes it, or tells that it is over.
 */

#ifndef PD_RETAIN_H
#define PD_RETAIN_H


#include "rounds.h"


typedef struct {
    pd_rounds_t rounds;
    size_t      next; /* statement of this round */
} pd_retain_t;


/* -1: no memory.  Statements run in `pg`, one after another. */
int pd_retain_start(pd_retain_t *r, struct event_base *base,
                    const pd_queries_t *queries, pd_pg_t *pg);


#endif
