/*
 * lp_journal_text: what was written is loaded again, and no damage passes.
 */

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"
#include "lp_journal_layout.h"
#include "lp_journal_text.h"


#define SIZE     (256 * 1024)
#define COUNTERS 200
#define HOUR     490000


typedef struct {
    char   text[64 * 1024];
    size_t len;
    size_t fail; /* at this length, 0: never */
} page_t;


static lp_journal_t
fresh(size_t size, uint64_t incarnation)
{
    void                 *mem = aligned_alloc(64, (size + 63) / 64 * 64);
    lp_error_t            err;
    lp_journal_t          journal;
    lp_journal_identity_t identity = { .incarnation = incarnation };

    assert_non_null(mem);
    memset(mem, 0, size);
    assert_int_equal(lp_journal_format(mem, size, &identity), LP_OK);
    assert_int_equal(lp_journal_open(&journal, mem, size, &err), LP_OK);

    return journal;
}


static int
nobody(uint32_t pid)
{
    (void) pid;

    return 0;
}


static int
take(void *ctx, const char *text, size_t len)
{
    page_t *page = ctx;

    if (page->fail != 0 && page->len + len > page->fail) {
        return -7;
    }

    memcpy(page->text + page->len, text, len);
    page->len += len;

    return LP_OK;
}


static void
fill(lp_journal_t *journal)
{
    char       key[LP_JOURNAL_KEY];
    size_t     len;
    unsigned   i;
    uint32_t   slot, seat;
    lp_usage_t add;

    assert_int_equal(lp_journal_sit(journal, 1, nobody, &seat), LP_OK);

    for (i = 0; i < COUNTERS; i++) {
        len = (size_t) sprintf(key, "%u/partner.%u/app-%u/-/ok", HOUR + i % 2,
                               i, i);
        slot = lp_journal_find(journal, HOUR + i % 2, key, len);
        add = (lp_usage_t){ .n = { i + 1, i * 10, UINT64_MAX - i, i * 1000,
                                   i + 1, i } };
        assert_int_equal(
            lp_journal_add(journal, seat, slot, HOUR + i % 2, &add), LP_OK);
    }

    /* what is confirmed need not be kept */
    len = (size_t) sprintf(key, "%u/partner.0/app-0/-/ok", HOUR);
    add = (lp_usage_t){ .n = { 1, 0, UINT64_MAX, 0, 1, 0 } };
    lp_journal_confirm(journal, key, len, &add);
}


static void
test_round_trip(void **state)
{
    page_t               *first = calloc(2, sizeof(page_t));
    page_t               *second = first + 1;
    lp_error_t            err;
    lp_journal_t          journal = fresh(SIZE, 0x0123456789abcdef), copy;
    lp_journal_snapshot_t snapshot;

    (void) state;

    fill(&journal);
    assert_int_equal(lp_journal_write(&journal, take, first), LP_OK);
    assert_memory_equal(first->text, "partner-journal 1 0123456789abcdef\n",
                        35);

    assert_int_equal(
        lp_journal_check_text(first->text, first->len, &snapshot, &err),
        LP_OK);
    assert_true(snapshot.incarnation == 0x0123456789abcdef);
    assert_int_equal(snapshot.counters, COUNTERS - 1);

    copy = fresh(snapshot.bytes, snapshot.incarnation);
    assert_int_equal(lp_journal_load(&copy, first->text, first->len), LP_OK);
    assert_int_equal(lp_journal_write(&copy, take, second), LP_OK);
    assert_int_equal(second->len, first->len);
    assert_memory_equal(second->text, first->text, first->len);

    free(journal.header);
    free(copy.header);
    free(first);
}


static void
test_empty(void **state)
{
    page_t                page = { .len = 0 };
    lp_error_t            err;
    lp_journal_t          journal = fresh(SIZE, 1);
    lp_journal_snapshot_t snapshot;

    (void) state;

    assert_int_equal(lp_journal_write(&journal, take, &page), LP_OK);
    assert_int_equal(
        lp_journal_check_text(page.text, page.len, &snapshot, &err), LP_OK);
    assert_int_equal(snapshot.counters, 0);
    assert_int_equal(lp_journal_load(&journal, page.text, page.len), LP_OK);

    free(journal.header);
}


