/*
 * The usage journal: counters in a block of memory that several processes
 * share and that may outlive all of them.
 *
 * A counter is named by the text that it is published under, stands in a slot,
 * and only grows.  Adding is lock-free; everything that finds, makes or frees
 * a slot takes the block's own lock, which the kernel releases when its holder
 * dies (a robust mutex, POSIX.1-2008).  A slot is freed once the platform has
 * confirmed it and its hour is past.
 *
 * The block's owner maps it, says who is alive and what hour it is.
 */

#ifndef LP_JOURNAL_H
#define LP_JOURNAL_H


#include <stddef.h>
#include <stdint.h>

#include "lp_error.h"


#define LP_JOURNAL_KEY   232   /* bytes of a counter's name, at most */
#define LP_JOURNAL_MIN   65536 /* bytes of a block, at least */
#define LP_JOURNAL_ALIGN 64   /* bytes of a cache line, where a block begins */
#define LP_JOURNAL_SEATS 256  /* processes that add without a lock */
#define LP_JOURNAL_SCAN  1024 /* slots or chains looked at under one lock */
#define LP_JOURNAL_AHEAD 1    /* hours by which a clock may have gone back */


/* Whose counters these are; another identity must not count in them. */
typedef struct {
    uint64_t incarnation; /* names them among all gateways and lives */
    uint8_t  machine[16];
    uint8_t  boot[16];
    uint64_t device; /* of the file that holds the block, 0: none does */
    uint64_t inode;
} lp_journal_identity_t;

/* What a counter counts, in the order in which it is told. */
typedef enum {
    LP_USAGE_CALLS = 0,
    LP_USAGE_REQUEST_BYTES,
    LP_USAGE_RESPONSE_BYTES,
    LP_USAGE_UPSTREAM_US,
    LP_USAGE_PROMISED, /* calls that the tier's promise is about */
    LP_USAGE_IN_TIME,  /* of these, answered well within its latency */
    LP_USAGE_VALUES
} lp_usage_value_t;

typedef struct {
    uint64_t n[LP_USAGE_VALUES];
} lp_usage_t;

/* A counter as it stood when it was copied. */
typedef struct {
    uint32_t   key_len;
    char       key[LP_JOURNAL_KEY];
    lp_usage_t values;
} lp_journal_copy_t;

typedef struct {
    uint32_t live; /* counters */
    uint32_t size; /* for how many there is room */
} lp_journal_fill_t;

typedef struct lp_journal_header_s lp_journal_header_t;
typedef struct lp_journal_slot_s   lp_journal_slot_t;

struct timespec;

/* One process's view of the block; copied freely within the process. */
typedef struct {
    lp_journal_header_t *header;
    uint32_t            *chains;
    lp_journal_slot_t   *slots;
} lp_journal_t;


/*
 * Lays out `size` zeroed bytes, at least LP_JOURNAL_MIN, for this identity.
 * LP_INVALID: they are too few, or begin within a cache line, or the system
 * gives no robust mutex.
 */
int lp_journal_format(void *mem, size_t size,
                      const lp_journal_identity_t *identity);

/*
 * A view of a block that lp_journal_format() laid out, perhaps in another
 * life.  LP_INVALID: it is no such block or is damaged, and `err` says how;
 * nothing in it was changed then.
 */
int lp_journal_open(lp_journal_t *journal, void *mem, size_t size,
                    lp_error_t *err);

/*
 * Whether one may count in the block by a clock that shows this hour since the
 * epoch.  LP_INVALID: it has closed the hour that it counts in, or is more than
 * LP_JOURNAL_AHEAD ahead of the clock, and `err` says so; its counters are as
 * good as before.
 */
int lp_journal_check_hour(const lp_journal_t *journal, uint32_t clock,
                          lp_error_t *err);

/*
 * Sets right what a process that died has left.  Others may use the block
 * meanwhile, and hold its lock while they look at some hundred kilobytes of
 * it.  LP_INVALID: it could not be had until then (CLOCK_REALTIME), so a
 * stopped process holds it, or it is damaged.
 */
int lp_journal_recover(lp_journal_t *journal, const struct timespec *until);

/*
 * For a block of another identity that nobody has mapped: it keeps its
 * incarnation and its counters, its lock is new, and nobody is seated.
 * LP_INVALID: the system gives no robust mutex, and nobody may use the block.
 */
int lp_journal_adopt(lp_journal_t                *journal,
                     const lp_journal_identity_t *identity);

const lp_journal_identity_t *lp_journal_identity(const lp_journal_t *journal);


/*
 * A process takes a seat before it adds, and leaves it.  `alive` tells whether
 * a process is; the seats of others are free.  LP_INVALID: there is none, and
 * `*seat` is LP_JOURNAL_SEATS, which stands for all who have none: they add
 * under the lock.
 */
int  lp_journal_sit(lp_journal_t *journal, uint32_t       pid,
                    int (*alive)(uint32_t pid), uint32_t *seat);
void lp_journal_leave(lp_journal_t *journal, uint32_t seat);

/*
 * The process adds nothing right now.  It says so from time to time, because
 * nothing is freed of an hour that somebody alive has added to since.
 */
void lp_journal_rest(lp_journal_t *journal, uint32_t seat);

/*
 * The hour to count in, in whole hours since the epoch: the clock's, or a later
 * one that somebody has counted in already.
 */
uint32_t lp_journal_hour(lp_journal_t *journal, uint32_t clock);

/* The slot of a counter of this hour, made if need be; 0: there is no room. */
uint32_t lp_journal_find(lp_journal_t *journal, uint32_t hour, const char *key,
                         size_t len);

/*
 * Seats are not locked: one process adds with its own.  Each value that is not
 * zero costs a locked addition, all on one cache line.
 * LP_INVALID: the hour is closed, and the slot may be another counter's by now,
 * or the lock cannot be had; nothing was added.
 */
int lp_journal_add(lp_journal_t *journal, uint32_t seat, uint32_t slot,
                   uint32_t hour, const lp_usage_t *add);


/*
 * Copies counters that the platform has not confirmed, from slot `*from` on,
 * and moves `*from` on by LP_JOURNAL_SCAN slots at most.  `*n` is for how many
 * there is room, and then how many there were; `*end` is set once all slots
 * were looked at.  LP_INVALID: the lock cannot be had, and nobody knows.
 */
int lp_journal_pending(lp_journal_t *journal, uint32_t *from,
                       lp_journal_copy_t *copies, size_t *n, int *end);

/*
 * The platform holds at least these values of the counter.  What is lost here,
 * because the lock cannot be had, is published and confirmed once more.
 */
void lp_journal_confirm(lp_journal_t *journal, const char *key, size_t len,
                        const lp_usage_t *values);

/*
 * Closes the hours before `hour` when nobody alive may be adding to one of
 * them, see lp_journal_rest(), and frees what is confirmed of closed hours,
 * some slots at each call.
 */
void lp_journal_expire(lp_journal_t *journal, uint32_t hour,
                       int (*alive)(uint32_t pid));

/* Read without the lock, so from a moment ago. */
lp_journal_fill_t lp_journal_fill(const lp_journal_t *journal);


#endif
