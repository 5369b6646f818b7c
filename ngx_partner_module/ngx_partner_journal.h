/*
 * Where usage is counted: in a journal on tmpfs that outlives every process,
 * or in the zone where none is configured.  Beside the one that is counted in
 * there may be those of former lives, which are published until the platform
 * has confirmed all of them.
 */

#ifndef NGX_PARTNER_JOURNAL_H
#define NGX_PARTNER_JOURNAL_H


#include <ngx_config.h>
#include <ngx_core.h>

#include <glob.h>

#include "../libpartner/lp_journal.h"
#include "ngx_partner_alive.h"


#define NGX_PARTNER_JOURNALS 17 /* more former lives wait for a later start */


typedef struct {
    ngx_str_t    path;      /* of the file, which is mapped; ends in a zero */
    ngx_str_t    snapshots; /* directory, ends in a zero; len 0: none */
    size_t       size;      /* of a new file, bytes */
    ngx_msec_t   interval;  /* between snapshots */
    ngx_cycle_t *cycle;     /* whose user owns the files */
} ngx_partner_journal_conf_t;

typedef struct {
    lp_journal_t counters;
    void        *mem; /* NULL: it belongs to the zone */
    size_t       size;
    u_char       node[16];  /* the incarnation in hexadecimal */
    unsigned     saved : 1; /* a snapshot of it may be there */
} ngx_partner_journal_t;

typedef struct {
    const ngx_partner_journal_conf_t *conf; /* NULL: in the zone */
    ngx_uint_t                        n;
    ngx_partner_journal_t journals[NGX_PARTNER_JOURNALS]; /* first: the live */
} ngx_partner_journals_t;


/* The live journal is a part of the zone, laid out already. */
ngx_int_t ngx_partner_journals_in_zone(ngx_partner_journals_t *journals,
                                       u_char *mem, size_t size,
                                       ngx_log_t *log);

/*
 * Opens or makes the file, and takes in what former lives have left: files
 * beside it and snapshots.  What is damaged is set aside with an alarm, never
 * written over.  Runs in the master, before its workers.
 */
ngx_int_t ngx_partner_journals_open(ngx_partner_journals_t           *journals,
                                    const ngx_partner_journal_conf_t *conf,
                                    ngx_log_t                        *log);

/* A pool cleanup: unmaps what was mapped. */
void ngx_partner_journals_close(void *data);


/* ---- snapshots: ngx_partner_snapshot.c ---- */

/*
 * Writes what is unconfirmed of every journal to disk, and removes what is left
 * of those that have nothing more to tell.  Runs where it may block.
 */
void ngx_partner_snapshot_write(ngx_partner_journals_t *journals,
                                ngx_log_t              *log);

/*
 * Makes journals beside `conf->path` of snapshots that have none; `live` is
 * whose snapshot is left alone.
 */
void ngx_partner_snapshot_restore(const ngx_partner_journal_conf_t *conf,
                                  uint64_t live, ngx_log_t *log);


/* ---- files: ngx_partner_journal_file.c ---- */

typedef struct {
    void  *mem;
    size_t size;
} ngx_partner_mapping_t;

/*
 * Maps the file for reading and writing.  NGX_DECLINED: there is none.
 * NGX_ERROR: it cannot be used, or belongs to somebody who may not write it;
 * that is logged.
 */
ngx_int_t ngx_partner_file_map(const char *path, ngx_partner_mapping_t *file,
                               lp_journal_identity_t            *identity,
                               const ngx_partner_journal_conf_t *conf,
                               ngx_log_t                        *log);

/* Puts into a new journal what it begins with; LP_OK or not. */
typedef int (*ngx_partner_journal_fill_pt)(lp_journal_t *counters,
                                           const void   *data);

/*
 * Makes a file of `size` bytes and maps it; `fill` may be NULL.  It gets the
 * name, of another if there is one, once it is whole.  `identity` learns its
 * device and inode, and has the rest.  NGX_ERROR: that is logged, and there is
 * no file and no mapping.
 */
ngx_int_t ngx_partner_journal_make(const char *path, size_t size,
                                   lp_journal_identity_t            *identity,
                                   ngx_partner_journal_fill_pt       fill,
                                   const void                       *data,
                                   const ngx_partner_journal_conf_t *conf,
                                   ngx_partner_mapping_t            *file,
                                   lp_journal_t *counters, ngx_log_t *log);

/*
 * The files whose name is `path`, as it stands, and a pattern of glob(7).
 * NGX_OK: globfree() is the caller's.  NGX_DECLINED: there is none.
 */
ngx_int_t ngx_partner_file_find(const ngx_str_t *path, const char *pattern,
                                glob_t *found);

/*
 * Moves what cannot be read out of the way, and says so.  NGX_DECLINED: so that
 * the file is there no more.  NGX_ERROR: it still is.
 */
ngx_int_t ngx_partner_file_set_aside(const char *path, const char *why,
                                     ngx_log_t *log);

/* Machine and boot that this process runs on. */
ngx_int_t ngx_partner_file_here(lp_journal_identity_t *identity,
                                ngx_log_t             *log);


#endif
