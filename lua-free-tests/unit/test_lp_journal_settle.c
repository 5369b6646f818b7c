/*
 * lp_journal_settle: counters are told until they are confirmed, and freed once
 * their hour is closed, which waits for who is adding to it.
 */

#include "journal.h"


static void
test_counts_and_settles(void **state)
{
    char         key[LP_JOURNAL_KEY];
    size_t       len;
    uint32_t     seat, slot, again;
    ledger_t     ledger = { 0 };
    lp_usage_t   add = { .n = { 1, 2, 3, 4, 1, 1 } };
    lp_journal_t journal = fresh();

    (void) state;

    assert_int_equal(lp_journal_identity(&journal)->incarnation, 0xabcdef);
    assert_int_equal(
        lp_journal_sit(&journal, (uint32_t) getpid(), alive, &seat), LP_OK);

    count(&journal, seat, BASE, 1);
    count(&journal, seat, BASE, 1);
    count(&journal, seat, BASE - 5, 2); /* a clock that went back */

    assert_int_equal(lp_journal_fill(&journal).live, 2);
    assert_int_equal(publish(&journal, &ledger), 2);
    assert_int_equal(ledger.stored[0][1], 2);
    assert_int_equal(ledger.stored[0][2], 1);
    assert_int_equal(publish(&journal, &ledger), 0);

    count(&journal, seat, BASE, 1);
    assert_int_equal(publish(&journal, &ledger), 1);
    assert_int_equal(ledger.stored[0][1], 3);

    /* the hour goes on: what is confirmed is freed, and its slot is closed */

    len = name_of(BASE, 1, key);
    slot = lp_journal_find(&journal, BASE, key, len);
    count(&journal, seat, BASE + 1, 3);
    lp_journal_expire(&journal, BASE + 1, alive);
    assert_int_equal(lp_journal_fill(&journal).live, 1);
    assert_int_equal(lp_journal_add(&journal, seat, slot, BASE, &add),
                     LP_INVALID);
    assert_int_equal(publish(&journal, &ledger), 1);

    /* nothing goes while somebody may be adding to it, confirmed or not */

    count(&journal, seat, BASE + 1, 3);
    assert_int_equal(publish(&journal, &ledger), 1);
    lp_journal_expire(&journal, BASE + 2, alive);
    assert_int_equal(lp_journal_fill(&journal).live, 1);
    assert_int_equal(lp_journal_hour(&journal, BASE), BASE + 2);
    lp_journal_rest(&journal, seat);
    lp_journal_expire(&journal, BASE + 2, alive);
    assert_int_equal(lp_journal_fill(&journal).live, 0);

    /* an unconfirmed one stays */

    count(&journal, seat, BASE + 2, 4);
    lp_journal_rest(&journal, seat);
    lp_journal_expire(&journal, BASE + 3, alive);
    again = lp_journal_hour(&journal, BASE);
    assert_int_equal(again, BASE + 3);
    assert_int_equal(lp_journal_fill(&journal).live, 1);
    assert_int_equal(publish(&journal, &ledger), 1);
    lp_journal_expire(&journal, BASE + 3, alive);
    assert_int_equal(lp_journal_fill(&journal).live, 0);

    lp_journal_leave(&journal, seat);
}


static void
test_closing_waits_for_who_adds(void **state)
{
    pid_t        pid;
    uint32_t     seat, other;
    ledger_t     ledger = { 0 };
    lp_journal_t journal = fresh();

    (void) state;

    assert_int_equal(
        lp_journal_sit(&journal, (uint32_t) getpid(), alive, &seat), LP_OK);
    count(&journal, seat, BASE, 1);
    lp_journal_rest(&journal, seat);
    publish(&journal, &ledger);

    /* one who stopped between saying so and adding; see lp_journal_layout.h */

    pid = fork();
    assert_true(pid >= 0);

    if (pid == 0) {
        pause();
        _exit(0);
    }

    assert_int_equal(lp_journal_sit(&journal, (uint32_t) pid, alive, &other),
                     LP_OK);
    assert_int_not_equal(other, seat);
    journal.header->seats[other].hour = BASE;

    lp_journal_expire(&journal, BASE + 1, alive);
    assert_int_equal(lp_journal_fill(&journal).live, 1);

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);

    lp_journal_expire(&journal, BASE + 1, alive);
    assert_int_equal(lp_journal_fill(&journal).live, 0);

    /* and its seat is anybody's */
    assert_int_equal(lp_journal_sit(&journal, 1, alive, &seat), LP_OK);
    assert_int_equal(seat, other);
}


static uint32_t last_dead; /* pids up to this one */

static int
later(uint32_t pid)
{
    return pid > last_dead;
}


/* A pid of the dead is given again: what was said with it holds no more. */
static void
test_pid_given_again(void **state)
{
    uint32_t     seat, other, pid;
    ledger_t     ledger = { 0 };
    lp_journal_t journal = fresh();

    (void) state;

    for (pid = 101; pid <= 103; pid++) {
        assert_int_equal(lp_journal_sit(&journal, pid, later, &other), LP_OK);
        count(&journal, other, BASE, 1); /* and says nothing of a rest */
    }

    assert_int_equal(other, 2);
    assert_int_equal(publish(&journal, &ledger), 1);

    /* the next takes one seat of the three; a later one has a pid of theirs */

    last_dead = 102;
    assert_int_equal(lp_journal_sit(&journal, 103, later, &seat), LP_OK);
    assert_int_equal(seat, 0);
    last_dead = 0;
    lp_journal_expire(&journal, BASE + 1, later);
    assert_int_equal(lp_journal_fill(&journal).live, 0);
}


