/*
 * Ends what is over: deletes it, or tells that it has ended, a batch at a time.
 */

#ifndef PD_RETAIN_H
#define PD_RETAIN_H


#include "rounds.h"


/* Zeroed before pd_retain_start(), but for the first. */
typedef struct {
    const char *const *statements; /* names, the last NULL */
    pd_rounds_t        rounds;
    size_t             next; /* statement of this round */
} pd_retain_t;


/* Every so many milliseconds.  -1: no memory.  Statements run in `pg`. */
int pd_retain_start(pd_retain_t *r, struct event_base *base,
                    const pd_queries_t *queries, pd_pg_t *pg, int every);


#endif
