/*
 * The principal: who a credential speaks for.  One JSON object describes it
 * in the static registry (lp_registry.h) and in the Redis projection alike:
 *
 *     {"id": "key_1", "partnerId": "p1", "applicationId": "a1" | null,
 *      "tier": "gold", "scopes": ["read:rides"],
 *      "status": "active", "partnerStatus": "active",
 *      "environment": "production",
 *      "expiresAt": "2027-01-01T00:00:00Z" | null,
 *      "rateLimit": 1000 | null, "version": 3}
 *
 * id, partnerId, tier and scopes are required.  Unknown members are refused in
 * a registry, where they are a person's mistake, and ignored in a projection,
 * where a newer platform may have added them.
 */

#ifndef LP_PRINCIPAL_H
#define LP_PRINCIPAL_H


#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lp_error.h"
#include "lp_scope.h"
#include "lp_tier.h"


#define LP_ID_LEN 63 /* bytes: letters, digits, '-', '_', '.' */


typedef enum {
    LP_KEY_ACTIVE = 0,
    LP_KEY_ROTATED, /* refused; the overlap of a rotation is an expiry */
    LP_KEY_REVOKED,
    LP_KEY_EXPIRED
} lp_key_status_t;

typedef enum {
    LP_PARTNER_ACTIVE = 0,
    LP_PARTNER_PENDING,
    LP_PARTNER_INACTIVE,
    LP_PARTNER_SUSPENDED
} lp_partner_status_t;

typedef enum {
    LP_STRICT = 0, /* unknown members are errors */
    LP_LENIENT     /* unknown members are ignored */
} lp_strictness_t;

typedef struct {
    char                id[LP_ID_LEN + 1];
    char                partner[LP_ID_LEN + 1];
    char                application[LP_ID_LEN + 1]; /* "" when none */
    char                scopes[LP_SCOPE_SET_LEN + 1];
    lp_tier_t           tier;
    lp_key_status_t     status;
    lp_partner_status_t partner_status;
    int64_t             expires;    /* seconds since the epoch; 0: never */
    int64_t             rate_limit; /* calls per hour; 0: as the tier has it */
    int64_t             version;    /* of the row; a newer one wins */
} lp_principal_t;


/* Reads one object that the caller parsed and keeps owning. */
int lp_principal_from_json(lp_principal_t *p, const json_t *object,
                           lp_strictness_t strictness, lp_error_t *err);

/* Reads the text of one object, at most 16 KiB, duplicate members refused. */
int lp_principal_parse(lp_principal_t *p, const char *text, size_t len,
                       lp_strictness_t strictness, lp_error_t *err);


#endif
