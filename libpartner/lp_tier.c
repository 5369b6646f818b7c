/*
 * Tier names and their aliases.
 */

#include <string.h>
#include <strings.h>

#include "lp_tier.h"


typedef struct {
    const char *name;
    size_t      len;
    lp_tier_t   tier;
} lp_tier_name_t;


#define LP_TIER_NAME(name, tier)                                              \
    {                                                                         \
        name, sizeof(name) - 1, tier                                          \
    }

static const lp_tier_name_t lp_tier_names[] = {
    LP_TIER_NAME("basic", LP_TIER_BASIC),
    LP_TIER_NAME("silver", LP_TIER_SILVER),
    LP_TIER_NAME("gold", LP_TIER_GOLD),
    /* aliases: read, never written */
    LP_TIER_NAME("premium", LP_TIER_SILVER),
    LP_TIER_NAME("enterprise", LP_TIER_GOLD),
};

#define LP_TIER_NAMES (sizeof(lp_tier_names) / sizeof(lp_tier_names[0]))


/* Five names: a search by halves would cost more than it saves. */
lp_tier_t
lp_tier_parse(const char *name, size_t len)
{
    const lp_tier_name_t *known;

    for (known = lp_tier_names; known < lp_tier_names + LP_TIER_NAMES;
         known++) {
        if (len == known->len && strncasecmp(name, known->name, len) == 0) {
            return known->tier;
        }
    }

    return LP_TIERS;
}


int
lp_tiers_parse(const char *names, size_t len, unsigned *tiers)
{
    lp_tier_t   tier;
    const char *p, *comma, *end = names + len;

    for (p = names; p <= end; p = comma + 1) {
        comma = p < end ? memchr(p, ',', (size_t) (end - p)) : NULL;
        comma = comma != NULL ? comma : end;
        tier = lp_tier_parse(p, (size_t) (comma - p));

        if (tier == LP_TIERS) {
            return LP_INVALID;
        }

        *tiers |= 1u << tier;
    }

    return LP_OK;
}


const char *
lp_tier_name(lp_tier_t tier)
{
    /* The stored names come first in the table, in the order of the enum. */
    return tier < LP_TIERS ? lp_tier_names[tier].name : "none";
}
