/*
 * Rules of personal data of one operation: paths in its answers, each with the
 * class of what stands there.
 */

#ifndef LP_PII_RULES_H
#define LP_PII_RULES_H


#include <stddef.h>
#include <jansson.h>

#include "lp_arena.h"


#define LP_PII_RULES 256 /* of one operation */
#define LP_PII_CLASS 32  /* bytes: letters, digits, '_', '-' */

#define LP_PII_PLAIN                                                          \
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"

#define LP_PII_ALLOWED                                                        \
    "allowed: true, false or a class of 1 to 32 letters, digits, _ and -"

#define LP_PII_WHERE                                                          \
    "x-pii is allowed on a schema of a body and on a parameter"


typedef struct {
    const char *path;
    const char *class;
} lp_pii_rule_t;

/* Rules in the order in which the schema names them, no path twice. */
typedef struct {
    lp_pii_rule_t *rules;
    size_t         n;
} lp_pii_t;


/* Whether the schema itself bears a mark. */
int lp_pii_marked(const json_t *schema);

/* Whether it is a class's name. */
int lp_pii_class_valid(const char *class, size_t len);

/* The class that a mark names; NULL: it is none.  Owned by the mark. */
const char *lp_pii_class(const json_t *mark);

/*
 * Copies path and class to the arena, unless the path has that class already;
 * `rules` has room for LP_PII_RULES.  Returns NULL, or what is wrong: there
 * are too many, or the path has another class, and one cannot count for both.
 */
const char *lp_pii_add(lp_pii_t *pii, const char *path, const char *class,
                       lp_arena_t *arena);


#endif
