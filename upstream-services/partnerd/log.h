/*
 * The log: one JSON object a line on stderr, never a secret nor personal data.
 */

#ifndef PD_LOG_H
#define PD_LOG_H


#define PD_INFO  "info"
#define PD_WARN  "warn"
#define PD_ERROR "error"


/*
 * Pairs of member name and text follow, ended by NULL.  Personal data that has
 * a form of its own (lp_detect.h) is taken out of the texts; a name or a secret
 * has none, so whoever calls must not pass one.
 */
void pd_log(const char *level, const char *event, ...)
    __attribute__((sentinel));

/* The message of an error of PostgreSQL as far as it may be logged: "" where
 * its class is 22 (data exception), whose messages quote the value, which may
 * be a name. */
const char *pd_log_said(const char *sqlstate, const char *message);


#endif
