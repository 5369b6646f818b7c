/*
 * Personal data that a contract marks: `x-pii` on schemas becomes rules for
 * the redactor.
 *
 *     "phone": {"type": "string", "x-pii": "phone"}
 *
 * The mark is a class, or true for the class "personal".  It covers whatever
 * value stands there.  A rule is a path from the body's root and a class:
 * `$.rides[*].rider.phone`, `$.byName.*.email` for members of any name, and
 * `$.parent..phone` where a schema holds itself.
 */

#ifndef LP_PII_H
#define LP_PII_H


#include <stddef.h>

#include "lp_arena.h"
#include "lp_openapi.h"


#define LP_PII_RULES 256 /* of one operation */
#define LP_PII_PATH  511 /* bytes of a path */
#define LP_PII_CLASS 32  /* bytes: letters, digits, '_', '-' */
#define LP_PII_DEPTH 64  /* schemas in schemas, references followed */


typedef struct {
    const char *path;
    const char *class;
} lp_pii_rule_t;

/* Rules in the order in which the schema names them, no path twice. */
typedef struct {
    lp_pii_rule_t *rules;
    size_t         n;
} lp_pii_t;


/*
 * Collects the rules of all answers of an operation: `responses` is its member
 * of that name.  Texts go to the arena.  LP_INVALID: a reference leads nowhere,
 * a mark or a name is not what is allowed, or it is all too large.
 */
int lp_pii_read(lp_pii_t *pii, lp_openapi_t *api, const lp_spot_t *responses,
                lp_arena_t *arena, lp_error_t *err);

/* Whether the schema itself bears a mark. */
int lp_pii_marked(const json_t *schema);


#endif
