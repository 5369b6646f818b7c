/*
 * Counting: who adds says first, in its seat, to which hour, and looks then
 * whether that is still open; who closes an hour does it the other way round.
 * So a slot is never freed under somebody's hands (Dekker, 1965; the order of
 * the two stores and loads needs sequential consistency, which costs a locked
 * instruction).  What was said holds until another hour is said or the process
 * rests, so that a busy one says it ten times a second and not at each call.
 */

#include <string.h>

#include "lp_journal_layout.h"


/*
 * Under the lock: nobody is in seats of the dead, nor in one of who had this
 * pid before.  At once, and not when a seat is needed: as soon as the pid is a
 * living process again, what the dead one said of its hour would hold.
 */
static void
lp_journal_vacate(lp_journal_t *journal, uint32_t pid,
                  int (*alive)(uint32_t pid))
{
    uint32_t           i;
    lp_journal_seat_t *seat;

    for (i = 0; i < LP_JOURNAL_SEATS; i++) {
        seat = &journal->header->seats[i];

        if (seat->pid != 0 && (seat->pid == pid || !alive(seat->pid))) {
            __atomic_store_n(&seat->hour, 0, __ATOMIC_SEQ_CST);
            __atomic_store_n(&seat->pid, 0, __ATOMIC_SEQ_CST);
        }
    }
}


int
lp_journal_sit(lp_journal_t *journal, uint32_t pid, int (*alive)(uint32_t pid),
               uint32_t *seat)
{
    uint32_t           i;
    lp_journal_seat_t *seats = journal->header->seats;

    *seat = LP_JOURNAL_SEATS;

    if (lp_journal_lock(journal) != LP_OK) {
        return LP_INVALID;
    }

    lp_journal_vacate(journal, pid, alive);

    for (i = 0; i < LP_JOURNAL_SEATS && seats[i].pid != 0; i++) {
        /* void */
    }

    if (i < LP_JOURNAL_SEATS) {
        __atomic_store_n(&seats[i].hour, 0, __ATOMIC_SEQ_CST);
        seats[i].pid = pid;
        *seat = i;
    }

    lp_journal_unlock(journal);

    return i < LP_JOURNAL_SEATS ? LP_OK : LP_INVALID;
}


void
lp_journal_leave(lp_journal_t *journal, uint32_t seat)
{
    if (seat < LP_JOURNAL_SEATS) {
        __atomic_store_n(&journal->header->seats[seat].pid, 0,
                         __ATOMIC_SEQ_CST);
    }
}


uint32_t
lp_journal_hour(lp_journal_t *journal, uint32_t clock)
{
    uint32_t hour;

    hour = __atomic_load_n(&journal->header->hour, __ATOMIC_RELAXED);

    while (hour < clock
           && !__atomic_compare_exchange_n(&journal->header->hour, &hour,
                                           clock, 0, __ATOMIC_SEQ_CST,
                                           __ATOMIC_RELAXED)) {
        /* void */
    }

    return hour < clock ? clock : hour;
}


/* The number of a free slot; 0: there is none. */
static uint32_t
lp_journal_claim(lp_journal_t *journal)
{
    uint32_t             n;
    lp_journal_header_t *header = journal->header;

    n = header->free;

    if (n != 0) {
        header->free = lp_journal_slot(journal, n)->next;
        return n;
    }

    if (header->filled == header->constants.slots) {
        return 0;
    }

    return ++header->filled;
}


/* What is written last makes it a counter: see lp_journal_relink(). */
static void
lp_journal_fill_slot(lp_journal_slot_t *slot, uint32_t hour, const char *key,
                     size_t len)
{
    memset(slot, 0, sizeof(lp_journal_slot_t));
    memcpy(slot->key, key, len);
    slot->hour = hour;
    __atomic_store_n(&slot->key_len, (uint32_t) len, __ATOMIC_RELEASE);
}


