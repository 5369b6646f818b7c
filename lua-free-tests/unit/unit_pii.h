/*
 * Contracts with marks.
 */

#ifndef UNIT_PII_H
#define UNIT_PII_H


#include "unit_openapi.h"


/* The end of a document, with these schemas to refer to. */
#define SCHEMAS(schemas)                                                      \
    "\"components\":{\"securitySchemes\":{},\"schemas\":{" schemas "}}}"

#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"


#endif
