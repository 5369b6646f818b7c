/*
 * The words in which docs/api.md and the page of the contract tell the same
 * things.
 */

#ifndef PD_WORDING_H
#define PD_WORDING_H


#include <stdio.h>

#include "contract.h"


/* What an operation reads: a parameter, or a member of its body. */
typedef struct {
    const char        *where; /* "path", "query" or "body" */
    const char        *name;
    unsigned           required;
    const pd_schema_t *schema;
} pd_input_t;


/* The i-th of them, parameters first; 0 behind the last. */
int pd_wording_input(const pd_operation_t *op, size_t i, pd_input_t *input);

/* Which scopes it needs; what a value may be, in the words that validation
 * uses, and what it is.  In both what stands `so` is code. */
void pd_wording_scopes(const pd_operation_t *op, FILE *out);
void pd_wording_schema(const pd_schema_t *s, FILE *out);

/* Since when it is deprecated and until when it is served; nothing where it is
 * not.  Plain text, also for HTML. */
void pd_wording_ending(const pd_operation_t *op, FILE *out);

/* Whether it is of that resource, in that version. */
int pd_wording_tagged(const pd_operation_t *op, const char *tag);

/* A member of an object; "" where it is none, or no string. */
const char *pd_wording_text(const json_t *object, const char *name);


#endif
