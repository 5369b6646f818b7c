/*
 * What the contract says beyond OpenAPI: members whose names begin with x-
 * (OpenAPI 3.1, section 4.9).
 */

#ifndef PD_EXTENSION_H
#define PD_EXTENSION_H


#include <jansson.h>

#include "lp_error.h"


/* LP_INVALID: a document of `file` has one that partnerd does not know, which
 * would be passed over; the error says where, and which there are. */
int pd_extensions_check(const json_t *document, const char *file,
                        lp_error_t *err);


#endif
