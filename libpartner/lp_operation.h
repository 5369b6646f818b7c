/*
 * One operation of a contract: what it is called, who may call it, what its
 * answers hold, how long they may be kept.
 */

#ifndef LP_OPERATION_H
#define LP_OPERATION_H


#include <stddef.h>

#include "lp_arena.h"
#include "lp_openapi.h"
#include "lp_pii.h"
#include "lp_scope.h"


#define LP_OPERATION_ID    63    /* bytes: letters, digits, '.', '_', '-' */
#define LP_OPERATION_CACHE 86400 /* seconds, at most */


typedef enum {
    LP_GET = 0,
    LP_HEAD,
    LP_POST,
    LP_PUT,
    LP_PATCH,
    LP_DELETE,
    LP_OPTIONS,
    LP_TRACE,
    LP_METHODS /* how many there are; also "none of them" */
} lp_method_t;

/* Texts belong to the contract. */
typedef struct {
    const char     *id;
    const char     *group; /* limit group; "" when none */
    lp_method_t     method;
    lp_scope_need_t need;
    lp_pii_t        pii;      /* what x-pii marks in its answers */
    unsigned        personal; /* answers or parameters are marked */
    unsigned        cache;    /* seconds; 0: its answers are not kept */
} lp_operation_t;


/* In upper case, as in a request. */
const char *lp_method_name(lp_method_t method);

/* By the name in lower case, as in a contract. */
lp_method_t lp_method_parse(const char *name);

/*
 * Reads the operation at `spot`, which stands in the path item `item`, into one
 * that is zeroed but for its method.  LP_INVALID and `err`: one of these is not
 * as it must be.
 *
 * - operationId, required;
 * - security, here or at the top of the document, required: alternatives of
 *   scopes, all of one of which are needed; [] needs none;
 * - responses, for x-pii (lp_pii.h); parameters, for x-pii too;
 * - x-cache: seconds; only for GET, never with personal data;
 * - x-limit-group, else the first tag with - for what an id may not hold.
 */
int lp_operation_read(lp_operation_t *op, lp_openapi_t *api,
                      const lp_spot_t *item, const lp_spot_t *spot,
                      lp_arena_t *arena, lp_error_t *err);


#endif
