/*
 * From what PostgreSQL answered to what the caller is told.
 */

#ifndef PD_RESULT_H
#define PD_RESULT_H


#include "request.h"


/* Sets the problem that an outcome other than PD_PG_DONE is, or one without a
 * row.  PD_REFUSED. */
int pd_result_problem(pd_request_t *r, pd_pg_outcome_t outcome,
                      const PGresult *res);

/* Fills `body`, or sets the request's problem and returns PD_REFUSED. */
int pd_result_render(pd_request_t *r, pd_pg_outcome_t outcome,
                     const PGresult *res, struct evbuffer *body);


#endif
