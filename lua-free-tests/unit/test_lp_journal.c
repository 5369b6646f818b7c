/*
 * lp_journal: what is no journal is refused, and one of another life is taken
 * over with its counters.
 */

#include <time.h>

#include "journal.h"


static void
test_damage(void **state)
{
    char           *mem = memory(SIZE);
    size_t          i;
    lp_error_t      err;
    lp_journal_t    journal;
    struct timespec until;

    (void) state;

    assert_int_equal(lp_journal_open(&journal, mem, SIZE, &err), LP_INVALID);
    assert_string_equal(err.text, "is no usage journal");

    assert_int_equal(lp_journal_format(mem, LP_JOURNAL_MIN - 1, &identity),
                     LP_INVALID);
    /* a cache line must not be shared by two processes' seats */
    assert_int_equal(
        lp_journal_format((char *) mem + 16, SIZE - 16, &identity),
        LP_INVALID);

    assert_int_equal(lp_journal_format(mem, SIZE, &identity), LP_OK);
    assert_int_equal(lp_journal_open(&journal, mem, SIZE / 2, &err),
                     LP_INVALID);
    assert_int_equal(lp_journal_open(&journal, mem, 10, &err), LP_INVALID);

    for (i = 8; i < 64; i++) {
        mem[i] ^= 1;
        assert_int_equal(lp_journal_open(&journal, mem, SIZE, &err),
                         LP_INVALID);
        assert_string_equal(err.text, "has a damaged header");
        mem[i] ^= 1;
    }

    assert_int_equal(lp_journal_open(&journal, mem, SIZE, &err), LP_OK);
    (void) clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    assert_int_equal(lp_journal_recover(&journal, &until), LP_OK);
}


/* What would lead out of the block, or into the midst of a name. */
static void
test_damaged_slots(void **state)
{
    size_t               i;
    uint32_t             seat;
    lp_error_t           err;
    lp_journal_t         journal = fresh(), again;
    lp_journal_slot_t   *slot = lp_journal_slot(&journal, 1);
    lp_journal_header_t *header = journal.header;

    struct {
        void       *where;
        uint32_t    what;
        const char *said;
    } damage[] = {
        { &header->filled, header->constants.slots + 1,
          "says that 1317 of 1316 slots are in use" },
        { &slot->key_len, LP_JOURNAL_KEY + 1,
          "has a damaged counter in slot 1" },
        { slot->key, 0, "has a damaged counter in slot 1" },
    };

    (void) state;

    assert_int_equal(lp_journal_sit(&journal, 1, alive, &seat), LP_OK);
    count(&journal, seat, BASE, 1);
    memset(slot->key + slot->key_len, 'x', sizeof(slot->key) - slot->key_len);
    memset(&slot->confirmed, 'x', sizeof(slot->confirmed)); /* no zero there */

    for (i = 0; i < UNIT_LEN(damage); i++) {
        uint32_t was;

        memcpy(&was, damage[i].where, sizeof(was));
        memcpy(damage[i].where, &damage[i].what, sizeof(was));
        assert_int_equal(lp_journal_open(&again, header, SIZE, &err),
                         LP_INVALID);
        assert_string_equal(err.text, damage[i].said);
        memcpy(damage[i].where, &was, sizeof(was));
    }

    assert_int_equal(lp_journal_open(&again, header, SIZE, &err), LP_OK);
}


/* Chains and free slots as somebody leaves them who dies in changing them. */
static void
tear(lp_journal_t *journal)
{
    memset(journal->chains, 0,
           journal->header->constants.chains * sizeof(uint32_t));
    journal->header->free = 1;
    journal->header->live = 77;
}


