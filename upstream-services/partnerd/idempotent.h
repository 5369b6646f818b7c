/*
 * Idempotency-Key: a POST that is sent again is done once, and answered alike.
 */

#ifndef PD_IDEMPOTENT_H
#define PD_IDEMPOTENT_H


#include "request.h"


/* Binds :idempotency to the statement of a POST that has the header. */
int pd_idempotent_read(pd_request_t *r);

/* Whether it was bound. */
int pd_idempotent(const pd_request_t *r);

/*
 * The statement failed, and the problem says why.  Where a request with this
 * key was answered before, `answer` gets that answer; else the problem is sent.
 */
void pd_idempotent_replay(pd_request_t *r,
                          void (*answer)(pd_request_t   *r,
                                         pd_pg_outcome_t outcome,
                                         const PGresult *res));


#endif
