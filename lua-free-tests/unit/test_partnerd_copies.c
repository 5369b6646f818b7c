/*
 * Tests of copies of one request that are here at once.
 */

#include <stdio.h>

#include "unit.h"
#include "copies.h"


#define KEYS   300
#define COPIES 3 /* of each key */


static pd_copies_t table = { .most = KEYS * (COPIES - 1) };
static pd_copy_t   copies[KEYS][COPIES];
static char        keys[KEYS][65];
static unsigned    told[KEYS];


static void
over(void *ctx)
{
    unsigned *n = ctx;

    (*n)++;
}


/* What comes for the key meanwhile is a first one again, also from within. */
static void
over_and_again(void *ctx)
{
    pd_copy_t *copy = ctx;

    assert_int_equal(pd_copies_enter(&table, copy), 1);
}


static void
test_first(void **state)
{
    unsigned i, j;

    (void) state;

    for (i = 0; i < KEYS; i++) {
        (void) snprintf(keys[i], sizeof(keys[i]), "%02x%062x", i % 256, i);

        for (j = 0; j < COPIES; j++) {
            copies[i][j]
                = (pd_copy_t){ .key = keys[i], .over = over, .ctx = &told[i] };
            assert_int_equal(pd_copies_enter(&table, &copies[i][j]), j == 0);
        }
    }

    assert_int_equal(pd_copies_enter(&table, &(pd_copy_t){ .key = keys[0] }),
                     -1);

    for (i = 0; i < KEYS; i++) {
        pd_copies_leave(&copies[i][1]);
        assert_int_equal(told[i], 0);
        pd_copies_leave(&copies[i][0]);
        assert_int_equal(told[i], COPIES - 1);
        pd_copies_leave(&copies[i][0]);
        assert_int_equal(told[i], COPIES - 1);
    }

    assert_int_equal(table.waiting, 0);
}


static void
test_again(void **state)
{
    pd_copy_t first = { .key = keys[0], .over = over, .ctx = told };
    pd_copy_t next = { .key = keys[0], .over = over_and_again, .ctx = &next };

    (void) state;
    assert_int_equal(pd_copies_enter(&table, &first), 1);
    assert_int_equal(pd_copies_enter(&table, &next), 0);
    pd_copies_leave(&first);
    assert_int_equal(pd_copies_enter(&table, &first), 0);
    pd_copies_leave(&next);
    assert_int_equal(told[0], COPIES);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_again),
    };

    return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
