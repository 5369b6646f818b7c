/*
 * lp_journal_count: processes count at the same time, and are killed inside;
 * a platform stores what is published meanwhile.
 */

#include "journal.h"


#define CHILDREN 4
#define CALLS    20000 /* of a child */
#define KILLS    40


/* What the children say of themselves. */
typedef struct {
    uint32_t clock;
    uint64_t begun[CHILDREN];
    uint64_t done[CHILDREN];
} shared_t;


static void
test_full(void **state)
{
    char         key[LP_JOURNAL_KEY + 1];
    uint32_t     i, size;
    lp_journal_t journal = fresh();

    (void) state;

    memset(key, 'x', sizeof(key));
    assert_int_equal(lp_journal_find(&journal, BASE, key, sizeof(key)), 0);
    assert_int_equal(lp_journal_find(&journal, BASE, key, 0), 0);

    size = lp_journal_fill(&journal).size;
    assert_true(size > 1000);

    for (i = 0; i < size; i++) {
        assert_int_not_equal(
            lp_journal_find(&journal, BASE, key, name_of(BASE, i, key)), 0);
    }

    assert_int_equal(
        lp_journal_find(&journal, BASE, key, name_of(BASE, size, key)), 0);
    assert_int_not_equal(
        lp_journal_find(&journal, BASE, key, name_of(BASE, 7, key)), 0);

    /* nothing was added, so all of it may go */
    lp_journal_expire(&journal, BASE + 1, alive);
    assert_int_equal(lp_journal_fill(&journal).live, 0);
}


/* A child: calls over all names, in the hour that the shared clock shows. */
static void
call(lp_journal_t *journal, shared_t *shared, unsigned child, uint64_t calls)
{
    uint32_t seat;
    uint64_t n;

    if (lp_journal_sit(journal, (uint32_t) getpid(), alive, &seat) != LP_OK) {
        _exit(1);
    }

    for (n = 0; n < calls; n++) {
        shared->begun[child]++;
        count(journal, seat, __atomic_load_n(&shared->clock, __ATOMIC_RELAXED),
              (unsigned) (n % NAMES));
        shared->done[child]++;
    }

    lp_journal_leave(journal, seat);
}


static pid_t
start(lp_journal_t *journal, shared_t *shared, unsigned child, uint64_t calls)
{
    pid_t pid;

    pid = fork();
    assert_true(pid >= 0);

    if (pid == 0) {
        call(journal, shared, child, calls);
        _exit(0);
    }

    return pid;
}


static void
test_processes(void **state)
{
    int          status;
    pid_t        pids[CHILDREN];
    unsigned     i, left, hour;
    ledger_t     ledger = { 0 };
    shared_t    *shared = memory(sizeof(shared_t));
    lp_journal_t journal = fresh();

    (void) state;

    shared->clock = BASE;

    for (i = 0; i < CHILDREN; i++) {
        pids[i] = start(&journal, shared, i, CALLS);
    }

    for (left = CHILDREN; left > 0;) {
        publish(&journal, &ledger);

        /* an hour for each part of the work */
        hour = BASE + (unsigned) (shared->done[0] * (HOURS - 1) / CALLS);
        __atomic_store_n(&shared->clock, hour, __ATOMIC_RELAXED);
        lp_journal_expire(&journal, hour, alive);

        for (i = 0; i < CHILDREN; i++) {
            if (pids[i] != 0 && waitpid(pids[i], &status, WNOHANG) > 0) {
                assert_int_equal(status, 0);
                pids[i] = 0;
                left--;
            }
        }
    }

    publish(&journal, &ledger);
    assert_int_equal(total(&ledger), CHILDREN * CALLS);

    lp_journal_expire(&journal, BASE + HOURS, alive);
    assert_int_equal(lp_journal_fill(&journal).live, 0);
}


static void
test_killed_processes(void **state)
{
    pid_t        pid;
    uint64_t     before;
    unsigned     i;
    ledger_t     ledger = { 0 };
    shared_t    *shared = memory(sizeof(shared_t));
    lp_journal_t journal = fresh();

    (void) state;

    for (i = 0; i < KILLS; i++) {
        shared->clock = BASE + i % HOURS;
        before = shared->done[0];
        pid = start(&journal, shared, 0, UINT64_MAX);

        while (__atomic_load_n(&shared->done[0], __ATOMIC_RELAXED)
               < before + 50 + 37 * i) {
            publish(&journal, &ledger);
        }

        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);

        /* at most the one call of each that was killed is in doubt */

        publish(&journal, &ledger);
        assert_in_range(total(&ledger), shared->done[0] - (i + 1),
                        shared->done[0] + i + 1);
        lp_journal_expire(&journal, shared->clock, alive);
    }
}


/* Who finds no seat counts all the same, and closes no hour to others. */
static void
test_no_seat(void **state)
{
    char         key[LP_JOURNAL_KEY];
    uint32_t     pid, seat, standing, slot;
    ledger_t     ledger = { 0 };
    lp_usage_t   add = { .n = { 1, 2, 3, 4, 1, 1 } };
    lp_journal_t journal = fresh();

    (void) state;

    for (pid = 1; pid <= LP_JOURNAL_SEATS; pid++) {
        assert_int_equal(lp_journal_sit(&journal, pid, everybody, &seat),
                         LP_OK);
    }

    assert_int_equal(lp_journal_sit(&journal, pid, everybody, &standing),
                     LP_INVALID);
    assert_int_equal(standing, LP_JOURNAL_SEATS);

    count(&journal, standing, BASE, 1);
    count(&journal, seat, BASE, 1);
    lp_journal_rest(&journal, standing);
    lp_journal_rest(&journal, seat);
    assert_int_equal(publish(&journal, &ledger), 1);
    assert_int_equal(ledger.stored[0][1], 2);

    slot = lp_journal_find(&journal, BASE, key, name_of(BASE, 1, key));
    lp_journal_expire(&journal, BASE + 1, everybody);
    assert_int_equal(lp_journal_fill(&journal).live, 0);
    assert_int_equal(lp_journal_add(&journal, standing, slot, BASE, &add),
                     LP_INVALID);

    count(&journal, standing, BASE, 1);
    assert_int_equal(publish(&journal, &ledger), 1);
    assert_int_equal(ledger.stored[1][1], 1);
    lp_journal_leave(&journal, standing);

    /* who leaves makes room, alive or not */
    lp_journal_leave(&journal, seat);
    assert_int_equal(lp_journal_sit(&journal, pid, everybody, &standing),
                     LP_OK);
    assert_int_equal(standing, seat);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_no_seat),
        cmocka_unit_test(test_processes),
        cmocka_unit_test(test_killed_processes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
