/*
 * Settling: what the platform has not confirmed is sent again, and what it has
 * confirmed of closed hours is freed.
 */

#include <string.h>

#include "lp_journal_layout.h"


static uint64_t
lp_journal_read(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}


/* The platform may hold more: another life published it under our name. */
static int
lp_journal_settled(const lp_journal_slot_t *slot)
{
    unsigned i;

    for (i = 0; i < LP_USAGE_VALUES; i++) {
        if (lp_journal_read(&slot->values.n[i]) > slot->confirmed.n[i]) {
            return 0;
        }
    }

    return 1;
}


static void
lp_journal_copy(lp_journal_copy_t *copy, const lp_journal_slot_t *slot)
{
    unsigned i;

    copy->key_len = slot->key_len;
    memcpy(copy->key, slot->key, slot->key_len);

    for (i = 0; i < LP_USAGE_VALUES; i++) {
        copy->values.n[i] = lp_journal_read(&slot->values.n[i]);
    }
}


int
lp_journal_pending(lp_journal_t *journal, uint32_t *from,
                   lp_journal_copy_t *copies, size_t *n, int *end)
{
    size_t                   found;
    uint32_t                 last;
    const lp_journal_slot_t *slot;

    if (lp_journal_lock(journal) != LP_OK) {
        return LP_INVALID;
    }

    last = journal->header->filled;
    *end = last - *from <= LP_JOURNAL_SCAN;

    if (!*end) {
        last = *from + LP_JOURNAL_SCAN;
    }

    for (found = 0; *from < last && found < *n; (*from)++) {
        slot = lp_journal_slot(journal, *from + 1);

        if (slot->key_len != 0 && !lp_journal_settled(slot)) {
            lp_journal_copy(&copies[found++], slot);
        }
    }

    *end = *end && *from == last;
    *n = found;

    lp_journal_unlock(journal);

    return LP_OK;
}


/* Never less than was confirmed before: confirmations may come late. */
static void
lp_journal_raise(lp_usage_t *usage, const lp_usage_t *to)
{
    unsigned i;

    for (i = 0; i < LP_USAGE_VALUES; i++) {
        if (usage->n[i] < to->n[i]) {
            usage->n[i] = to->n[i];
        }
    }
}


void
lp_journal_confirm(lp_journal_t *journal, const char *key, size_t len,
                   const lp_usage_t *values)
{
    uint32_t n;

    if (lp_journal_lock(journal) != LP_OK) {
        return;
    }

    n = *lp_journal_link(journal, key, len);

    if (n != 0) {
        lp_journal_raise(&lp_journal_slot(journal, n)->confirmed, values);
    }

    lp_journal_unlock(journal);
}


/* Whether nobody alive adds to an hour before `first`. */
static int
lp_journal_quiet(lp_journal_t *journal, uint32_t first,
                 int (*alive)(uint32_t pid))
{
    uint32_t           i, hour;
    lp_journal_seat_t *seat;

    for (i = 0; i < LP_JOURNAL_SEATS; i++) {
        seat = &journal->header->seats[i];
        hour = __atomic_load_n(&seat->hour, __ATOMIC_SEQ_CST);

        if (hour != 0 && hour < first && seat->pid != 0 && alive(seat->pid)) {
            return 0;
        }
    }

    return 1;
}


static void
lp_journal_prune(lp_journal_t *journal, uint32_t *link)
{
    uint32_t             n;
    lp_journal_slot_t   *slot;
    lp_journal_header_t *header = journal->header;

    while (*link != 0) {
        n = *link;
        slot = lp_journal_slot(journal, n);

        if (slot->hour >= header->first || !lp_journal_settled(slot)) {
            link = &slot->next;
            continue;
        }

        *link = slot->next;
        __atomic_store_n(&slot->key_len, 0, __ATOMIC_RELEASE);
        slot->next = header->free;
        header->free = n;
        header->live--;
    }
}


void
lp_journal_expire(lp_journal_t *journal, uint32_t hour,
                  int (*alive)(uint32_t pid))
{
    uint32_t             n;
    lp_journal_header_t *header = journal->header;

    if (lp_journal_lock(journal) != LP_OK) {
        return;
    }

    if (header->first < hour) {

        /* who comes late shall find an hour that is open */
        (void) lp_journal_hour(journal, hour);
        __atomic_store_n(&header->first, hour, __ATOMIC_SEQ_CST);
    }

    if (lp_journal_quiet(journal, header->first, alive)) {
        for (n = 0; n < LP_JOURNAL_SCAN && n < header->constants.chains; n++) {
            lp_journal_prune(
                journal, &journal->chains[header->sweep++
                                          & (header->constants.chains - 1)]);
        }
    }

    lp_journal_unlock(journal);
}
