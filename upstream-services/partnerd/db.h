/*
 * One blocking connection, for the verbs that run and end.
 */

#ifndef PD_DB_H
#define PD_DB_H


#include <libpq-fe.h>


/* Times in UTC whatever the server's zone; notices are not for a log. */
#define PD_DB_OPTIONS                                                         \
    "-c search_path=partner -c timezone=UTC -c client_min_messages=warning"


/* NULL: it was logged why. */
PGconn *pd_db_open(const char *conninfo);

/* Runs SQL of one or more statements; -1: it was logged. */
int pd_db_run(PGconn *db, const char *sql);

/* The same for what begins with SET ROLE, where partnerd migrate has been. */
int pd_db_as(PGconn *db, const char *setup);

/* The result itself; NULL: it was no good, was logged and is cleared. */
PGresult *pd_db_checked(PGconn *db, PGresult *res);

/* One statement; NULL: it was logged.  The caller clears the result. */
PGresult *pd_db_query(PGconn *db, const char *sql, int n,
                      const char *const *values);


#endif
