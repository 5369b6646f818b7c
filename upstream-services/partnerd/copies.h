/*
 * Copies of one request that are here at once: the first goes on, the others
 * wait until it is over.  This spares what a copy costs; that there is one
 * effect is PostgreSQL's to keep, among several processes too.
 */

#ifndef PD_COPIES_H
#define PD_COPIES_H


#include <sys/queue.h>


#define PD_COPIES_BUCKETS 256


typedef struct pd_copy_s pd_copy_t;

STAILQ_HEAD(pd_waiting_s, pd_copy_s);
LIST_HEAD(pd_firsts_s, pd_copy_s);

/* The caller's, from enter to leave. */
struct pd_copy_s {
    const char *key;         /* in hexadecimal, of a digest; the caller's */
    void (*over)(void *ctx); /* the first one is; for those that wait */
    void *ctx;

    LIST_ENTRY(pd_copy_s) first; /* from here on the table's */
    STAILQ_ENTRY(pd_copy_s) link;
    struct pd_copies_s *table;
    struct pd_waiting_s waiting;
    unsigned            leads;
};

/* Zeroed but for `most`: empty.  By the first byte of the digest, which
 * spreads evenly. */
typedef struct pd_copies_s {
    struct pd_firsts_s buckets[PD_COPIES_BUCKETS];
    unsigned           waiting; /* of all keys */
    unsigned           most;    /* that may */
} pd_copies_t;


/* 1: it is the first of its key; 0: `over` will be called, once; -1: too many
 * wait. */
int pd_copies_enter(pd_copies_t *c, pd_copy_t *copy);

/* The first one is over, or was never in it: those that waited are told, and
 * none of them is in it any more. */
void pd_copies_leave(pd_copy_t *copy);


#endif
