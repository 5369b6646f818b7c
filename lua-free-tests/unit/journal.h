/*
 * A journal in memory that processes share, who counts in it, and the ledger
 * that a platform would have.
 */

#ifndef JOURNAL_H
#define JOURNAL_H


#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "lp_journal_layout.h"


#define SIZE  (512 * 1024)
#define NAMES 12 /* of counters in an hour */
#define HOURS 30 /* of the ledger */
#define BASE  490000


typedef struct {
    uint64_t stored[HOURS][NAMES];
} ledger_t;

static const lp_journal_identity_t identity = { .incarnation = 0xabcdef };


static inline void *
memory(size_t size)
{
    void *mem;

    mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
               -1, 0);
    assert_true(mem != MAP_FAILED);

    return mem;
}


static inline int
alive(uint32_t pid)
{
    return kill((pid_t) pid, 0) == 0 || errno == EPERM;
}


static inline int
everybody(uint32_t pid)
{
    (void) pid;

    return 1;
}


static inline size_t
name_of(uint32_t hour, unsigned i, char *key)
{
    return (size_t) sprintf(key, "%u/partner-%u/-/-/ok", hour, i);
}


static inline lp_journal_t
fresh_of(size_t size)
{
    void        *mem;
    lp_error_t   err;
    lp_journal_t journal;

    mem = memory(size);
    assert_int_equal(lp_journal_format(mem, size, &identity), LP_OK);
    assert_int_equal(lp_journal_open(&journal, mem, size, &err), LP_OK);

    return journal;
}


static inline lp_journal_t
fresh(void)
{
    return fresh_of(SIZE);
}


/* Somebody has died in it, and who came next did not set it right. */
static inline void
lose_lock(lp_journal_t *journal)
{
    pid_t pid;

    pid = fork();
    assert_true(pid >= 0);

    if (pid == 0) {
        (void) pthread_mutex_lock(&journal->header->lock);
        _exit(0);
    }

    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(pthread_mutex_lock(&journal->header->lock), EOWNERDEAD);
    assert_int_equal(pthread_mutex_unlock(&journal->header->lock), 0);
}


/* As a worker does; `clock` may be late. */
static inline void
count(lp_journal_t *journal, uint32_t seat, uint32_t clock, unsigned i)
{
    char       key[LP_JOURNAL_KEY];
    size_t     len;
    uint32_t   hour, slot;
    lp_usage_t add = { .n = { 1, 10, 100, 1000, 1, 1 } };

    do {
        hour = lp_journal_hour(journal, clock);
        len = name_of(hour, i, key);
        slot = lp_journal_find(journal, hour, key, len);
        assert_int_not_equal(slot, 0);
    } while (lp_journal_add(journal, seat, slot, hour, &add) != LP_OK);
}


/* As the platform does: greater values are kept, and confirmed. */
static inline unsigned
publish(lp_journal_t *journal, ledger_t *ledger)
{
    int               end;
    size_t            i, n;
    uint32_t          from, hour;
    unsigned          name, all;
    uint64_t         *stored;
    lp_usage_t        values;
    lp_journal_copy_t copies[5];

    from = 0;
    all = 0;

    do {
        n = 5;
        assert_int_equal(lp_journal_pending(journal, &from, copies, &n, &end),
                         LP_OK);
        all += (unsigned) n;

        for (i = 0; i < n; i++) {
            copies[i].key[copies[i].key_len] = '\0';
            assert_int_equal(
                sscanf(copies[i].key, "%u/partner-%u/", &hour, &name), 2);
            stored = &ledger->stored[hour - BASE][name];

            /* never less than before, whoever died */
            assert_true(copies[i].values.n[LP_USAGE_CALLS] >= *stored);
            *stored = copies[i].values.n[LP_USAGE_CALLS];
            values = copies[i].values;
            lp_journal_confirm(journal, copies[i].key, copies[i].key_len,
                               &values);
        }
    } while (!end);

    return all;
}


static inline uint64_t
total(const ledger_t *ledger)
{
    unsigned h, i;
    uint64_t sum;

    sum = 0;

    for (h = 0; h < HOURS; h++) {
        for (i = 0; i < NAMES; i++) {
            sum += ledger->stored[h][i];
        }
    }

    return sum;
}


#endif
