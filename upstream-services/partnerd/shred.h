/*
 * The job that destroys the keys of erased data subjects.
 */

#ifndef PD_SHRED_H
#define PD_SHRED_H


#include <event2/event.h>

#include "ask.h"
#include "subject.h"


typedef struct {
    pd_ask_t      ask;
    struct event *tick;
    const char   *dir;                       /* of the keys */
    char          after[PD_SUBJECT_LEN + 1]; /* "": those that are due */
    unsigned      leading;                   /* this process works */
    unsigned      running;                   /* a round */
} pd_shred_t;


/* -1: no memory.  Statements run in `pg`. */
int  pd_shred_start(pd_shred_t *s, struct event_base *base,
                    const pd_queries_t *queries, pd_pg_t *pg, const char *dir);
void pd_shred_free(pd_shred_t *s);

/* This process works, until it stops. */
void pd_shred_lead(pd_shred_t *s);
void pd_shred_stop(pd_shred_t *s);

/* Something was committed. */
void pd_shred_wake(pd_shred_t *s);


#endif