uint32_t
lp_journal_find(lp_journal_t *journal, uint32_t hour, const char *key,
                size_t len)
{
    uint32_t *link, n;

    if (len == 0 || len > LP_JOURNAL_KEY
        || lp_journal_lock(journal) != LP_OK) {
        return 0;
    }

    link = lp_journal_link(journal, key, len);
    n = *link;

    if (n == 0) {
        n = lp_journal_claim(journal);

        if (n != 0) {
            lp_journal_fill_slot(lp_journal_slot(journal, n), hour, key, len);
            *link = n;
            journal->header->live++;
        }
    }

    lp_journal_unlock(journal);

    return n;
}


void
lp_journal_rest(lp_journal_t *journal, uint32_t seat)
{
    if (seat < LP_JOURNAL_SEATS) {
        __atomic_store_n(&journal->header->seats[seat].hour, 0,
                         __ATOMIC_RELEASE);
    }
}


/* Nobody else writes there. */
static uint32_t
lp_journal_said(const lp_journal_t *journal, uint32_t seat)
{
    return __atomic_load_n(&journal->header->seats[seat].hour,
                           __ATOMIC_RELAXED);
}


static int
lp_journal_say(lp_journal_t *journal, uint32_t seat, uint32_t hour)
{
    __atomic_store_n(&journal->header->seats[seat].hour, hour,
                     __ATOMIC_SEQ_CST);

    if (hour >= __atomic_load_n(&journal->header->first, __ATOMIC_SEQ_CST)) {
        return LP_OK;
    }

    lp_journal_rest(journal, seat);

    return LP_INVALID;
}


/* A locked addition of nothing costs what one of something does. */
static void
lp_journal_grow(uint64_t *counter, uint64_t by)
{
    if (by != 0) {
        (void) __atomic_fetch_add(counter, by, __ATOMIC_RELAXED);
    }
}


static inline void
lp_journal_grow_all(lp_journal_t *journal, uint32_t slot,
                    const lp_usage_t *add)
{
    uint64_t *n;

    n = lp_journal_slot(journal, slot)->values.n;

    lp_journal_grow(&n[LP_USAGE_CALLS], add->n[LP_USAGE_CALLS]);
    lp_journal_grow(&n[LP_USAGE_REQUEST_BYTES],
                    add->n[LP_USAGE_REQUEST_BYTES]);
    lp_journal_grow(&n[LP_USAGE_RESPONSE_BYTES],
                    add->n[LP_USAGE_RESPONSE_BYTES]);
    lp_journal_grow(&n[LP_USAGE_UPSTREAM_US], add->n[LP_USAGE_UPSTREAM_US]);
    lp_journal_grow(&n[LP_USAGE_PROMISED], add->n[LP_USAGE_PROMISED]);
    lp_journal_grow(&n[LP_USAGE_IN_TIME], add->n[LP_USAGE_IN_TIME]);
}


/* Nothing is closed or freed while the lock is held. */
static int
lp_journal_add_standing(lp_journal_t *journal, uint32_t slot, uint32_t hour,
                        const lp_usage_t *add)
{
    int rc;

    if (lp_journal_lock(journal) != LP_OK) {
        return LP_INVALID;
    }

    rc = hour >= journal->header->first ? LP_OK : LP_INVALID;

    if (rc == LP_OK) {
        lp_journal_grow_all(journal, slot, add);
    }

    lp_journal_unlock(journal);

    return rc;
}


int
lp_journal_add(lp_journal_t *journal, uint32_t seat, uint32_t slot,
               uint32_t hour, const lp_usage_t *add)
{
    if (seat == LP_JOURNAL_SEATS) {
        return lp_journal_add_standing(journal, slot, hour, add);
    }

    if (lp_journal_said(journal, seat) != hour
        && lp_journal_say(journal, seat, hour) != LP_OK) {
        return LP_INVALID;
    }

    lp_journal_grow_all(journal, slot, add);

    return LP_OK;
}
