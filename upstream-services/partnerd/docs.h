/*
 * docs/api.md, as the contract and the catalogue of errors have it.
 */

#ifndef PD_DOCS_H
#define PD_DOCS_H


#include <stdio.h>

#include "service.h"


/* What a pd_schema_t allows, and what a pd_operation_t needs; `so` is code. */
void pd_docs_schema(const void *schema, FILE *out);
void pd_docs_scopes(const void *operation, FILE *out);

/* A member of an object; "" where it is none, or no string. */
const char *pd_docs_text(const json_t *object, const char *name);

/* -1 when it could not be written. */
int pd_docs(const pd_service_t *s, FILE *out);


#endif
