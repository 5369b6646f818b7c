/*
 * Conditional requests: If-Match (RFC 9110, section 13.1.1) and ETag.
 */

#ifndef PD_MATCH_H
#define PD_MATCH_H


#include <jansson.h>

#include "request.h"


/*
 * The opaque tags of a list of entity tags, without quotes, as an array that
 * the caller owns.  Weak ones never match and are left out.  NULL: malformed.
 */
json_t *pd_match_tags(const char *list);

/* Binds :match.tags; `*` is no condition, since nothing is made by it. */
int pd_match_read(pd_request_t *r);


#endif
