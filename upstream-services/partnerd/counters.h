/*
 * A batch of usage counters as the arrays that the storing statement takes.
 */

#ifndef PD_COUNTERS_H
#define PD_COUNTERS_H


#include <stdio.h>
#include <jansson.h>

#include "usage.h"


#define PD_COUNTER_COLUMNS (PD_USAGE_PARTS + PD_USAGE_VALUES)


/* Array literals of PostgreSQL, one a column. */
typedef struct {
    FILE  *out[PD_COUNTER_COLUMNS];
    char  *text[PD_COUNTER_COLUMNS];
    size_t size[PD_COUNTER_COLUMNS];
    size_t n;
    size_t malformed; /* skipped */
} pd_counters_t;


/* -1 without memory. */
int pd_counters_open(pd_counters_t *c);

/* A field that cannot be stored is counted and skipped. */
void pd_counters_add(pd_counters_t *c, const char *field, size_t field_len,
                     const char *value, size_t value_len);

/*
 * The :work values of _usage.store, owned by the caller, and the end of the
 * batch; NULL without memory.
 */
json_t *pd_counters_close(pd_counters_t *c, const char *incarnation);


#endif
