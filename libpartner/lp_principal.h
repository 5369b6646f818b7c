/*
 * The principal: who a credential speaks for.  One JSON object describes it
 * in the static registry (lp_registry.h) and in the Redis projection alike:
 *
 *     {"id": "key_1", "partnerId": "p1", "applicationId": "a1" | null,
 *      "tier": "gold", "category": "insurance" | null,
 *      "scopes": ["read:rides"], "status": "active",
 *      "partnerStatus": "active", "applicationStatus": "active",
 *      "applicationDeprecatedAt": "2026-11-01T00:00:00Z" | null,
 *      "applicationSunsetAt": "2027-06-01T00:00:00Z" | null,
 *      "environment": "production",
 *      "allowedNetworks": ["192.0.2.0/24", "2001:db8::/32"] | null,
 *      "expiresAt": "2027-01-01T00:00:00Z" | null,
 *      "rateLimit": 1000 | null, "version": 3}
 *
 * id, partnerId, tier and scopes are required; without an environment it is
 * production, without networks every address may call, and with none in the
 * list nobody may.  Unknown members are refused in a registry, where they are
 * a person's mistake, and ignored in a projection, where a newer platform may
 * have added them.
 */

#ifndef LP_PRINCIPAL_H
#define LP_PRINCIPAL_H


#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lp_cidr.h"
#include "lp_error.h"
#include "lp_id.h"
#include "lp_scope.h"
#include "lp_tier.h"


/*
 * Calls an hour of a key's own limit: each whole number up to it can be counted
 * exactly (lp_bucket.h).  The platform's contract and tables have the same one,
 * which a check compares.
 */
#define LP_RATE_LIMIT_MAX 2500000

/* The partner that operators are; no token's claim makes one of them. */
#define LP_PLATFORM "platform"


typedef enum {
    LP_KEY_ACTIVE = 0,
    LP_KEY_ROTATED, /* refused; the overlap of a rotation is an expiry */
    LP_KEY_REVOKED,
    LP_KEY_EXPIRED,
    LP_KEY_SUSPENDED
} lp_key_status_t;

typedef enum {
    LP_PARTNER_ACTIVE = 0,
    LP_PARTNER_PENDING,
    LP_PARTNER_INACTIVE,
    LP_PARTNER_SUSPENDED,
    LP_PARTNER_STATUSES
} lp_partner_status_t;

typedef enum {
    LP_APPLICATION_ACTIVE = 0,
    LP_APPLICATION_PENDING,
    LP_APPLICATION_SUSPENDED,
    LP_APPLICATION_DEPRECATED /* past its sunset */
} lp_application_status_t;

typedef enum {
    LP_PRODUCTION = 0,
    LP_STAGING,
    LP_DEVELOPMENT,
    LP_SANDBOX,
    LP_ENVIRONMENTS
} lp_environment_t;

typedef enum {
    LP_STRICT = 0, /* unknown members are errors */
    LP_LENIENT     /* unknown members are ignored */
} lp_strictness_t;

typedef struct {
    char                    id[LP_ID_LEN + 1];
    char                    partner[LP_ID_LEN + 1];
    char                    application[LP_ID_LEN + 1]; /* "" when none */
    char                    category[LP_ID_LEN + 1];    /* "" when none */
    char                    scopes[LP_SCOPE_SET_LEN + 1];
    lp_tier_t               tier;
    lp_key_status_t         status;
    lp_partner_status_t     partner_status;
    lp_application_status_t application_status;
    lp_environment_t        environment;
    lp_cidr_set_t          *networks; /* owned; NULL: any address */
    int64_t                 expires;  /* seconds since the epoch; 0: never */
    int64_t deprecated; /* the application, since then; 0: it is not */
    int64_t sunset;     /* from when on it is refused; 0: never */
    int64_t rate_limit; /* calls per hour; 0: as the tier has it */
    int64_t version;    /* of the row; a newer one wins */
} lp_principal_t;


/* The number of the word, LP_PARTNER_STATUSES when it is none of them. */
lp_partner_status_t lp_partner_status_parse(const char *text, size_t len);

/* The number of the word, LP_ENVIRONMENTS when it is none of them. */
#define LP_ENVIRONMENT_ALLOWED "production, staging, development, sandbox"

lp_environment_t lp_environment_parse(const char *text, size_t len);

/*
 * Reads one object that the caller parsed and keeps owning.  What was filled
 * with LP_OK goes back through lp_principal_free(); LP_INVALID leaves nothing.
 */
int lp_principal_from_json(lp_principal_t *p, const json_t *object,
                           lp_strictness_t strictness, lp_error_t *err);

/* The text of one object, at most 512 KiB, duplicate members refused. */
int lp_principal_parse(lp_principal_t *p, const char *text, size_t len,
                       lp_strictness_t strictness, lp_error_t *err);

void lp_principal_free(lp_principal_t *p);


#endif
