/*
 * Tests of files that are written beside the event loop.
 */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"
#include "deposits.h"
#include "durable.h"


#define FILES 100


static pd_deposit_t    files[FILES];
static char            names[FILES][16];
static int             answers[FILES];
static unsigned        done;
static atomic_uint     synced; /* calls of fsync() */
static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;
static char            dir[] = "/tmp/partnerd_deposits.XXXXXX";


static void
answered(pd_deposit_t *f, int error)
{
    answers[f - files] = error;
    done++;
}


static int
put(pd_deposits_t *d, unsigned i)
{
    files[i] = (pd_deposit_t){
        .name = names[i],
        .data = names[i],
        .len = 4,
        .done = answered,
    };
    return pd_deposits_put(d, &files[i]);
}


/* In place of that of the C library: no disk is done before the test says. */
int
fsync(int fd)
{
    (void) fd;
    atomic_fetch_add(&synced, 1);
    (void) pthread_mutex_lock(&disk);
    (void) pthread_mutex_unlock(&disk);

    return 0;
}


/* Each is answered once, and is there then; one that was there is refused and
 * left as it is. */
static void
test_loop(void **state)
{
    char           data[4];
    unsigned       i;
    pd_deposits_t *d;

    d = pd_deposits_create(*state, dir, FILES);
    assert_non_null(d);
    assert_int_equal(pd_durable_create(dir, names[7], "kept", 4), 0);

    for (i = 0; i < FILES / 2; i++) {
        assert_int_equal(put(d, i), 0);
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

    d = pd_deposits_create(*state, dir, FILES);
    assert_non_null(d);

    for (i = FILES / 2; i < FILES; i++) {
        assert_int_equal(put(d, i), 0);
    }

    pd_deposits_free(d);
    assert_int_equal(done, FILES);
    assert_int_equal(answers[FILES - 1], 0);
}


/* While the disk does nothing, what waits for it has a bound; what is refused
 * is not answered too. */
static void
test_full(void **state)
{
    unsigned       taken;
    pd_deposits_t *d;

    d = pd_deposits_create(*state, dir, 4);
    assert_non_null(d);
    done = 0;
    (void) pthread_mutex_lock(&disk);

    for (taken = 0; taken < FILES && put(d, taken) == 0; taken++) {
    }

    (void) pthread_mutex_unlock(&disk);
    assert_in_range(taken, 12, FILES / 2);
    pd_deposits_free(d);
    assert_int_equal(done, taken);
}


/* Behind a disk that makes them wait stand all threads, however many of them
 * were told. */
static void
test_slow(void **state)
{
    unsigned       i;
    pd_deposits_t *d;

    d = pd_deposits_create(*state, dir, FILES);
    assert_non_null(d);
    done = 0;
    atomic_store(&synced, 0);
    (void) pthread_mutex_lock(&disk);

    for (i = 0; i < 8; i++) {
        assert_int_equal(pd_durable_unlink(dir, names[i]), 0);
        assert_int_equal(put(d, i), 0);
    }

    (void) event_base_loop(*state, EVLOOP_NONBLOCK);

    for (i = 0; i < 6000 && atomic_load(&synced) < 8; i++) {
        (void) usleep(10000);
    }

    (void) pthread_mutex_unlock(&disk);
    assert_in_range(i, 0, 5999);
    pd_deposits_free(d);
    assert_int_equal(done, 8);
}


/* What one turn of the loop puts is one thread's where none waits for the disk:
 * the folder is written once.  A machine may make them wait nevertheless. */
static void
test_quick(void **state)
{
    unsigned       i, tries;
    pd_deposits_t *d;

    d = pd_deposits_create(*state, dir, FILES);
    assert_non_null(d);

    for (tries = 0; tries < 1000; tries++) {
        done = 0;
        atomic_store(&synced, 0);

        for (i = 0; i < 16; i++) {
            (void) pd_durable_unlink(dir, names[i]);
            assert_int_equal(put(d, i), 0);
        }

        while (done < 16) {
            (void) event_base_loop(*state, EVLOOP_ONCE);
        }

        if (atomic_load(&synced) == 16 + 1) {
            break;
        }
    }

    assert_in_range(tries, 0, 999);
    pd_deposits_free(d);
}


static void
test_nowhere(void **state)
{
    pd_deposits_t *d;

    d = pd_deposits_create(*state, "/nowhere", 0);
    assert_non_null(d);
    assert_int_equal(put(d, 0), 0);
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
        cmocka_unit_test(test_loop),  cmocka_unit_test(test_end),
        cmocka_unit_test(test_full),  cmocka_unit_test(test_slow),
        cmocka_unit_test(test_quick), cmocka_unit_test(test_nowhere),
    };

    return cmocka_run_group_tests_name("deposits", tests, begin, end);
}
