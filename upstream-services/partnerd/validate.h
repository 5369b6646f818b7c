/*
 * Holds a JSON value against a compiled schema and reports every mistake.
 */

#ifndef PD_VALIDATE_H
#define PD_VALIDATE_H


#include <jansson.h>

#include "problem.h"
#include "schema.h"


#define PD_POINTER_LEN 256 /* bytes of a JSON pointer that are shown */


/*
 * Adds a mistake a wrong place to `p`; its code is left to the caller.  `kind`
 * and `where` are those of pd_problem_add() for the value itself.  Returns
 * PD_OK or PD_REFUSED.
 */
int pd_validate(const pd_schema_t *s, const json_t *value, const char *kind,
                const char *where, pd_problem_t *p);

/* Gives absent members of an object their defaults, at every depth. */
void pd_validate_defaults(const pd_schema_t *s, json_t *value);

/* Of UTF-8, not bytes. */
size_t pd_characters(const char *text);


#endif
