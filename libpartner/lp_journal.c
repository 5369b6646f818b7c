/*
 * The journal's block: laid out, opened, and locked.
 */

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "lp_journal_layout.h"


static uint32_t
lp_journal_layout(void)
{
    return (uint32_t) (sizeof(lp_journal_header_t) << 16
                       ^ sizeof(lp_journal_slot_t) << 8
                       ^ sizeof(pthread_mutex_t));
}


static uint32_t
lp_journal_crc(const lp_journal_constants_t *constants)
{
    return (uint32_t) crc32(0, (const Bytef *) constants,
                            offsetof(lp_journal_constants_t, crc));
}


static void
lp_journal_view(lp_journal_t *journal, void *mem)
{
    journal->header = mem;
    journal->chains = (uint32_t *) (journal->header + 1);
    journal->slots
        = (lp_journal_slot_t *) (journal->chains
                                 + journal->header->constants.chains);
}


/* Two slots a chain at most, when all are in use. */
static uint32_t
lp_journal_chains(size_t size)
{
    uint32_t chains;

    for (chains = 16; (size_t) chains * 4 * sizeof(lp_journal_slot_t) <= size
                      && chains < UINT32_C(1) << 30;
         chains *= 2) {
        /* void */
    }

    return chains;
}


static uint32_t
lp_journal_slots(size_t size, uint32_t chains)
{
    size -= sizeof(lp_journal_header_t) + chains * sizeof(uint32_t);
    size /= sizeof(lp_journal_slot_t);

    return size < UINT32_MAX ? (uint32_t) size : UINT32_MAX - 1;
}


/* Chains take less than eight bytes for each slot. */
size_t
lp_journal_need(size_t counters)
{
    return LP_JOURNAL_MIN + 2 * sizeof(lp_journal_header_t)
           + (counters + 1) * (sizeof(lp_journal_slot_t) + 8);
}


static int
lp_journal_new_lock(pthread_mutex_t *lock)
{
    int                 rc;
    pthread_mutexattr_t attr;

    if (pthread_mutexattr_init(&attr) != 0) {
        return LP_INVALID;
    }

    rc = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) == 0
                 && pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST)
                        == 0
                 && pthread_mutex_init(lock, &attr) == 0
             ? LP_OK
             : LP_INVALID;

    (void) pthread_mutexattr_destroy(&attr);

    return rc;
}


int
lp_journal_format(void *mem, size_t size,
                  const lp_journal_identity_t *identity)
{
    lp_journal_header_t    *header = mem;
    lp_journal_constants_t *constants;

    if (size < LP_JOURNAL_MIN || (uintptr_t) mem % LP_JOURNAL_ALIGN != 0
        || lp_journal_new_lock(&header->lock) != LP_OK) {
        return LP_INVALID;
    }

    constants = &header->constants;
    constants->layout = lp_journal_layout();
    constants->chains = lp_journal_chains(size);
    constants->slots = lp_journal_slots(size, constants->chains);
    constants->identity = *identity;

    /* a process that dies before the end leaves no journal */

    memcpy(constants->magic, LP_JOURNAL_MAGIC, sizeof(constants->magic));
    constants->crc = lp_journal_crc(constants);

    return LP_OK;
}


static int
lp_journal_check(const lp_journal_header_t *header, size_t size,
                 lp_error_t *err)
{
    const lp_journal_constants_t *constants = &header->constants;

    if (size < LP_JOURNAL_MIN
        || memcmp(constants->magic, LP_JOURNAL_MAGIC, sizeof(constants->magic))
               != 0) {
        return lp_error(err, "", "is no usage journal");
    }

    if (constants->crc != lp_journal_crc(constants)) {
        return lp_error(err, "", "has a damaged header");
    }

    if (constants->layout != lp_journal_layout()) {
        return lp_error(err, "", "was laid out by another version");
    }

    if (constants->chains != lp_journal_chains(size)
        || constants->slots != lp_journal_slots(size, constants->chains)) {
        return lp_error(err, "", "has %zu bytes, which is not its size", size);
    }

    if (header->filled > constants->slots) {
        return lp_error(err, "", "says that %u of %u slots are in use",
                        header->filled, constants->slots);
    }

    return LP_OK;
}


static int
lp_journal_check_slots(const lp_journal_t *journal, lp_error_t *err)
{
    uint32_t                 n;
    const lp_journal_slot_t *slot;

    for (n = 1; n <= journal->header->filled; n++) {
        slot = lp_journal_slot(journal, n);

        if (slot->key_len > LP_JOURNAL_KEY
            || memchr(slot->key, '\0', slot->key_len) != NULL) {
            return lp_error(err, "", "has a damaged counter in slot %u", n);
        }
    }

    return LP_OK;
}


int
lp_journal_open(lp_journal_t *journal, void *mem, size_t size, lp_error_t *err)
{
    lp_journal_t view;

    if (lp_journal_check(mem, size, err) != LP_OK) {
        return LP_INVALID;
    }

    lp_journal_view(&view, mem);

    if (lp_journal_check_slots(&view, err) != LP_OK) {
        return LP_INVALID;
    }

    *journal = view;

    return LP_OK;
}


