/*
 * Path and query parameters: decoded, typed and held against the contract.
 */

#ifndef PD_PARAMS_H
#define PD_PARAMS_H


#include <jansson.h>

#include "contract.h"
#include "problem.h"


#define PD_PARAMETER_MAX 1024 /* bytes of one value, decoded */


/*
 * Both return an object of the operation's parameters by name, which the
 * caller owns, with defaults filled in; every mistake goes to `p` with the
 * parameter's name, and the problem's code is then set.
 */
json_t *pd_params_path(const pd_operation_t *op, const pd_match_t *match,
                       pd_problem_t *p);

/* Whether a list is asked for what few of its rows may be: any parameter that
 * is not as by default, but those that go from page to page. */
int pd_params_sift(const pd_operation_t *op, const json_t *query);

/* `query` is what follows the question mark; NULL: nothing does. */
json_t *pd_params_query(const pd_operation_t *op, const char *query,
                        pd_problem_t *p);


#endif
