/*
 * Reads a migration, and takes the schema over it in either direction.
 */

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "file.h"
#include "log.h"
#include "migration.h"


#define PD_MIGRATION_TRIES 60
#define PD_MIGRATION_PAUSE 1000 /* milliseconds */


int
pd_migration_wrong(const pd_migration_t *m, const char *detail)
{
    pd_log(PD_ERROR, "migrate", "migration", m->name, "detail", detail, NULL);

    return -1;
}


/*
 * Of the text, not of the file: the name may be mended, what was applied may
 * not.
 */
static int
pd_migration_digest(pd_migration_t *m)
{
    uint8_t digest[LP_DIGEST_LEN];

    if (lp_digest_once(m->sql, strlen(m->sql), digest) != LP_OK) {
        return pd_migration_wrong(m, "no SHA-256");
    }

    lp_digest_to_hex(digest, m->sha256);

    return 0;
}


/* The digest shows a migration that was changed after it was applied. */
int
pd_migration_read(pd_migration_t *m, const char *path)
{
    int        i;
    lp_error_t err;

    *m = (pd_migration_t){ .name = pd_file_name(path) };

    for (i = 0; i < PD_MIGRATION_DIGITS; i++) {
        if (!isdigit((unsigned char) m->name[i])) {
            return pd_migration_wrong(m, "the name is not NNNN_name.sql");
        }
        m->digits[i] = m->name[i];
    }

    m->number = strtol(m->digits, NULL, 10);
    m->sql = pd_file_read(path, &err);

    return m->sql == NULL ? pd_migration_wrong(m, err.text)
                          : pd_migration_digest(m);
}


/* Names and digits are of the path and of the structure. */
void
pd_migration_free(pd_migration_t *m)
{
    free(m->sql);
    m->sql = NULL;
}


int
pd_migration_last(const char *sql, char digits[PD_MIGRATION_DIGITS + 1],
                  lp_error_t *err)
{
    int        rc;
    char       dir[4096];
    pd_files_t files;

    (void) snprintf(dir, sizeof(dir), "%s/migrations", sql);
    rc = pd_files_list(&files, dir, ".sql", err);

    if (rc == LP_OK && files.n == 0) {
        rc = lp_error(err, "", "%s has no migration", dir);
    }

    if (rc == LP_OK) {
        (void) snprintf(digits, PD_MIGRATION_DIGITS + 1, "%.*s",
                        PD_MIGRATION_DIGITS,
                        pd_file_name(files.paths[files.n - 1]));
    }

    pd_files_free(&files);

    return rc;
}


int
pd_migration_applied(const pd_migration_t *m, PGconn *db)
{
    int         rc;
    PGresult   *res;
    const char *values[] = { m->digits };

    res = pd_db_query(db,
                      "SELECT sha256 FROM schema_migrations "
                      "WHERE number = $1::integer",
                      1, values);
    if (res == NULL) {
        return -1;
    }

    rc = PQntuples(res);

    if (rc > 0 && strcmp(PQgetvalue(res, 0, 0), m->sha256) != 0) {
        rc = pd_migration_wrong(m, "was applied with another text; "
                                   "write a new migration instead");
    }

    PQclear(res);

    return rc;
}


/* 1: somebody holds a lock that it needs (55P03), and nothing was done. */
static int
pd_migration_try(PGconn *db, const char *sql)
{
    PGresult   *res;
    const char *state;

    if (pd_db_run(db, "BEGIN; SET LOCAL lock_timeout = '1s'") != 0) {
        return -1;
    }

    res = PQexec(db, sql);
    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    if (state != NULL && strcmp(state, "55P03") == 0) {
        PQclear(res);
        return pd_db_run(db, "ROLLBACK") == 0 ? 1 : -1;
    }

    res = pd_db_checked(db, res);
    PQclear(res);

    return res == NULL ? -1 : 0;
}


/* Behind a statement that waits for the lock of a table all others wait for
 * that table: so it gives way, and comes again. */
static int
pd_migration_run(const pd_migration_t *m, PGconn *db, const char *sql)
{
    int rc, tries;

    for (tries = 1; (rc = pd_migration_try(db, sql)) > 0; tries++) {
        if (tries == PD_MIGRATION_TRIES) {
            return pd_migration_wrong(m, "sessions hold locks that it needs: "
                                         "try again when they have ended");
        }

        pd_log(PD_WARN, "migrate_waits", "migration", m->name, "detail",
               "sessions hold locks that it needs", NULL);
        (void) poll(NULL, 0, PD_MIGRATION_PAUSE);
    }

    return rc == 0
               ? 0
               : pd_migration_wrong(m, "failed, and nothing of it was kept");
}


/* The step, and the word of it that is kept. */
static int
pd_migration_step(const pd_migration_t *m, PGconn *db, const char *sql,
                  const char *record, int n, const char *const *values)
{
    PGresult *res;

    if (pd_migration_run(m, db, sql) != 0) {
        return -1;
    }

    res = pd_db_query(db, record, n, values);
    if (res == NULL) {
        return -1;
    }
    PQclear(res);

    return pd_db_run(db, "COMMIT");
}


int
pd_migration_apply(const pd_migration_t *m, PGconn *db)
{
    const char *values[] = { m->digits, m->name, m->sha256 };

    return pd_migration_step(m, db, m->sql,
                             "INSERT INTO schema_migrations "
                             "(number, name, sha256) "
                             "VALUES ($1::integer, $2, $3)",
                             3, values);
}


/*
 * The way back has no digest: it is written after the way forward, and may be
 * mended until it is gone.
 */
int
pd_migration_revert(const pd_migration_t *m, PGconn *db, const char *back)
{
    int         rc;
    char       *sql, path[4096];
    lp_error_t  err;
    const char *values[] = { m->digits };

    (void) snprintf(path, sizeof(path), "%s/%s", back, m->name);

    sql = pd_file_read(path, &err);
    if (sql == NULL) {
        return pd_migration_wrong(m, err.text);
    }

    rc = pd_migration_step(
        m, db, sql, "DELETE FROM schema_migrations WHERE number = $1::integer",
        1, values);
    free(sql);

    return rc;
}
