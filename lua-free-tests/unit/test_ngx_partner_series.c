/*
 * ngx_partner_series: each set of labels has one place at every hour, and many
 * sets have many places.
 */

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_series.h"


static ngx_partner_series_t series[NGX_PARTNER_SERIES];


static void
test_places(void **state)
{
    ngx_partner_series_t *place;
    ngx_partner_labels_t  labels = { .of = { 1, 2, 3, 4, 2, 500000 } };
    ngx_partner_labels_t  other;
    uint32_t              names[sizeof(labels) / sizeof(uint32_t)];
    ngx_uint_t            i;

    (void) state;

    place = ngx_partner_series_place(series, &labels);
    assert_in_range(place - series, 0, NGX_PARTNER_SERIES - 1);
    assert_false(ngx_partner_series_has(place, &labels));
    place->labels = labels;
    assert_true(ngx_partner_series_has(place, &labels));

    /* any label makes it another set, the hour at the same place */

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        memcpy(names, &labels, sizeof(names));
        names[i]++;
        memcpy(&other, names, sizeof(names));
        assert_false(ngx_partner_series_has(place, &other));
    }

    assert_ptr_equal(ngx_partner_series_place(series, &other), place);
}


/* Names are given one after the other. */
static void
test_spread(void **state)
{
    uint32_t             i, taken;
    ngx_partner_labels_t labels = { .of = { .hour = 500000 } };

    (void) state;

    memset(series, 0, sizeof(series));

    for (taken = 0, i = 0; i < NGX_PARTNER_SERIES; i++) {
        labels.of.partner = 100 + i / 8;
        labels.of.application = labels.of.partner + 4096;
        labels.of.operation = 1 + i % 8;
        labels.of.tier = i % 3;
        taken += ++ngx_partner_series_place(series, &labels)->objectives == 1;
    }

    /* by chance 1 - 1/e of them */

    assert_in_range(taken, NGX_PARTNER_SERIES * 6 / 10, NGX_PARTNER_SERIES);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
