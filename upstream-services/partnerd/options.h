/*
 * The command line: a verb and options, which have a variable in the
 * environment as well, but for those that are about one run.
 */

#ifndef PD_OPTIONS_H
#define PD_OPTIONS_H


#include <stdio.h>

#include "lp_error.h"


#define PD_VERSION "0.1.0"

#ifndef PARTNERD_SHARE
#define PARTNERD_SHARE "/usr/share/partner-gateway"
#endif


#define PD_TO_LAST "last" /* migration; the default of --to */


/* Strings are static, or the environment's or the command line's. */
typedef struct {
    const char *database; /* conninfo of libpq */
    const char *redis;    /* see lp_redis_address.h; "": none */
    const char *redis_user;
    const char *redis_password; /* path of the file that holds it */
    const char *listen;         /* unix:/path */
    const char *metrics;        /* unix:/path; "": no page */
    const char *contract;       /* folder */
    const char *sql;            /* folder: migrations/ and queries/ */
    const char *report_key;     /* file of private keys; "": none */
    const char *partner;        /* report, redact: whose */
    const char *month;          /* report: YYYY-MM; "": the last one */
    const char *profile;        /* redact: path of the file of rules */
    const char *redact_keys;    /* path of the master keys; "": none */
    const char *audit_head;     /* path of the published head; "": none */
    const char *subject_keys;   /* folder of the keys of personal data */
    const char *master_key;     /* path of the file that holds it */
    const char *key_pepper;     /* path of the file of peppers; "": none */
    const char *to;             /* migrate: a number, or PD_TO_LAST */
    const char *role;           /* of an operator */
    const char *name;           /* of an operator's key */
    long        readers;        /* shared connections of `serve` */
    long        scans;    /* connections that serve one long read at a time */
    long        writers;  /* connections that serve one request at a time */
    long        waiting;  /* requests that may wait for one thing */
    long        deadline; /* milliseconds that a request may take */
    long        dumpable; /* 1: memory may be read, see prctl(2) */
    long        older_than; /* check subjects: minutes */
    unsigned    remove;     /* check subjects: the keys that it finds */
    unsigned    plan;       /* migrate: say, do nothing */
    unsigned    docs;       /* check: print docs/api.md, do nothing else */
} pd_options_t;


/*
 * Defaults, then the environment, then `argv` behind the verb.  LP_INVALID:
 * the error names the option and what is allowed, or the verb that does not
 * take it; a variable that it does not take is passed over.
 */
int pd_options_parse(pd_options_t *o, const char *verb, int argc,
                     char *const argv[], lp_error_t *err);

/* `given` is what the error calls it. */
int pd_option_number(const char *given, const char *value, long low, long high,
                     long *n, lp_error_t *err);

/* What the verb takes; NULL: all, and of which verbs each is. */
void pd_options_help(FILE *out, const char *verb);


#endif
