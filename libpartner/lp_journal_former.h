/*
 * A block that the layout before this one laid out: what it holds is taken over
 * into a block of today's.
 */

#ifndef LP_JOURNAL_FORMER_H
#define LP_JOURNAL_FORMER_H


#include "lp_journal.h"


/* 1: it is whole and of that layout.  Nothing in it is ever changed. */
int lp_journal_is_former(const void *mem, size_t size);

/* Of a block that is. */
const lp_journal_identity_t *lp_journal_former_identity(const void *mem);

/* 1: a process that is alive may still add to it. */
int lp_journal_former_used(const void *mem, int (*alive)(uint32_t pid));

/* Bytes of a block that has room for its counters. */
size_t lp_journal_former_need(const void *mem);

/*
 * Counters that are there and less become what they are in `mem`.  LP_INVALID:
 * there is no room for all.
 */
int lp_journal_former_take(lp_journal_t *journal, const void *mem);


#endif
