/*
 * Where `x-pii` may stand in a document: on schemas and on parameters.  A mark
 * anywhere else would protect nothing and say so to nobody.
 */

#ifndef LP_PII_PLACE_H
#define LP_PII_PLACE_H


#include "lp_openapi.h"


/*
 * LP_INVALID: a mark stands where it means nothing, says what none may, or a
 * member is named nearly like it.  What is data, such as an example or the
 * value of another extension (OpenAPI 3.1, section 4.9), is not looked at.
 */
int lp_pii_place(lp_openapi_t *api, const lp_spot_t *document,
                 lp_error_t *err);

/* Whether a member's name is x-pii with at most a slip of the pen. */
int lp_pii_near(const char *name);


#endif
