/*
 * One migration: a step of the schema forward, and the same step back.
 */

#ifndef PD_MIGRATION_H
#define PD_MIGRATION_H


#include <libpq-fe.h>

#include "lp_digest.h"
#include "lp_error.h"


#define PD_MIGRATION_DIGITS 4 /* 0001_name.sql */


typedef struct {
    const char *name; /* of its file; the caller's */
    long        number;
    char        digits[PD_MIGRATION_DIGITS + 1];
    char        sha256[LP_DIGEST_HEX + 1];
    char       *sql; /* owned */
} pd_migration_t;


/* What fails was logged; the text goes back through pd_migration_free(). */
int  pd_migration_read(pd_migration_t *m, const char *path);
void pd_migration_free(pd_migration_t *m);
int  pd_migration_wrong(const pd_migration_t *m, const char *detail);

/*
 * The number of the last migration in the folder of SQL: what a database must
 * have to serve this version.  LP_INVALID: there is none, see `err`.
 */
int pd_migration_last(const char *sql, char digits[PD_MIGRATION_DIGITS + 1],
                      lp_error_t *err);

/* 1: applied; 0: not; -1: error, or its text has changed since. */
int pd_migration_applied(const pd_migration_t *m, PGconn *db);

/*
 * In a transaction of their own.  DDL is transactional in PostgreSQL: a
 * failure leaves nothing behind, and the connection, with its open
 * transaction, is closed by the caller.
 */
int pd_migration_apply(const pd_migration_t *m, PGconn *db);

/* By the file of the same name in the folder `back`. */
int pd_migration_revert(const pd_migration_t *m, PGconn *db, const char *back);


#endif
