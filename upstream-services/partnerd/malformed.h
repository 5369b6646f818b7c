/*
 * Where a body is not JSON, and why: for whoever sent it.
 */

#ifndef PD_MALFORMED_H
#define PD_MALFORMED_H


#include <stddef.h>
#include <jansson.h>

#include "problem.h"


/* Of `data`, which jansson has refused at `where`: sets the problem, with the
 * line and the column of what is wrong; both count from 1, columns characters.
 * It quotes a member's name and nothing else. */
void pd_malformed(const char *data, size_t len, const json_error_t *where,
                  pd_problem_t *p);


#endif