/* Whole, and not what this version writes. */
static void
test_others(void **state)
{
    size_t                i;
    lp_error_t            err;
    lp_journal_snapshot_t snapshot;

    static const char *const texts[][2] = {
        { "partner-journal 2 0123456789abcdef\nend 0 463c7399\n",
          "is no snapshot of a usage journal" },
        { "partner-journal 1 0123456789abcdef\n"
          "490000/a/-/-/ok 5 6 7 8\nend 1 938ff82d\n",
          "is damaged in line 2" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        assert_int_equal(lp_journal_check_text(texts[i][0],
                                               strlen(texts[i][0]), &snapshot,
                                               &err),
                         LP_INVALID);
        assert_string_equal(err.text, texts[i][1]);
    }
}


/* Any byte that is another, missing or too many. */
static void
test_damage(void **state)
{
    size_t                i;
    page_t               *page = calloc(1, sizeof(page_t));
    lp_error_t            err;
    lp_journal_t          journal = fresh(SIZE, 0x0123456789abcdef);
    lp_journal_snapshot_t snapshot;

    (void) state;

    fill(&journal);
    assert_int_equal(lp_journal_write(&journal, take, page), LP_OK);

    for (i = 0; i < page->len; i++) {
        page->text[i] ^= 1;
        assert_int_equal(
            lp_journal_check_text(page->text, page->len, &snapshot, &err),
            LP_INVALID);
        page->text[i] ^= 1;

        assert_int_equal(lp_journal_check_text(page->text, i, &snapshot, &err),
                         LP_INVALID);
    }

    page->text[page->len] = '\n';
    assert_int_equal(
        lp_journal_check_text(page->text, page->len + 1, &snapshot, &err),
        LP_INVALID);

    free(journal.header);
    free(page);
}


/* One damaged name is left out, and does not cost all the others. */
static void
test_damaged_name(void **state)
{
    size_t                i;
    page_t               *page = calloc(1, sizeof(page_t));
    lp_error_t            err;
    lp_journal_t          journal = fresh(SIZE, 1);
    lp_journal_snapshot_t snapshot;

    static const char *const names[]
        = { "490000/a b/-/-/ok", "490000/a\n", "/no/hour", "4294967296/a",
            "490000/a 1 1 1 1 1 1\n490000/b" };

    (void) state;

    fill(&journal);

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_not_equal(
            lp_journal_find(&journal, HOUR, names[i], strlen(names[i])), 0);
        lp_journal_slot(&journal, journal.header->filled)->values.n[0] = 1;
    }

    assert_int_equal(lp_journal_write(&journal, take, page), LP_OK);
    assert_int_equal(
        lp_journal_check_text(page->text, page->len, &snapshot, &err), LP_OK);
    assert_int_equal(snapshot.counters, COUNTERS - 1);

    free(journal.header);
    free(page);
}


static void
test_failed_writing(void **state)
{
    page_t      *page = calloc(1, sizeof(page_t));
    lp_journal_t journal = fresh(SIZE, 1);

    (void) state;

    fill(&journal);

    for (page->fail = 1; page->fail < 2000; page->fail += 333) {
        page->len = 0;
        assert_int_equal(lp_journal_write(&journal, take, page), -7);
    }

    free(journal.header);
    free(page);
}


/* What has no end takes the place of no whole text. */
static void
test_lost_lock(void **state)
{
    page_t      *page = calloc(1, sizeof(page_t));
    lp_journal_t journal = fresh(SIZE, 1);

    (void) state;

    fill(&journal);
    memset(&journal.header->lock, 0xff, sizeof(pthread_mutex_t));
    assert_int_equal(lp_journal_write(&journal, take, page), LP_INVALID);

    free(journal.header);
    free(page);
}


static void
test_too_small_to_load(void **state)
{
    char         line[128];
    page_t      *page = calloc(1, sizeof(page_t));
    unsigned     i;
    lp_journal_t journal = fresh(LP_JOURNAL_MIN, 1);

    (void) state;

    page->len = (size_t) sprintf(page->text, "partner-journal 1 %016x\n", 1);

    for (i = 0; i < 1000; i++) {
        (void) take(page, line,
                    (size_t) sprintf(line, "1/p%u/-/-/ok 1 1 1 1 1 1\n", i));
    }

    (void) take(page, "end 1000 00000000\n", 18);
    assert_int_equal(lp_journal_load(&journal, page->text, page->len),
                     LP_INVALID);

    free(journal.header);
    free(page);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_damaged_name),
        cmocka_unit_test(test_failed_writing),
        cmocka_unit_test(test_lost_lock),
        cmocka_unit_test(test_too_small_to_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
