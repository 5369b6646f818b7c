/*
 * Of which members answers are made, for docs/api.md: each schema once, and
 * links to it.
 */

#ifndef PD_SHAPES_H
#define PD_SHAPES_H


#include <stdio.h>

#include "contract.h"


/* The contract's document outlives it.  Ends with json_decref(names). */
typedef struct {
    const json_t *root;
    json_t       *names; /* array of those that were linked to, in order */
    FILE         *out;
} pd_shapes_t;


/* The anchor of a heading, as forges make it. */
void pd_shapes_anchor(const char *heading, FILE *out);

/* Links to what an operation answers with; nothing where it is no object. */
void pd_shapes_answer(pd_shapes_t *shapes, const pd_operation_t *op);

/* The members of all that was linked to, and of what those link to.  -1: a
 * schema of an answer does not compile. */
int pd_shapes_write(pd_shapes_t *shapes);


#endif
