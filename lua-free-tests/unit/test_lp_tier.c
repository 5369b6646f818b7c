/*
 * lp_tier: every name and alias in any case, and nothing else.
 */

#include "unit.h"
#include "lp_tier.h"


static void
test_names(void **state)
{
    size_t i;

    static const struct {
        const char *name;
        lp_tier_t   tier;
    } cases[] = {
        { "basic", LP_TIER_BASIC },
        { "silver", LP_TIER_SILVER },
        { "gold", LP_TIER_GOLD },
        { "premium", LP_TIER_SILVER },
        { "enterprise", LP_TIER_GOLD },
        { "GOLD", LP_TIER_GOLD },
        { "Premium", LP_TIER_SILVER },
        { "", LP_TIERS },
        { "gol", LP_TIERS },
        { "golden", LP_TIERS },
        { "none", LP_TIERS },
        { " gold", LP_TIERS },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(lp_tier_parse(cases[i].name, strlen(cases[i].name)),
                         cases[i].tier);
    }

    assert_int_equal(lp_tier_parse("goldfish", 4), LP_TIER_GOLD);
}


static void
test_lists(void **state)
{
    size_t   i;
    unsigned tiers;

    static const struct {
        const char *names;
        unsigned    tiers; /* 0: refused */
    } cases[] = {
        { "gold", 1u << LP_TIER_GOLD },
        { "gold,Silver", 1u << LP_TIER_GOLD | 1u << LP_TIER_SILVER },
        { "premium,silver", 1u << LP_TIER_SILVER },
        { "basic,gold,enterprise", 1u << LP_TIER_BASIC | 1u << LP_TIER_GOLD },
        { "", 0 },
        { ",", 0 },
        { "gold,", 0 },
        { ",gold", 0 },
        { "gold, silver", 0 },
        { "gold,lead", 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        tiers = 0;
        assert_int_equal(
            lp_tiers_parse(cases[i].names, strlen(cases[i].names), &tiers),
            cases[i].tiers != 0 ? LP_OK : LP_INVALID);

        if (cases[i].tiers != 0) {
            assert_int_equal(tiers, cases[i].tiers);
        }
    }
}


static void
test_stored_names_come_back(void **state)
{
    lp_tier_t tier;

    (void) state;

    for (tier = 0; tier < LP_TIERS; tier++) {
        assert_int_equal(
            lp_tier_parse(lp_tier_name(tier), strlen(lp_tier_name(tier))),
            tier);
    }

    assert_string_equal(lp_tier_name(LP_TIERS), "none");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_stored_names_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
