/*
 * The job that chains the audit trail and publishes where it ends.
 */

#ifndef PD_AUDIT_H
#define PD_AUDIT_H


#include <event2/event.h>

#include "rounds.h"
#include "chain.h"


/* Zeroed before pd_audit_start(), which may then fail and be freed. */
typedef struct {
    pd_rounds_t     rounds;
    lp_digest_t    *sha256;
    const char     *path;      /* of the published head; "": none */
    pd_chain_head_t head;      /* behind the batch that is being chained */
    pd_chain_head_t published; /* as the file has it */
    int64_t         looked;    /* pd_clock(), when it was last compared */
    unsigned        more;      /* rows wait behind the head being published */
    unsigned        known;     /* what is published */
    unsigned        broken;    /* and that was logged */
} pd_audit_t;


/* -1: no memory.  Statements run in `pg`, which must answer them in turn. */
int  pd_audit_start(pd_audit_t *a, struct event_base *base,
                    const pd_queries_t *queries, pd_pg_t *pg, const char *path);
void pd_audit_free(pd_audit_t *a);

/* Not pd_rounds_lead(): what is published is read anew. */
void pd_audit_lead(pd_audit_t *a);


#endif
