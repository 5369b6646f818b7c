/*
 * The body of a request: read, parsed and held against the contract.
 */

#ifndef PD_BODY_H
#define PD_BODY_H


#include <stddef.h>
#include <jansson.h>

#include "contract.h"
#include "problem.h"


#define PD_BODY_MAX (1024 * 1024) /* bytes */


/*
 * The parsed body with its defaults, owned by the caller; NULL when there is
 * none (an operation without one ignores it), or with a problem, when it is
 * wrong.  `type` is the Content-Type header, or NULL.
 */
json_t *pd_body_read(const pd_operation_t *op, const char *type,
                     const char *data, size_t len, pd_problem_t *p);


#endif
