/*
 * The layout before this one: its header was the same, its slots had four
 * values and a shorter name.
 */

#include <string.h>
#include <zlib.h>

#include "lp_journal_former.h"
#include "lp_journal_layout.h"


#define LP_JOURNAL_FORMER_KEY    216
#define LP_JOURNAL_FORMER_VALUES 4 /* the first of today's */


typedef struct {
    uint32_t next;
    uint32_t key_len; /* 0: the slot is free */
    uint32_t hour;
    uint32_t unused;
    char     key[LP_JOURNAL_FORMER_KEY];
    uint64_t values[LP_JOURNAL_FORMER_VALUES];
    uint64_t confirmed[LP_JOURNAL_FORMER_VALUES];
} lp_journal_former_t;


static uint32_t
lp_journal_former_layout(void)
{
    return (uint32_t) (sizeof(lp_journal_header_t) << 16
                       ^ sizeof(lp_journal_former_t) << 8
                       ^ sizeof(pthread_mutex_t));
}


/* The slots lay behind the chains then as now. */
static const lp_journal_former_t *
lp_journal_former_slots(const lp_journal_header_t *header)
{
    return (const lp_journal_former_t *) ((const uint32_t *) (header + 1)
                                          + header->constants.chains);
}


int
lp_journal_is_former(const void *mem, size_t size)
{
    uint32_t                      n;
    const lp_journal_header_t    *header = mem;
    const lp_journal_former_t    *slots;
    const lp_journal_constants_t *constants = &header->constants;

    if (size < LP_JOURNAL_MIN
        || memcmp(constants->magic, LP_JOURNAL_MAGIC, sizeof(constants->magic))
               != 0
        || constants->layout != lp_journal_former_layout()
        || constants->crc
               != (uint32_t) crc32(0, (const Bytef *) constants,
                                   offsetof(lp_journal_constants_t, crc))
        || (size - sizeof(*header)) / sizeof(uint32_t) < constants->chains) {
        return 0;
    }

    size -= sizeof(*header) + constants->chains * sizeof(uint32_t);

    if (size / sizeof(*slots) < constants->slots
        || header->filled > constants->slots) {
        return 0;
    }

    slots = lp_journal_former_slots(header);

    for (n = 0; n < header->filled; n++) {
        if (slots[n].key_len > LP_JOURNAL_FORMER_KEY) {
            return 0;
        }
    }

    return 1;
}


const lp_journal_identity_t *
lp_journal_former_identity(const void *mem)
{
    const lp_journal_header_t *header = mem;

    return &header->constants.identity;
}


int
lp_journal_former_used(const void *mem, int (*alive)(uint32_t pid))
{
    uint32_t                   i;
    const lp_journal_header_t *header = mem;

    for (i = 0; i < LP_JOURNAL_SEATS; i++) {
        if (header->seats[i].pid != 0 && alive(header->seats[i].pid)) {
            return 1;
        }
    }

    return 0;
}


size_t
lp_journal_former_need(const void *mem)
{
    const lp_journal_header_t *header = mem;

    return lp_journal_need(header->filled);
}


int
lp_journal_former_take(lp_journal_t *journal, const void *mem)
{
    uint32_t                   i, n;
    lp_usage_t                 values = { .n = { 0 } };
    lp_usage_t                 confirmed = { .n = { 0 } };
    const lp_journal_former_t *slot;
    const lp_journal_header_t *header = mem;

    slot = lp_journal_former_slots(header);

    for (i = 0; i < header->filled; i++, slot++) {

        if (slot->key_len == 0) {
            continue;
        }

        n = lp_journal_find(journal, slot->hour, slot->key, slot->key_len);

        if (n == 0) {
            return LP_INVALID;
        }

        memcpy(values.n, slot->values, sizeof(slot->values));
        memcpy(confirmed.n, slot->confirmed, sizeof(slot->confirmed));
        lp_journal_raise(&lp_journal_slot(journal, n)->values, &values);
        lp_journal_raise(&lp_journal_slot(journal, n)->confirmed, &confirmed);
    }

    return LP_OK;
}
