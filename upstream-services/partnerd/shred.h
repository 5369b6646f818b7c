/*
 * The job that destroys the keys of erased data subjects.
 */

#ifndef PD_SHRED_H
#define PD_SHRED_H


#include "rounds.h"
#include "subject.h"


typedef struct {
    pd_rounds_t rounds;
    const char *dir;                       /* of the keys */
    char        after[PD_SUBJECT_LEN + 1]; /* "": those that are due */
} pd_shred_t;


/* -1: no memory.  Statements run in `pg`. */
int pd_shred_start(pd_shred_t *s, struct event_base *base,
                   const pd_queries_t *queries, pd_pg_t *pg, const char *dir);

/* Not pd_rounds_lead(): begins with all that were ever erased. */
void pd_shred_lead(pd_shred_t *s);


#endif
