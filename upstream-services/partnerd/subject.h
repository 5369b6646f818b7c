/*
 * The keys of personal data: one a data subject, each a file of its own in a
 * folder that no backup of the database holds, encrypted under one master key
 * that lies elsewhere.  Destroying a subject's key erases the subject from
 * tables, audit trail and backups at once.
 *
 * Keys are read each time and never kept: one that was destroyed is gone for
 * every process on the same day.
 */

#ifndef PD_SUBJECT_H
#define PD_SUBJECT_H


#include "box.h"


#define PD_MASTERS        4         /* keys of one --master-key */
#define PD_SUBJECT_LEN    36        /* a UUID */
#define PD_SUBJECT_NEW    ".new"    /* behind a name: not in its place yet */
#define PD_SUBJECT_ERASED ".erased" /* nor any more: about to be destroyed */
#define PD_SUBJECT_LEFT   sizeof(PD_SUBJECT_ERASED)  /* the longest of these */
#define PD_SUBJECT_BOX    (PD_BOX_HEAD + PD_BOX_KEY) /* bytes of a file */

typedef struct {
    const char *dir;                         /* the caller's */
    uint8_t masters[PD_MASTERS][PD_BOX_KEY]; /* the first seals, all open */
    size_t  nmasters;
} pd_subjects_t;

typedef enum {
    PD_SUBJECT_KNOWN = 0,
    PD_SUBJECT_GONE, /* erased, or never there */
    PD_SUBJECT_ERROR /* it was logged why */
} pd_subject_t;


/* A new subject: its key, and the box that a file of the subject's name must
 * hold on disk before a row that needs the key is committed.  -1: it was logged
 * why. */
int pd_subject_make(const pd_subjects_t *s, char id[PD_SUBJECT_LEN + 1],
                    uint8_t key[PD_BOX_KEY], uint8_t box[PD_SUBJECT_BOX]);

/* Logs why it cannot be kept. */
void pd_subject_unkept(const char *id, int error);

/* Reads and opens the file of a subject.  `key` is the caller's to wipe, and
 * set where it is PD_SUBJECT_KNOWN alone; PD_SUBJECT_ERROR was logged. */
pd_subject_t pd_subject_key(const pd_subjects_t *s, const char *id,
                            uint8_t key[PD_BOX_KEY]);

/* One that nothing was sealed under: if it comes back after a crash, it opens
 * nothing. */
void pd_subject_drop(const pd_subjects_t *s, const char *id);

/* For good, and on disk; needs no master key.  Of what is not there, 0 too;
 * -1: it was logged why. */
int pd_subject_destroy(const char *dir, const char *id);


#endif
