/*
 * From method and path to what serves them: a tree of path segments, in which
 * a fixed segment goes before a parameter.
 */

#ifndef PD_ROUTER_H
#define PD_ROUTER_H


#include <stddef.h>

#include "lp_error.h"


#define PD_PATH_PARAMETERS 8
#define PD_PATH_SEGMENTS   16 /* deeper paths match nothing */
#define PD_ALLOW_LEN       64


typedef enum {
    PD_GET = 0, /* serves HEAD too */
    PD_POST,
    PD_PUT,
    PD_PATCH,
    PD_DELETE,
    PD_METHODS /* how many there are; also "none of them" */
} pd_method_t;

typedef struct {
    const char *data; /* into the path, still percent-encoded */
    size_t      len;
} pd_slice_t;

typedef enum {
    PD_ROUTE_FOUND = 0,
    PD_ROUTE_NO_PATH,
    PD_ROUTE_NO_METHOD /* `allow` says which there are */
} pd_route_t;

typedef struct {
    const void *target;
    pd_slice_t  values[PD_PATH_PARAMETERS]; /* in the template's order */
    size_t      nvalues;
    char        allow[PD_ALLOW_LEN];
} pd_match_t;

typedef struct pd_router_s pd_router_t;


pd_router_t *pd_router_create(void);
void         pd_router_free(pd_router_t *r);

/*
 * A template such as /api/partners/{partnerId}; LP_INVALID when it is
 * malformed, too deep or taken.  The target stays the caller's.
 */
int pd_router_add(pd_router_t *r, pd_method_t method, const char *template,
                  const void *target, lp_error_t *err);

/* The path alone, without its query. */
pd_route_t pd_router_match(const pd_router_t *r, pd_method_t method,
                           const char *path, size_t len, pd_match_t *match);

/* By the name in lower or upper case; HEAD is GET. */
pd_method_t pd_method_parse(const char *name);
const char *pd_method_name(pd_method_t method);


#endif
