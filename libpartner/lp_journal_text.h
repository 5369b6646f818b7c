/*
 * A journal's snapshot: what the platform has not confirmed, as text, so that
 * it can be published after the memory is gone.
 *
 *     partner-journal 1 <incarnation, 16 hexadecimal digits>
 *     <counter> <values, in the order of lp_usage_value_t>
 *     ...
 *     end <how many counters> <CRC-32 of all before this line, 8 digits>
 */

#ifndef LP_JOURNAL_TEXT_H
#define LP_JOURNAL_TEXT_H


#include "lp_journal.h"


/* Takes `len` bytes; anything but LP_OK ends the writing. */
typedef int (*lp_journal_emit_pt)(void *ctx, const char *text, size_t len);

/*
 * A counter whose name is damaged is left out.  Returns LP_OK, or what `emit`
 * returned instead; LP_INVALID, too, if the journal's lock cannot be had: then
 * the text has no end.
 */
int lp_journal_write(lp_journal_t *journal, lp_journal_emit_pt emit,
                     void *ctx);

typedef struct {
    uint64_t incarnation;
    size_t   counters;
    size_t   bytes; /* of a block that holds them */
} lp_journal_snapshot_t;

/* LP_INVALID: the text is no snapshot or is damaged, and `err` says where. */
int lp_journal_check_text(const char *text, size_t len,
                          lp_journal_snapshot_t *snapshot, lp_error_t *err);

/*
 * Puts the counters of a text that was checked into the block.  LP_INVALID: it
 * is too small, or the text was not checked.
 */
int lp_journal_load(lp_journal_t *journal, const char *text, size_t len);


#endif
