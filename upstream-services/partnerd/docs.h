/*
 * docs/api.md, as the contract and the catalogue of errors have it.
 */

#ifndef PD_DOCS_H
#define PD_DOCS_H


#include <stdio.h>

#include "service.h"


/* -1 when it could not be written. */
int pd_docs(const pd_service_t *s, FILE *out);


#endif
