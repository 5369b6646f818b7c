/*
 * lp_journal_former: what the version before has counted is taken over, as
 * often as one likes, and nothing else passes for it.
 */

#include <unistd.h>
#include <zlib.h>

#include "journal.h"
#include "lp_journal_former.h"


#define FORMER_SLOT 296 /* bytes */
#define FORMER_KEY  16  /* offsets in a slot */
#define FORMER_SUM  232
#define FORMER_SEEN 264


/* As that version laid a block out. */
static char *
former(void)
{
    char                *mem = memory(SIZE);
    lp_journal_header_t *header = (void *) mem;

    memcpy(header->constants.magic, LP_JOURNAL_MAGIC, 8);
    header->constants.layout
        = (uint32_t) (sizeof(lp_journal_header_t) << 16 ^ FORMER_SLOT << 8
                      ^ sizeof(pthread_mutex_t));
    header->constants.chains = 512;
    header->constants.slots = (SIZE - sizeof(*header) - 512 * 4) / FORMER_SLOT;
    header->constants.identity = identity;
    header->constants.crc
        = (uint32_t) crc32(0, (const Bytef *) &header->constants,
                           offsetof(lp_journal_constants_t, crc));

    return mem;
}


static void
put(char *mem, const char *key, uint64_t calls, uint64_t confirmed)
{
    char    *slot;
    uint64_t values[4] = { calls, calls * 2, calls * 3, calls * 4 };
    uint64_t seen[4] = { confirmed };
    lp_journal_header_t *header = (void *) mem;

    slot = mem + sizeof(*header) + 512 * 4 + header->filled++ * FORMER_SLOT;
    ((uint32_t *) (void *) slot)[1] = (uint32_t) strlen(key);
    ((uint32_t *) (void *) slot)[2] = BASE;
    memcpy(slot + FORMER_KEY, key, strlen(key));
    memcpy(slot + FORMER_SUM, values, sizeof(values));
    memcpy(slot + FORMER_SEEN, seen, sizeof(seen));
}


static lp_usage_t
held(lp_journal_t *journal, const char *key)
{
    uint32_t slot;

    slot = lp_journal_find(journal, BASE, key, strlen(key));
    assert_int_not_equal(slot, 0);

    return lp_journal_slot(journal, slot)->values;
}


static void
test_taken_over(void **state)
{
    int               end;
    size_t            n;
    char             *mem = former();
    uint32_t          from;
    lp_usage_t        values;
    lp_journal_t      journal = fresh();
    lp_journal_copy_t copies[8];

    (void) state;

    put(mem, "490000/a/-/-/ok", 5, 5);
    put(mem, "", 9, 0); /* a free slot */
    put(mem, "490000/b/-/-/ok", 7, 6);

    assert_true(lp_journal_is_former(mem, SIZE));
    assert_true(lp_journal_former_identity(mem)->incarnation
                == identity.incarnation);
    assert_true(lp_journal_former_need(mem) >= LP_JOURNAL_MIN);

    assert_int_equal(lp_journal_former_take(&journal, mem), LP_OK);
    assert_int_equal(lp_journal_fill(&journal).live, 2);
    values = held(&journal, "490000/b/-/-/ok");
    assert_int_equal(values.n[LP_USAGE_CALLS], 7);
    assert_int_equal(values.n[LP_USAGE_UPSTREAM_US], 28);
    assert_int_equal(values.n[LP_USAGE_PROMISED], 0);

    /* its processes may have counted on: greater values win, none adds */

    ((uint64_t *) (void *) (mem + sizeof(lp_journal_header_t) + 512 * 4
                            + FORMER_SUM))[0]
        = 6;
    assert_int_equal(lp_journal_former_take(&journal, mem), LP_OK);
    assert_int_equal(held(&journal, "490000/a/-/-/ok").n[LP_USAGE_CALLS], 6);
    assert_int_equal(held(&journal, "490000/b/-/-/ok").n[LP_USAGE_CALLS], 7);

    from = 0;
    n = 8;
    assert_int_equal(lp_journal_pending(&journal, &from, copies, &n, &end),
                     LP_OK);
    assert_int_equal(n, 2);
}


static void
test_no_room(void **state)
{
    char         key[32], *mem = former();
    unsigned     i;
    lp_error_t   err;
    lp_journal_t journal;
    void        *small = memory(LP_JOURNAL_MIN);

    (void) state;

    for (i = 0; i < 400; i++) {
        (void) sprintf(key, "490000/p%u/-/-/ok", i);
        put(mem, key, 1, 0);
    }

    assert_int_equal(lp_journal_format(small, LP_JOURNAL_MIN, &identity),
                     LP_OK);
    assert_int_equal(lp_journal_open(&journal, small, LP_JOURNAL_MIN, &err),
                     LP_OK);
    assert_int_equal(lp_journal_former_take(&journal, mem), LP_INVALID);

    small = memory(lp_journal_former_need(mem));
    assert_int_equal(
        lp_journal_format(small, lp_journal_former_need(mem), &identity),
        LP_OK);
    assert_int_equal(
        lp_journal_open(&journal, small, lp_journal_former_need(mem), &err),
        LP_OK);
    assert_int_equal(lp_journal_former_take(&journal, mem), LP_OK);
}


static void
test_used(void **state)
{
    char                *mem = former();
    lp_journal_header_t *header = (void *) mem;

    (void) state;

    assert_false(lp_journal_former_used(mem, alive));
    header->seats[7].pid = (uint32_t) getpid();
    assert_true(lp_journal_former_used(mem, alive));
    header->seats[7].pid = 0x7ffffff0; /* nobody's */
    assert_false(lp_journal_former_used(mem, alive));
}


static void
test_others(void **state)
{
    size_t               i;
    char                *mem = former();
    lp_journal_t         journal = fresh();
    lp_journal_header_t *header = (void *) mem;

    (void) state;

    put(mem, "490000/a/-/-/ok", 5, 5);
    assert_true(lp_journal_is_former(mem, SIZE));
    assert_false(lp_journal_is_former(mem, SIZE / 2));
    assert_false(lp_journal_is_former(mem, 10));
    assert_false(lp_journal_is_former(journal.header, SIZE));

    for (i = 0; i < offsetof(lp_journal_constants_t, crc); i++) {
        mem[i] ^= 1;
        assert_false(lp_journal_is_former(mem, SIZE));
        mem[i] ^= 1;
    }

    header->filled = header->constants.slots + 1;
    assert_false(lp_journal_is_former(mem, SIZE));
    header->filled = 1;
    mem[sizeof(*header) + 512 * 4 + 4 + 1] = 1; /* a name of 271 bytes */
    assert_false(lp_journal_is_former(mem, SIZE));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken_over),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_used),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