/* Each look is at so many slots, however many were ever used. */
static void
test_looks_are_bounded(void **state)
{
    int               end;
    char              key[LP_JOURNAL_KEY];
    size_t            n;
    unsigned          i, looks;
    uint32_t          from, before, slots, seat;
    lp_journal_t      journal = fresh();
    lp_journal_copy_t copy;

    (void) state;

    slots = lp_journal_fill(&journal).size;
    assert_true(slots > LP_JOURNAL_SCAN);

    for (i = 0; i < slots; i++) {
        assert_int_not_equal(
            lp_journal_find(&journal, BASE, key, name_of(BASE, i, key)), 0);
    }

    lp_journal_expire(&journal, BASE + 1, alive);
    assert_int_equal(
        lp_journal_sit(&journal, (uint32_t) getpid(), alive, &seat), LP_OK);

    for (from = 0, looks = 0, end = 0; !end; looks++) {
        n = 1;
        before = from;
        assert_int_equal(lp_journal_pending(&journal, &from, &copy, &n, &end),
                         LP_OK);
        assert_int_equal(n, 0);
        assert_in_range(from - before, 1, LP_JOURNAL_SCAN);
    }

    assert_int_equal(from, slots);
    assert_int_equal(looks, (slots + LP_JOURNAL_SCAN - 1) / LP_JOURNAL_SCAN);
}


/* Each call frees of so many chains, and the next one goes on behind them. */
static void
test_freeing_is_bounded(void **state)
{
    char         key[LP_JOURNAL_KEY];
    uint32_t     i, calls, before, chains;
    lp_journal_t journal = fresh_of(2 * 1024 * 1024);

    (void) state;

    chains = journal.header->constants.chains;
    assert_true(chains > LP_JOURNAL_SCAN);

    for (i = 0; i < lp_journal_fill(&journal).size; i++) {
        assert_int_not_equal(
            lp_journal_find(&journal, BASE, key, name_of(BASE, i, key)), 0);
    }

    for (calls = 0; lp_journal_fill(&journal).live > 0; calls++) {
        before = lp_journal_fill(&journal).live;
        lp_journal_expire(&journal, BASE + 1, alive);
        assert_true(lp_journal_fill(&journal).live < before);
    }

    assert_int_equal(calls, chains / LP_JOURNAL_SCAN);
}


/* Confirmations come late, and of another life that has told more. */
static void
test_confirmations(void **state)
{
    char                    key[LP_JOURNAL_KEY];
    size_t                  len;
    uint32_t                seat;
    ledger_t                ledger = { 0 };
    lp_journal_t            journal = fresh();
    static const lp_usage_t none = { .n = { 0 } };
    static const lp_usage_t most
        = { .n = { 2, 20, 200, 2000, 2, UINT64_MAX } };

    (void) state;

    assert_int_equal(
        lp_journal_sit(&journal, (uint32_t) getpid(), alive, &seat), LP_OK);
    len = name_of(BASE, 1, key);

    count(&journal, seat, BASE, 1);
    assert_int_equal(publish(&journal, &ledger), 1);
    lp_journal_confirm(&journal, key, len, &none);
    assert_int_equal(publish(&journal, &ledger), 0);

    lp_journal_confirm(&journal, key, len, &most);
    count(&journal, seat, BASE, 1);
    assert_int_equal(publish(&journal, &ledger), 0);
    count(&journal, seat, BASE, 1);
    assert_int_equal(publish(&journal, &ledger), 1);

    /* of a counter that nobody has */
    lp_journal_confirm(&journal, key, name_of(BASE, 2, key), &most);
    assert_int_equal(lp_journal_fill(&journal).live, 1);
}


/* Nobody knows what is pending is not: nothing is. */
static void
test_lost_lock(void **state)
{
    int               end;
    size_t            n = 1;
    uint32_t          from = 0, seat, slot;
    lp_usage_t        add = { .n = { 1, 2, 3, 4, 1, 1 } };
    lp_journal_t      journal = fresh();
    lp_journal_copy_t copy;

    (void) state;

    assert_int_equal(
        lp_journal_sit(&journal, (uint32_t) getpid(), alive, &seat), LP_OK);
    count(&journal, seat, BASE, 1);
    slot = journal.header->filled;
    lose_lock(&journal);

    assert_int_equal(lp_journal_pending(&journal, &from, &copy, &n, &end),
                     LP_INVALID);
    assert_int_equal(lp_journal_sit(&journal, 1, alive, &seat), LP_INVALID);
    assert_int_equal(seat, LP_JOURNAL_SEATS);
    assert_int_equal(lp_journal_add(&journal, seat, slot, BASE, &add),
                     LP_INVALID);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_settles),
        cmocka_unit_test(test_closing_waits_for_who_adds),
        cmocka_unit_test(test_pid_given_again),
        cmocka_unit_test(test_looks_are_bounded),
        cmocka_unit_test(test_freeing_is_bounded),
        cmocka_unit_test(test_confirmations),
        cmocka_unit_test(test_lost_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
