/*
 * The log: one JSON object a line on stderr, never a secret nor personal data.
 */

#ifndef PD_LOG_H
#define PD_LOG_H


#define PD_INFO  "info"
#define PD_WARN  "warn"
#define PD_ERROR "error"


/* Pairs of member name and text follow, ended by NULL. */
void pd_log(const char *level, const char *event, ...)
    __attribute__((sentinel));


#endif
