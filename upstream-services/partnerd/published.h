/*
 * The head of the audit trail where nobody who writes to the database can
 * reach it: a small JSON file, replaced as a whole.
 */

#ifndef PD_PUBLISHED_H
#define PD_PUBLISHED_H


#include "chain.h"
#include "lp_error.h"


/* LP_INVALID: it is there and is none, or cannot be read.  Where there is no
 * file, LP_OK and position 0. */
int pd_published_read(pd_chain_head_t *head, const char *path,
                      lp_error_t *err);

/* On disk when it returns LP_OK; else the file is as it was. */
int pd_published_write(const pd_chain_head_t *head, const char *path,
                       lp_error_t *err);


#endif
