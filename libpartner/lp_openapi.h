/*
 * OpenAPI documents as a tree to walk: places in them that know their JSON
 * pointer, and references from one to another.
 */

#ifndef LP_OPENAPI_H
#define LP_OPENAPI_H


#include <stddef.h>
#include <jansson.h>

#include "lp_error.h"
#include "lp_pointer.h"


#define LP_OPENAPI_DOCUMENTS 64
#define LP_OPENAPI_MAX       (16 * 1024 * 1024) /* bytes of one document */


/* `name` is what others refer to it by: the base name of its file. */
typedef struct {
    const char *name;
    const char *text;
    size_t      len;
} lp_openapi_source_t;

typedef struct {
    const lp_openapi_source_t *sources;
    json_t                    *roots[LP_OPENAPI_DOCUMENTS];
    size_t                     n;
    size_t                     wrong; /* the source that the error is about */
} lp_openapi_t;

/* A value and where it stands; `value` is NULL where there is none. */
typedef struct {
    const json_t *value;
    size_t        document;
    lp_pointer_t  at;
} lp_spot_t;


/*
 * Parses all sources, each an OpenAPI 3.1 document.  What is read here lives
 * until lp_openapi_close(), which is called whatever the result; so do
 * `sources` have to, whose names errors and references are about.
 */
int  lp_openapi_open(lp_openapi_t *api, const lp_openapi_source_t *sources,
                     size_t n, lp_error_t *err);
void lp_openapi_close(lp_openapi_t *api);

lp_spot_t lp_spot_root(const lp_openapi_t *api, size_t document);
lp_spot_t lp_spot_member(const lp_spot_t *spot, const char *name);
lp_spot_t lp_spot_item(const lp_spot_t *spot, size_t index);

/*
 * Follows `$ref` where the value has one: "#/..." or "document.json#/...", for
 * one step or to the end.  LP_INVALID: it leads nowhere, or in a circle.
 */
int lp_spot_follow(lp_openapi_t *api, lp_spot_t *spot, lp_error_t *err);
int lp_spot_resolve(lp_openapi_t *api, lp_spot_t *spot, lp_error_t *err);

/* Says what is wrong there; returns LP_INVALID. */
int lp_spot_error(lp_openapi_t *api, const lp_spot_t *spot, lp_error_t *err,
                  const char *text);


#endif
