/*
 * One blocking connection, for the verbs that run and end.
 */

#include <string.h>

#include "db.h"
#include "log.h"


/* Later keywords win, so conninfo cannot take the search path away. */
PGconn *
pd_db_open(const char *conninfo)
{
    PGconn     *db;
    const char *keywords[] = { "dbname", "application_name", "options", NULL };
    const char *values[] = { conninfo, "partnerd", PD_DB_OPTIONS, NULL };

    db = PQconnectdbParams(keywords, values, 1);

    if (PQstatus(db) != CONNECTION_OK) {
        pd_log(PD_ERROR, "database", "detail", PQerrorMessage(db), NULL);
        PQfinish(db);
        return NULL;
    }

    /* Without DETAIL, which shows the row or the key that was refused. */
    (void) PQsetErrorVerbosity(db, PQERRORS_TERSE);

    return db;
}


/* The message of PostgreSQL is for an operator who runs a verb by hand. */
PGresult *
pd_db_checked(PGconn *db, PGresult *res)
{
    const char    *state;
    ExecStatusType status;

    status = PQresultStatus(res);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
        pd_log(PD_ERROR, "database", "sqlstate", state, "detail",
               pd_log_said(state, PQerrorMessage(db)), NULL);
        PQclear(res);
        return NULL;
    }

    return res;
}


/* Several statements may stand in one text: it is the project's own. */
int
pd_db_run(PGconn *db, const char *sql)
{
    PGresult *res;

    res = pd_db_checked(db, PQexec(db, sql));
    if (res == NULL) {
        return -1;
    }

    PQclear(res);

    return 0;
}


PGresult *
pd_db_query(PGconn *db, const char *sql, int n, const char *const *values)
{
    return pd_db_checked(
        db, PQexecParams(db, sql, n, NULL, values, NULL, NULL, 0));
}


/* An invalid parameter (22023) is a role that is not there; the schema is seen
 * with the role's rights alone. */
int
pd_db_as(PGconn *db, const char *setup)
{
    int         there;
    PGresult   *res;
    const char *state;

    res = PQexec(db, setup);
    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    there = state == NULL || strcmp(state, "22023") != 0;

    if (there) {
        res = pd_db_checked(db, res);
        if (res == NULL) {
            return -1;
        }
        PQclear(res);

        res = pd_db_query(db, "SELECT to_regclass('schema_migrations')", 0,
                          NULL);
        if (res == NULL) {
            return -1;
        }
        there = !PQgetisnull(res, 0, 0);
    }

    PQclear(res);

    if (!there) {
        pd_log(PD_ERROR, "database", "detail",
               "the database has nothing of partnerd: run partnerd migrate",
               NULL);
    }

    return there ? 0 : -1;
}
