/*
 * Tests of files that are written beside the event loop.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"
#include "deposits.h"
#include "durable.h"


#define FILES 100


static pd_deposit_t files[FILES];
static char         names[FILES][16];
static int          answers[FILES];
static unsigned     done;
static char         dir[] = "/tmp/partnerd_deposits.XXXXXX";


static void
answered(pd_deposit_t *f, int error)
{
    answers[f - files] = error;
    done++;
}


static void
put(pd_deposits_t *d, unsigned i)
{
    files[i] = (pd_deposit_t){
        .name = names[i],
        .data = names[i],
        .len = 4,
        .done = answered,
    };
    pd_deposits_put(d, &files[i]);
}


/* Each is answered once, and is there then; one that was there is refused and
 * left as it is. */
static void
test_loop(void **state)
{
    char           data[4];
    unsigned       i;
    pd_deposits_t *d;

    d = pd_deposits_create(*state, dir);
    assert_non_null(d);
    assert_int_equal(pd_durable_create(dir, names[7], "kept", 4), 0);

    for (i = 0; i < FILES / 2; i++) {
        put(d, i);
    }

    assert_int_equal(done, 0);

    while (done < FILES / 2) {
        (void) event_base_loop(*state, EVLOOP_ONCE);
    }

    for (i = 0; i < FILES / 2; i++) {
        assert_int_equal(answers[i], i == 7 ? EEXIST : 0);
        assert_int_equal(pd_durable_read(dir, names[i], data, 4), 0);
        assert_memory_equal(data, i == 7 ? "kept" : names[i], 4);
    }

    pd_deposits_free(d);
}


/* What was put is answered, also where nobody turns the loop any more. */
static void
test_end(void **state)
{
    unsigned       i;
    pd_deposits_t *d;

    d = pd_deposits_create(*state, dir);
    assert_non_null(d);

    for (i = FILES / 2; i < FILES; i++) {
        put(d, i);
    }

    pd_deposits_free(d);
    assert_int_equal(done, FILES);
    assert_int_equal(answers[FILES - 1], 0);
}


static void
test_nowhere(void **state)
{
    pd_deposits_t *d;

    d = pd_deposits_create(*state, "/nowhere");
    assert_non_null(d);
    put(d, 0);
    pd_deposits_free(d);
    assert_int_equal(answers[0], ENOENT);
}


static int
begin(void **state)
{
    unsigned i;

    for (i = 0; i < FILES; i++) {
        (void) snprintf(names[i], sizeof(names[i]), "%04u", i);
    }

    *state = event_base_new();

    return *state != NULL && mkdtemp(dir) != NULL ? 0 : -1;
}


static int
end(void **state)
{
    unsigned i;

    for (i = 0; i < FILES; i++) {
        (void) pd_durable_unlink(dir, names[i]);
    }

    event_base_free(*state);

    return rmdir(dir);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_nowhere),
    };

    return cmocka_run_group_tests_name("deposits", tests, begin, end);
}
