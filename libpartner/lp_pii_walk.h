/*
 * A walk through schemas for marks, with the place in the body that each
 * describes.
 */

#ifndef LP_PII_WALK_H
#define LP_PII_WALK_H


#include <stddef.h>

#include "lp_arena.h"
#include "lp_openapi.h"
#include "lp_pii_rules.h"


#define LP_PII_PATH  511 /* bytes of a path */
#define LP_PII_DEPTH 64  /* schemas in schemas, references followed */


/* Begins zeroed but for the first four, `path` and `len`. */
typedef struct {
    lp_pii_t     *pii; /* NULL: asked only whether anything is marked */
    lp_openapi_t *api;
    lp_arena_t   *arena;
    lp_error_t   *err;
    const json_t *above[LP_PII_DEPTH]; /* schemas that the place lies in */
    size_t        at[LP_PII_DEPTH];    /* length of the path there */
    size_t        depth;
    size_t        base; /* where the walk for all depths began */
    size_t        visits;
    size_t        marks; /* seen so far */
    const char *class;   /* that a mark further out gives to the place */
    char   path[LP_PII_PATH + 1];
    size_t len;
    size_t descent; /* length before "..", 0: the path is exact */
} lp_pii_walk_t;


/* LP_INVALID: as lp_pii_read() says, in lp_pii.h. */
int lp_pii_schema(lp_pii_walk_t *w, const lp_spot_t *spot);


#endif
