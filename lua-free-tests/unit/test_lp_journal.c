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
    lp_journal_t          journal = fresh();
    lp_journal_identity_t here = { .incarnation = 1, .inode = 7 };

    (void) state;

    assert_int_equal(lp_journal_sit(&journal, 1, alive, &seat), LP_OK);
    count(&journal, seat, BASE, 1);
    assert_int_equal(lp_journal_adopt(&journal, &here), LP_OK);

    assert_int_equal(lp_journal_identity(&journal)->incarnation, 0xabcdef);
    assert_int_equal(lp_journal_identity(&journal)->inode, 7);
    assert_int_equal(publish(&journal, &ledger), 1);
    assert_int_equal(ledger.stored[0][1], 1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_adopted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
