/*
 * What an issuer answers when it is asked about a token that says nothing
 * itself (RFC 7662, section 2.2).
 */

#ifndef LP_INTROSPECTION_H
#define LP_INTROSPECTION_H


#include "lp_jwt.h"


typedef enum {
    LP_INTROSPECTION_ACTIVE = 0,
    LP_INTROSPECTION_INACTIVE,
    LP_INTROSPECTION_UNCLEAR /* no such answer: nothing is known */
} lp_introspection_t;


/*
 * Reads the answer; when the token is active its claims are `jwt`'s, copied,
 * and without `exp` it never expires.  A text too long for a token's payload
 * (lp_jwt.h) is unclear.
 */
lp_introspection_t lp_introspection_read(lp_jwt_t *jwt, const char *text,
                                         size_t len);


#endif
