/*
 * Personal data that a contract marks: `x-pii` on schemas becomes rules for
 * the redactor.
 *
 *     "phone": {"type": "string", "x-pii": "phone"}
 *
 * The mark is a class, or true for the class "personal".  It covers whatever
 * value stands there.  A rule is a path from the body's root and a class:
 * `$.rides[*].rider.phone`, `$.byName.*.email` for members of any name, and
 * `$.parent..phone` where a schema holds itself.  Of the marks on the way of
 * references and alternatives to one place the outermost counts.
 */

#ifndef LP_PII_H
#define LP_PII_H


#include <stddef.h>

#include "lp_arena.h"
#include "lp_openapi.h"
#include "lp_pii_rules.h"


/*
 * Collects the rules of all answers of an operation: `responses` is its member
 * of that name.  Texts go to the arena.  LP_INVALID: a reference leads nowhere
 * or is not followed,
 * a mark or a name is not what is allowed, one place has marks of two classes,
 * the whole answer has one, or what is not redacted (a header, the names of
 * members), or it is all too large.
 */
int lp_pii_read(lp_pii_t *pii, lp_openapi_t *api, const lp_spot_t *responses,
                lp_arena_t *arena, lp_error_t *err);

/* Sets `marked` where the parameter, or anything inside it, bears a mark. */
int lp_pii_parameter(lp_openapi_t *api, const lp_spot_t *parameter,
                     unsigned *marked, lp_error_t *err);


#endif
