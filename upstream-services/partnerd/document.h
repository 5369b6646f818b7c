/*
 * One OpenAPI document out of the many that the contract folder holds.
 */

#ifndef PD_DOCUMENT_H
#define PD_DOCUMENT_H


#include <jansson.h>

#include "lp_error.h"


/*
 * Merges paths and components of every *.json but errors.json; a name that
 * two files declare is an error.  References between files become references
 * within the document.  The caller owns it.
 */
json_t *pd_document_load(const char *dir, lp_error_t *err);

/* What a $ref leads to; the value itself when it is none; NULL: nowhere. */
const json_t *pd_document_resolve(const json_t *root, const json_t *value);


#endif
