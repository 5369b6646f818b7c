/*
 * Personal data of a request: sealed before its statement runs, opened in its
 * answer.
 */

#ifndef PD_PROTECT_H
#define PD_PROTECT_H


#include "request.h"


/* A stage: a new subject for a body with personal data, bound as :subject.id;
 * the request goes on once the subject's key is on disk.  Where a path
 * parameter names a subject (x-subject), it is that one. */
int pd_protect_body(pd_request_t *r);

/* The statement is over: where nothing came of it, the new subject goes. */
void pd_protect_done(pd_request_t *r, pd_pg_outcome_t outcome,
                     const PGresult *res);

/* `data` is the answer's, from PostgreSQL.  -1: see pd_personal_open(). */
int pd_protect_open(const pd_request_t *r, const char *data,
                    struct evbuffer *out);


#endif
