/*
 * Where the paths of an OpenAPI document begin.
 */

#ifndef LP_SERVERS_H
#define LP_SERVERS_H


#include <stddef.h>

#include "lp_openapi.h"


#define LP_SERVERS     8   /* with different paths, in one document */
#define LP_SERVERS_LEN 255 /* bytes of such a path */


/* Each "" or a path that begins with a slash and does not end in one. */
typedef struct {
    char   bases[LP_SERVERS][LP_SERVERS_LEN + 1];
    size_t n;
} lp_servers_t;


/*
 * The paths of the document's `servers`, each once; "" where there are none;
 * that of `prefix`, a path, alone where it is not NULL.
 */
int lp_servers_read(lp_servers_t *servers, lp_openapi_t *api,
                    const lp_spot_t *root, const char *prefix,
                    lp_error_t *err);


#endif
