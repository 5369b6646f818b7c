/*
 * The command that tells the platform what usage counters a journal has.
 */

#ifndef NGX_PARTNER_HSET_H
#define NGX_PARTNER_HSET_H


#include "ngx_partner_counter.h"
#include "ngx_partner_journal.h"


#define NGX_PARTNER_HASH 48 /* "partner:confirmed:" and the incarnation */

#define NGX_PARTNER_HSET_COUNTERS 64 /* in one command */


/* The command's words, and the memory that they stand in. */
typedef struct {
    int               argc;
    const char       *argv[2 + 2 * NGX_PARTNER_HSET_COUNTERS];
    size_t            lens[2 + 2 * NGX_PARTNER_HSET_COUNTERS];
    u_char            key[NGX_PARTNER_HASH];
    lp_journal_copy_t counters[NGX_PARTNER_HSET_COUNTERS];
    u_char values[NGX_PARTNER_HSET_COUNTERS][NGX_PARTNER_COUNTER_VALUE];
} ngx_partner_hset_t;


/* The key of the journal's hash of that kind; returns its length. */
size_t ngx_partner_hash_name(const ngx_partner_journal_t *journal,
                             u_char key[NGX_PARTNER_HASH], const char *kind);

/*
 * One look at the journal from slot `*from` on, which is bounded, and an HSET
 * of what it found.  NGX_AGAIN: that was nothing, there is more to look at.
 * NGX_DONE: that was all.  NGX_ERROR: the journal's lock cannot be had.
 */
ngx_int_t ngx_partner_hset_look(ngx_partner_hset_t    *hset,
                                ngx_partner_journal_t *journal, uint32_t *from,
                                ngx_log_t *log);


#endif