int
lp_journal_check_hour(const lp_journal_t *journal, uint32_t clock,
                      lp_error_t *err)
{
    uint32_t first, hour;

    /* who closes raises `hour` first, so it is read last */

    first = __atomic_load_n(&journal->header->first, __ATOMIC_SEQ_CST);
    hour = __atomic_load_n(&journal->header->hour, __ATOMIC_SEQ_CST);

    if (first > hour) {
        return lp_error(err, "",
                        "has closed the hours before %u, and counts in %u",
                        first, hour);
    }

    if (hour > clock && hour - clock > LP_JOURNAL_AHEAD) {
        return lp_error(err, "", "counts in an hour that is %u ahead",
                        hour - clock);
    }

    return LP_OK;
}


static uint32_t
lp_journal_hash(const char *key, size_t len)
{
    return (uint32_t) crc32(0, (const Bytef *) key, (uInt) len);
}


uint32_t *
lp_journal_link(const lp_journal_t *journal, const char *key, size_t len)
{
    uint32_t          *link;
    lp_journal_slot_t *slot;

    link = &journal->chains[lp_journal_hash(key, len)
                            & (journal->header->constants.chains - 1)];

    while (*link != 0) {
        slot = lp_journal_slot(journal, *link);

        if (slot->key_len == len && memcmp(slot->key, key, len) == 0) {
            break;
        }

        link = &slot->next;
    }

    return link;
}


/* A counter stands in one slot; only damage makes two of it. */
static void
lp_journal_merge(lp_journal_slot_t *slot, const lp_journal_slot_t *twin)
{
    unsigned i;

    for (i = 0; i < LP_USAGE_VALUES; i++) {
        slot->values.n[i] += twin->values.n[i];
    }
}


/*
 * Chains and the list of free slots follow from the slots: whoever held the
 * lock may have died between two stores.
 */
static void
lp_journal_relink(lp_journal_t *journal)
{
    uint32_t             n, *link;
    lp_journal_slot_t   *slot;
    lp_journal_header_t *header = journal->header;

    memset(journal->chains, 0, header->constants.chains * sizeof(uint32_t));
    header->free = 0;
    header->live = 0;

    for (n = 1; n <= header->filled; n++) {
        slot = lp_journal_slot(journal, n);

        if (slot->key_len == 0) {
            slot->next = header->free;
            header->free = n;
            continue;
        }

        link = lp_journal_link(journal, slot->key, slot->key_len);

        if (*link != 0) {
            lp_journal_merge(lp_journal_slot(journal, *link), slot);
            slot->key_len = 0;
            slot->next = header->free;
            header->free = n;
            continue;
        }

        slot->next = 0;
        *link = n;
        header->live++;
    }
}


/* `rc` is what taking the lock gave. */
static int
lp_journal_locked(lp_journal_t *journal, int rc)
{
    if (rc == EOWNERDEAD) {
        lp_journal_relink(journal);
        rc = pthread_mutex_consistent(&journal->header->lock);
    }

    return rc == 0 ? LP_OK : LP_INVALID;
}


int
lp_journal_lock(lp_journal_t *journal)
{
    return lp_journal_locked(journal,
                             pthread_mutex_lock(&journal->header->lock));
}


void
lp_journal_unlock(lp_journal_t *journal)
{
    (void) pthread_mutex_unlock(&journal->header->lock);
}


int
lp_journal_recover(lp_journal_t *journal, const struct timespec *until)
{
    int rc;

    rc = pthread_mutex_timedlock(&journal->header->lock, until);

    if (lp_journal_locked(journal, rc) != LP_OK) {
        return LP_INVALID;
    }

    lp_journal_relink(journal);
    lp_journal_unlock(journal);

    return LP_OK;
}


int
lp_journal_adopt(lp_journal_t *journal, const lp_journal_identity_t *identity)
{
    uint64_t                incarnation;
    lp_journal_header_t    *header = journal->header;
    lp_journal_constants_t *constants = &header->constants;

    memset(&header->lock, 0, sizeof(header->lock));
    memset(header->seats, 0, sizeof(header->seats));

    if (lp_journal_new_lock(&header->lock) != LP_OK) {
        return LP_INVALID;
    }

    incarnation = constants->identity.incarnation;
    constants->identity = *identity;
    constants->identity.incarnation = incarnation;
    constants->crc = lp_journal_crc(constants);

    lp_journal_relink(journal);

    return LP_OK;
}


const lp_journal_identity_t *
lp_journal_identity(const lp_journal_t *journal)
{
    return &journal->header->constants.identity;
}


lp_journal_fill_t
lp_journal_fill(const lp_journal_t *journal)
{
    return (lp_journal_fill_t){ journal->header->live,
                                journal->header->constants.slots };
}
