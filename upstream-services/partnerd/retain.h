/*
 * Ends what lasts for a time only: deletes it, or tells that it is over.
 */

#ifndef PD_RETAIN_H
#define PD_RETAIN_H


#include <event2/event.h>

#include "ask.h"


typedef struct {
    pd_ask_t      ask;
    struct event *tick;
    size_t        next;    /* statement of this round */
    unsigned      leading; /* this process works */
    unsigned      running; /* a round */
} pd_retain_t;


/* -1: no memory.  Statements run in `pg`. */
int  pd_retain_start(pd_retain_t *r, struct event_base *base,
                     const pd_queries_t *queries, pd_pg_t *pg);
void pd_retain_free(pd_retain_t *r);


#endif
