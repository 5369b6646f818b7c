/*
 * The file of peppers, under which keys are digested: see lp_pepper.h.
 */

#ifndef PD_PEPPER_H
#define PD_PEPPER_H


#include "lp_error.h"
#include "lp_pepper.h"


/*
 * "": there is none, and digests are plain.  The caller frees *peppers.
 * LP_INVALID: the error names the file and the line, and never a pepper.
 */
int pd_pepper_load(lp_peppers_t **peppers, const char *path, lp_error_t *err);


#endif
