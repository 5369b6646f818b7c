/*
 * A contract: OpenAPI 3.1 documents, compiled so that a request finds its
 * operation.
 *
 * Where an API begins is said by `servers` at the top of its document, or by a
 * prefix that takes its place.  HEAD is GET where it is not declared itself.
 */

#ifndef LP_CONTRACT_H
#define LP_CONTRACT_H


#include <stddef.h>

#include "lp_openapi.h"
#include "lp_operation.h"
#include "lp_route.h"


#define LP_CONTRACT_OPERATIONS 10000 /* in all its documents */


typedef struct lp_contract_s lp_contract_t;

typedef enum {
    LP_CONTRACT_FOUND = 0,
    LP_CONTRACT_NO_PATH,
    LP_CONTRACT_NO_METHOD
} lp_contract_result_t;

typedef struct {
    size_t           operation; /* its number */
    const char      *allow;     /* methods of the path, for the Allow field */
    lp_route_match_t path;
} lp_contract_match_t;


/*
 * Compiles documents that may refer to each other, and keeps nothing of the
 * sources.  `prefix` is that of lp_servers.h, or NULL.  NULL: `err` has the
 * place, and `wrong` the number of the source that it lies in.
 */
lp_contract_t *lp_contract_compile(const lp_openapi_source_t *sources,
                                   size_t n, const char *prefix, size_t *wrong,
                                   lp_error_t *err);
void           lp_contract_free(lp_contract_t *c);

size_t                lp_contract_size(const lp_contract_t *c);
const lp_operation_t *lp_contract_operation(const lp_contract_t *c, size_t i);

/* Whether it has a path that begins so; for configuration. */
int lp_contract_reaches(const lp_contract_t *c, const char *begin, size_t len);

/*
 * The path is percent-decoded and has no query.  Of the match `operation` is
 * written where it was found, `allow`, which is the contract's, and the values,
 * which lie in the path, wherever there is a path.
 */
lp_contract_result_t lp_contract_find(const lp_contract_t *c,
                                      lp_method_t method, const char *path,
                                      size_t len, lp_contract_match_t *match);


#endif
