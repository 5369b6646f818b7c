/*
 * Service tiers, and the names that are read as them.
 */

#ifndef LP_TIER_H
#define LP_TIER_H


#include <stddef.h>

#include "lp_error.h"


typedef enum {
    LP_TIER_BASIC = 0,
    LP_TIER_SILVER,
    LP_TIER_GOLD,
    LP_TIERS /* how many there are; also "no tier" */
} lp_tier_t;


/* What an error message says is allowed. */
#define LP_TIER_ALLOWED "basic, silver, gold (aliases premium, enterprise)"


#define LP_TIERS_ALLOWED                                                      \
    "one or more of " LP_TIER_ALLOWED " with commas between"


/* LP_TIERS when the name is none of the above.  Case matters not. */
lp_tier_t lp_tier_parse(const char *name, size_t len);

/* "gold,silver": sets a bit for each.  LP_INVALID: one of them is no tier. */
int lp_tiers_parse(const char *names, size_t len, unsigned *tiers);

/* The stored name; "none" for LP_TIERS. */
const char *lp_tier_name(lp_tier_t tier);


#endif
