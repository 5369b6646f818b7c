/*
 * How a journal's block is laid out; only the lp_journal_*.c files know.
 *
 *     header | seats | chains | slots
 *
 * Everything is addressed by number, so a block may be mapped anywhere.
 */

#ifndef LP_JOURNAL_LAYOUT_H
#define LP_JOURNAL_LAYOUT_H


#include <pthread.h>

#include "lp_journal.h"


#define LP_JOURNAL_MAGIC "PGWJRNL1"


/* What never changes once the block is laid out; `crc` covers the rest. */
typedef struct {
    char                  magic[8];
    uint32_t              layout; /* sizes of the structures, in one number */
    uint32_t              chains; /* a power of two */
    uint32_t              slots;
    lp_journal_identity_t identity;
    uint32_t              crc;
} lp_journal_constants_t;

/* On a cache line of its own: each process reads its seat at every call. */
typedef struct {
    uint32_t pid;  /* 0: free */
    uint32_t hour; /* that it may be adding to, 0: none */
    uint8_t  pad[56];
} lp_journal_seat_t;

/*
 * Written under the lock: chains, links, names and hours of slots, what of them
 * is confirmed, who sits where, `filled`, `free`, `live`, `sweep` and `first`.
 * Written without it, atomically: `hour`, which only grows; the hour of a seat,
 * by who sits there; a slot's values, by whoever has said there that its hour
 * is open (lp_journal_count.c).
 *
 * Whether a slot is a counter `key_len` says alone: it is written behind all
 * else when one is made, and chains and free slots follow from it, so that a
 * holder of the lock may die at any store.
 */
struct lp_journal_header_s {
    lp_journal_constants_t constants;
    pthread_mutex_t        lock;
    uint32_t               hour;   /* the latest that was counted in */
    uint32_t               first;  /* hours before it are closed */
    uint32_t               filled; /* slots ever used */
    uint32_t               free;   /* number of the first free one below */
    uint32_t               live;
    uint32_t               sweep; /* the chain that is freed from next */
    lp_journal_seat_t      seats[LP_JOURNAL_SEATS]
        __attribute__((aligned(LP_JOURNAL_ALIGN)));
};

/*
 * Slots are numbered from 1; 0 ends a chain.  What each call adds to is on one
 * cache line.
 */
struct lp_journal_slot_s {
    lp_usage_t values;
    uint32_t   next;
    uint32_t   key_len; /* 0: the slot is free */
    uint32_t   hour;
    uint32_t   unused;
    char       key[LP_JOURNAL_KEY];
    lp_usage_t confirmed;
} __attribute__((aligned(64)));


static inline lp_journal_slot_t *
lp_journal_slot(const lp_journal_t *journal, uint32_t n)
{
    return &journal->slots[n - 1];
}


/* Bytes of a block that has room for so many counters. */
size_t lp_journal_need(size_t counters);

/* LP_INVALID: the lock cannot be had, and nothing may be touched. */
int  lp_journal_lock(lp_journal_t *journal);
void lp_journal_unlock(lp_journal_t *journal);

/* The link that leads to the counter, or the one that ends its chain. */
uint32_t *lp_journal_link(const lp_journal_t *journal, const char *key,
                          size_t len);


#endif
