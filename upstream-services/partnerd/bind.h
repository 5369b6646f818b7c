/*
 * The values of a statement's parameters, as text for PostgreSQL.
 */

#ifndef PD_BIND_H
#define PD_BIND_H


#include <stddef.h>
#include <jansson.h>

#include "queries.h"


/*
 * Strings point into the inputs, which must outlive the values; the rest is
 * owned.  NULL is SQL's NULL.
 */
typedef struct {
    const char *values[PD_BINDINGS];
    char       *owned[PD_BINDINGS];
    size_t      n;
} pd_values_t;


/*
 * `inputs` holds one object (an array for the cursor) a source, or NULL.  An
 * absent or null member is NULL, arrays and objects are JSON text.  Returns 0,
 * or -1 without memory.
 */
int  pd_bind(pd_values_t *v, const pd_statement_t *s,
             json_t *const inputs[PD_SOURCES]);
void pd_values_clear(pd_values_t *v);


#endif
