/*
 * Tests of when workers are woken, and how often.
 */

#include "unit.h"
#include "wake.h"


static pd_unit_t *sent; /* and not answered */
static unsigned   times;


/* ---- in place of the pool ---- */

pd_pg_t *
pd_pg_create(const pd_pg_conf_t *conf)
{
    (void) conf;

    return (pd_pg_t *) &sent;
}


void
pd_pg_free(pd_pg_t *pg)
{
    (void) pg;
}


void
pd_pg_submit(pd_pg_t *pg, pd_unit_t *u)
{
    (void) pg;
    assert_null(sent);
    sent = u;
    times++;
}


static void
answer(pd_pg_outcome_t outcome)
{
    pd_unit_t *u;

    u = sent;
    sent = NULL;
    u->done(u, outcome, NULL);
}


/* ---- */

static struct event_base *base;


static int
begin(void **state)
{
    sent = NULL;
    times = 0;
    base = event_base_new();
    *state = pd_wake_create(base, "");

    return *state != NULL ? 0 : -1;
}


static int
end(void **state)
{
    pd_wake_free(*state);
    event_base_free(base);

    return 0;
}


/* The first at once; what follows it together, behind the rest. */
static void
test_many(void **state)
{
    unsigned i;

    pd_wake(*state, 0);
    assert_int_equal(times, 1);

    for (i = 0; i < 10; i++) {
        pd_wake(*state, 0);
    }

    answer(PD_PG_DONE);
    pd_wake(*state, 0);
    assert_int_equal(times, 1);

    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(times, 2);
    answer(PD_PG_DONE);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(times, 2);
    pd_wake(*state, 0);
    assert_int_equal(times, 3);
}


/* Neither the rest nor what is on its way makes it wait for a timer. */
static void
test_urgent(void **state)
{
    pd_wake(*state, 0);
    pd_wake(*state, 1);
    assert_int_equal(times, 1);
    answer(PD_PG_DONE);
    assert_int_equal(times, 2);
    answer(PD_PG_DONE);
    assert_int_equal(times, 2);

    pd_wake(*state, 0);
    assert_int_equal(times, 2);
    pd_wake(*state, 1);
    assert_int_equal(times, 3);
    answer(PD_PG_DONE);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(times, 3);
}


/* It is not repeated, and the next is not held up. */
static void
test_lost(void **state)
{
    pd_wake(*state, 0);
    pd_wake(*state, 1);
    answer(PD_PG_LOST);
    assert_int_equal(times, 1);
    pd_wake(*state, 0);
    assert_int_equal(times, 2);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_many, begin, end),
        cmocka_unit_test_setup_teardown(test_urgent, begin, end),
        cmocka_unit_test_setup_teardown(test_lost, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
