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

/* A stage: copies of a request that is here wait until it is over.  They, and
 * a request that would seal personal data, look for an answer of before. */
int pd_idempotent_turn(pd_request_t *r);

/*
 * Ends with the answer where a request with this key was answered before.  Else
 * the request goes on, or ends with its problem where it has one already.
 */
void pd_idempotent_look(pd_request_t *r);


#endif
