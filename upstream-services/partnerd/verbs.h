/*
 * The verbs of partnerd: each returns the exit status.
 */

#ifndef PD_VERBS_H
#define PD_VERBS_H


#include "options.h"


#define PD_USAGE 2 /* exit status of a wrong command line */


/* Run until SIGTERM or SIGINT ends them. */
int pd_serve(const pd_options_t *o);
int pd_work(const pd_options_t *o);

/* Run to their end, on one blocking connection. */
int pd_migrate(const pd_options_t *o);
int pd_check(const pd_options_t *o);
int pd_check_audit(const pd_options_t *o);
int pd_check_peppers(const pd_options_t *o);
int pd_check_subjects(const pd_options_t *o);

/* What they print is shown once and kept nowhere. */
int pd_operator_key(const pd_options_t *o);
int pd_key(const pd_options_t *o);

int pd_rotate_master_key(const pd_options_t *o);
int pd_report(const pd_options_t *o);

/* Reads stdin, writes stdout, needs neither a database nor a gateway. */
int pd_redact(const pd_options_t *o);


#endif
