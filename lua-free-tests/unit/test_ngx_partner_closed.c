/*
 * ngx_partner_closed: who is being closed, and no more than there are places.
 */

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_closed.h"


static void
test_add_and_remove(void **state)
{
    ngx_partner_closed_t closed = { 0 };

    (void) state;

    assert_int_equal(ngx_partner_closed_status(&closed, 8), LP_PARTNER_ACTIVE);

    ngx_partner_closed_add(&closed, 8, LP_PARTNER_SUSPENDED);
    ngx_partner_closed_add(&closed, 12, LP_PARTNER_INACTIVE);
    ngx_partner_closed_add(&closed, 8, LP_PARTNER_PENDING);
    assert_int_equal(closed.count, 2);
    assert_int_equal(ngx_partner_closed_status(&closed, 8),
                     LP_PARTNER_PENDING);
    assert_int_equal(ngx_partner_closed_status(&closed, 12),
                     LP_PARTNER_INACTIVE);
    assert_int_equal(ngx_partner_closed_status(&closed, 16),
                     LP_PARTNER_ACTIVE);

    ngx_partner_closed_remove(&closed, 8);
    ngx_partner_closed_remove(&closed, 8);
    assert_int_equal(closed.count, 1);
    assert_int_equal(ngx_partner_closed_status(&closed, 8), LP_PARTNER_ACTIVE);

    ngx_partner_closed_clear(&closed);
    assert_int_equal(closed.count, 0);
    assert_int_equal(ngx_partner_closed_status(&closed, 12),
                     LP_PARTNER_ACTIVE);
}


/* Readers have no lock: what is said anew never leaves its place. */
static void
test_stays(void **state)
{
    uint64_t             place;
    ngx_partner_closed_t closed = { 0 };

    (void) state;

    ngx_partner_closed_add(&closed, 4, LP_PARTNER_SUSPENDED);
    ngx_partner_closed_add(&closed, 8, LP_PARTNER_SUSPENDED);
    place = closed.places[1];
    ngx_partner_closed_remove(&closed, 4);
    ngx_partner_closed_add(&closed, 8, LP_PARTNER_INACTIVE);

    assert_int_equal((uint32_t) closed.places[1], (uint32_t) place);
    assert_int_equal(ngx_partner_closed_status(&closed, 8),
                     LP_PARTNER_INACTIVE);
    assert_int_equal(closed.count, 1);
}


/* No name, as where the zone has no room for another: nobody is closed. */
static void
test_nobody(void **state)
{
    ngx_partner_closed_t closed = { 0 };

    (void) state;

    ngx_partner_closed_add(&closed, 0, LP_PARTNER_SUSPENDED);
    ngx_partner_closed_remove(&closed, 0);
    assert_int_equal(closed.count, 0);

    ngx_partner_closed_add(&closed, 4, LP_PARTNER_SUSPENDED);
    assert_int_equal(ngx_partner_closed_status(&closed, 0), LP_PARTNER_ACTIVE);
}


static void
test_full(void **state)
{
    uint32_t             i;
    ngx_partner_closed_t closed = { 0 };

    (void) state;

    for (i = 1; i <= NGX_PARTNER_CLOSED_MAX + 1; i++) {
        ngx_partner_closed_add(&closed, i, LP_PARTNER_SUSPENDED);
    }

    assert_int_equal(closed.count, NGX_PARTNER_CLOSED_MAX);
    assert_int_equal(ngx_partner_closed_status(&closed, i - 1),
                     LP_PARTNER_ACTIVE);

    ngx_partner_closed_remove(&closed, 1);
    ngx_partner_closed_add(&closed, i - 1, LP_PARTNER_SUSPENDED);
    assert_int_equal(ngx_partner_closed_status(&closed, i - 1),
                     LP_PARTNER_SUSPENDED);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_and_remove),
        cmocka_unit_test(test_stays),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
