/*
 * How many changes wait in the outbox, for the page of metrics.
 */

#ifndef PD_OUTBOX_H
#define PD_OUTBOX_H


#include "rounds.h"


/* Looks every few seconds while this process leads.  -1: no memory. */
int pd_outbox_start(pd_rounds_t *r, struct event_base *base,
                    const pd_queries_t *queries, pd_pg_t *pg);


#endif
