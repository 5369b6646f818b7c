/*
 * From a path to the template that it matches: a tree of segments, in which a
 * fixed segment goes before a parameter.
 *
 * A template is /rides/{rideId}/receipt: each segment is fixed, or a parameter
 * as a whole.  A slash at the end is a part of it: /rides/ is not /rides.
 * A parameter takes one segment, never an empty one.
 *
 * Paths are matched after percent-decoding.  What servers are known to read in
 * different ways is never taken for a parameter's value (lp_target.h).
 */

#ifndef LP_ROUTE_H
#define LP_ROUTE_H


#include <stddef.h>

#include "lp_error.h"


#define LP_ROUTE_LEN        1024 /* bytes of a template */
#define LP_ROUTE_SEGMENTS   32   /* deeper paths match nothing */
#define LP_ROUTE_PARAMETERS 16   /* of one template */


typedef struct lp_route_s lp_route_t;

typedef struct {
    const char *data; /* into the path */
    size_t      len;
} lp_slice_t;

typedef struct {
    lp_slice_t values[LP_ROUTE_PARAMETERS]; /* in the template's order */
    size_t     n;
} lp_route_match_t;


lp_route_t *lp_route_create(void);
void        lp_route_free(lp_route_t *route);

/*
 * Leads the template to `target`, which stays the caller's and is not NULL.
 * LP_INVALID: malformed, or another template matches the same paths.
 */
int lp_route_add(lp_route_t *route, const char *template, size_t len,
                 void *target, lp_error_t *err);

/*
 * Whether any path that begins so, up to the middle of a segment, could match
 * a template.  Takes time by the number of templates: for configuration.
 */
int lp_route_reaches(const lp_route_t *route, const char *begin, size_t len);

/* The target of the template that the path matches, or NULL. */
void *lp_route_find(const lp_route_t *route, const char *path, size_t len,
                    lp_route_match_t *match);

/*
 * The same of a path that is still encoded: fixed segments are compared as they
 * were sent, and the values are the caller's to decode and to judge.
 */
void *lp_route_find_encoded(const lp_route_t *route, const char *path,
                            size_t len, lp_route_match_t *match);


#endif
