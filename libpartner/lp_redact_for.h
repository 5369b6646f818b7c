/*
 * Who gets another profile: conditions on the one who calls, or whom a message
 * is for, as people write them.  The same for a gateway and for a platform.
 *
 *     tier=gold,silver  category=insurance  partner=acme  application=claims
 *     scope=pii:read
 */

#ifndef LP_REDACT_FOR_H
#define LP_REDACT_FOR_H


#include <stddef.h>

#include "lp_error.h"
#include "lp_tier.h"


/* Text that is its owner's; length 0: none. */
typedef struct {
    const char *text;
    size_t      len;
} lp_redact_text_t;

/* Conditions, of which all that are set have to be met; zeroed, it has none. */
typedef struct {
    unsigned         tiers; /* a bit each; 0: any */
    lp_redact_text_t category;
    lp_redact_text_t partner;
    lp_redact_text_t application;
    lp_redact_text_t scope;
} lp_redact_for_t;

/* Who it is; what is not known meets no condition. */
typedef struct {
    lp_tier_t        tier; /* or LP_TIERS */
    lp_redact_text_t category;
    lp_redact_text_t partner;
    lp_redact_text_t application;
    lp_redact_text_t scopes; /* a scope set (lp_scope.h) */
} lp_redact_caller_t;


/*
 * Adds the condition NAME=VALUE; the value points into it.  LP_INVALID: no such
 * name or value, or the second of that name, and err->text says what is
 * allowed.
 */
int lp_redact_for_add(lp_redact_for_t *conditions, const char *text,
                      size_t len, lp_error_t *err);

/* Whether all are met; none at all are met by everybody. */
int lp_redact_for_met(const lp_redact_for_t    *conditions,
                      const lp_redact_caller_t *caller);


#endif