static void
test_holder_killed(void **state)
{
    pid_t        pid;
    uint32_t     seat;
    ledger_t     ledger = { 0 };
    lp_journal_t journal = fresh();

    (void) state;

    assert_int_equal(lp_journal_sit(&journal, 1, alive, &seat), LP_OK);
    count(&journal, seat, BASE, 1);

    pid = fork();
    assert_true(pid >= 0);

    if (pid == 0) {
        (void) lp_journal_lock(&journal);
        tear(&journal);
        _exit(0);
    }

    assert_int_equal(waitpid(pid, NULL, 0), pid);

    count(&journal, seat, BASE, 1);
    count(&journal, seat, BASE, 2);
    assert_int_equal(lp_journal_fill(&journal).live, 2);
    assert_int_equal(publish(&journal, &ledger), 2);
    assert_int_equal(ledger.stored[0][1], 2);
    assert_int_equal(ledger.stored[0][2], 1);
}


/* Whoever died, and whatever slots say twice: no call of it is lost. */
static void
test_recovered(void **state)
{
    uint32_t        seat;
    ledger_t        ledger = { 0 };
    lp_journal_t    journal = fresh();
    struct timespec until;

    (void) state;

    assert_int_equal(lp_journal_sit(&journal, 1, alive, &seat), LP_OK);
    count(&journal, seat, BASE, 1);
    count(&journal, seat, BASE, 2);
    count(&journal, seat, BASE, 3);
    lp_journal_slot(&journal, 2)->key[15] = '1'; /* of partner-2 */
    tear(&journal);

    (void) clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    assert_int_equal(lp_journal_recover(&journal, &until), LP_OK);
    assert_int_equal(lp_journal_fill(&journal).live, 2);
    count(&journal, seat, BASE, 1);
    assert_int_equal(publish(&journal, &ledger), 2);
    assert_int_equal(ledger.stored[0][1], 3);
    assert_int_equal(ledger.stored[0][3], 1);
}


/* What no clock and no process has made is not counted in. */
static void
test_hours(void **state)
{
    lp_error_t   err;
    lp_journal_t journal = fresh();

    (void) state;

    assert_int_equal(lp_journal_check_hour(&journal, BASE, &err), LP_OK);

    lp_journal_expire(&journal, BASE, alive);
    assert_int_equal(lp_journal_check_hour(&journal, BASE, &err), LP_OK);
    assert_int_equal(
        lp_journal_check_hour(&journal, BASE - LP_JOURNAL_AHEAD, &err), LP_OK);
    assert_int_equal(
        lp_journal_check_hour(&journal, BASE - LP_JOURNAL_AHEAD - 1, &err),
        LP_INVALID);
    assert_string_equal(err.text, "counts in an hour that is 2 ahead");

    journal.header->first = UINT32_MAX;
    assert_int_equal(lp_journal_check_hour(&journal, BASE, &err), LP_INVALID);
    assert_string_equal(err.text, "has closed the hours before 4294967295, "
                                  "and counts in 490000");

    journal.header->hour = UINT32_MAX;
    assert_int_equal(lp_journal_check_hour(&journal, BASE, &err), LP_INVALID);
}


static void
test_adopted(void **state)
{
    uint32_t              seat;
    ledger_t              ledger = { 0 };
    lp_error_t            err;
    lp_journal_t          journal = fresh();
    lp_journal_identity_t here = { .incarnation = 1, .inode = 7 };

    (void) state;

    assert_int_equal(lp_journal_sit(&journal, 1, alive, &seat), LP_OK);
    count(&journal, seat, BASE, 1);
    tear(&journal);
    lose_lock(&journal);
    assert_int_equal(lp_journal_adopt(&journal, &here), LP_OK);
    assert_int_equal(lp_journal_open(&journal, journal.header, SIZE, &err),
                     LP_OK);

    assert_int_equal(lp_journal_identity(&journal)->incarnation, 0xabcdef);
    assert_int_equal(lp_journal_identity(&journal)->inode, 7);
    assert_int_equal(publish(&journal, &ledger), 1);
    assert_int_equal(ledger.stored[0][1], 1);

    /* whoever sat there is of another machine, or long dead */
    lp_journal_expire(&journal, BASE + 1, everybody);
    assert_int_equal(lp_journal_fill(&journal).live, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_damaged_slots),
        cmocka_unit_test(test_holder_killed),
        cmocka_unit_test(test_recovered),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_adopted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
