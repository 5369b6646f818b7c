/*
 * Reads the answers of an introspection endpoint.
 */

#include <string.h>

#include "lp_error.h"
#include "lp_introspection.h"


/*
 * `active` alone decides, and only as a boolean: "true" or 1 is an answer that
 * nobody defined (RFC 7662, section 2.2), so nothing is known.
 */
lp_introspection_t
lp_introspection_read(lp_jwt_t *jwt, const char *text, size_t len)
{
    const lp_node_t *active;

    if (len > sizeof(jwt->payload)) {
        return LP_INTROSPECTION_UNCLEAR;
    }

    memcpy(jwt->payload, text, len);

    /* it has no header, and whoever comes next has another */

    jwt->known_len = 0;
    jwt->kid.len = 0;
    jwt->typ.len = 0;

    if (lp_tree_parse(&jwt->claims, jwt->payload, len) != LP_OK) {
        return LP_INTROSPECTION_UNCLEAR;
    }

    active = lp_tree_find(&jwt->claims, "active");

    if (active != NULL && active->kind == LP_NODE_FALSE) {
        return LP_INTROSPECTION_INACTIVE;
    }

    if (active == NULL || active->kind != LP_NODE_TRUE
        || lp_jwt_read_members(jwt) != LP_OK) {
        return LP_INTROSPECTION_UNCLEAR;
    }

    if (jwt->claim[LP_CLAIM_EXP] == NULL) {
        jwt->expires = LP_JWT_NEVER;
    }

    return LP_INTROSPECTION_ACTIVE;
}
