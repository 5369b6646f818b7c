/*
 * The catalogue of errors: contract/errors.json, from which answers and docs
 * are made.
 */

#ifndef PD_CATALOGUE_H
#define PD_CATALOGUE_H


#include <jansson.h>

#include "lp_error.h"
#include "problem.h"


typedef struct {
    json_t *root;
} pd_catalogue_t;


/* LP_INVALID: it cannot be read, or `err` names what of it is wrong. */
int  pd_catalogue_load(pd_catalogue_t *c, const char *path, lp_error_t *err);
void pd_catalogue_free(pd_catalogue_t *c);

/* 0 when the code is not in the catalogue. */
int pd_catalogue_status(const pd_catalogue_t *c, const char *code);

/*
 * The problem that an error of PostgreSQL means; a SQLSTATE is looked up
 * whole, then by its class.  `message` reaches the client only where the
 * catalogue says so: our own triggers write it for that.
 */
void pd_catalogue_from_sqlstate(const pd_catalogue_t *c, const char *sqlstate,
                                const char *constraint, const char *message,
                                pd_problem_t *p);

/*
 * The problem+json text (RFC 9457), owned by the caller; `*status` as the
 * catalogue has it.  NULL when there is no memory.
 */
char *pd_catalogue_render(const pd_catalogue_t *c, const pd_problem_t *p,
                          const char *request_id, int *status);


#endif
