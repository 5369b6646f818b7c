/*
 * From method and path to what serves them: methods behind the paths of
 * lp_route.h.
 */

#ifndef PD_ROUTER_H
#define PD_ROUTER_H


#include <stddef.h>

#include "lp_error.h"
#include "lp_route.h"


#define PD_ALLOW_LEN 64 /* bytes: all methods, and a comma between two */


typedef enum {
    PD_GET = 0, /* serves HEAD too */
    PD_POST,
    PD_PUT,
    PD_PATCH,
    PD_DELETE,
    PD_METHODS /* how many there are; also "none of them" */
} pd_method_t;

typedef enum {
    PD_ROUTE_FOUND = 0,
    PD_ROUTE_NO_PATH,
    PD_ROUTE_NO_METHOD /* `allow` says which there are */
} pd_route_t;

/* Filled as far as the path was found; `path` points into the path asked. */
typedef struct {
    const void      *target;
    lp_route_match_t path;                /* values, still percent-encoded */
    char             allow[PD_ALLOW_LEN]; /* RFC 9110, section 10.2.1 */
} pd_match_t;

typedef struct pd_router_s pd_router_t;


pd_router_t *pd_router_create(void);
void         pd_router_free(pd_router_t *r);

/*
 * A template such as /api/partners/{partnerId}; LP_INVALID when lp_route.h
 * refuses it, or the method has a target there.  The target stays the caller's.
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
