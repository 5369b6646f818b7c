/*
 * The master keys, under which the keys of data subjects are encrypted: the
 * first of the file seals, all of them open, so that an old and a new one stand
 * side by side while keys are moved from one to the other.
 */

#ifndef PD_MASTER_H
#define PD_MASTER_H


#include "lp_error.h"
#include "subject.h"


/*
 * `master` is the path of a file that is closed to others, with at most
 * PD_MASTERS lines of 64 hexadecimal digits.  A folder that stands under none
 * of them is refused.
 */
int  pd_subjects_open(pd_subjects_t *s, const char *dir, const char *master,
                      lp_error_t *err);
void pd_subjects_wipe(pd_subjects_t *s);

/*
 * The key of a subject, and the number of the master key that its file stands
 * under.  -1, with errno set: ENOENT where there is none, EBADMSG where no
 * master key opens it.
 */
int pd_master_key(const pd_subjects_t *s, const char *id,
                  uint8_t key[PD_BOX_KEY], size_t *under);

/* From now on the folder stands under the first.  -1, with errno set. */
int pd_master_note(const pd_subjects_t *s);


#endif
