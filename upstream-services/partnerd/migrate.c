/*
 * `partnerd migrate`: brings the database forward, each migration in a
 * transaction of its own.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "file.h"
#include "log.h"
#include "lp_digest.h"
#include "verbs.h"


#define PD_MIGRATION_DIGITS 4 /* 0001_name.sql */


/* The lock lets two migrations at once do their work one after the other. */
static const char pd_migrate_prepare[]
    = "SELECT pg_advisory_lock(hashtextextended('partner.migrate', 0));"
      "CREATE SCHEMA IF NOT EXISTS partner;"
      "CREATE TABLE IF NOT EXISTS partner.schema_migrations ("
      "    number integer PRIMARY KEY,"
      "    name text NOT NULL,"
      "    sha256 text NOT NULL,"
      "    applied_at timestamptz NOT NULL DEFAULT now())";


/* For a plan, which changes nothing: no table, then nothing was applied. */
static const char pd_migrate_look[]
    = "CREATE TEMPORARY TABLE schema_migrations"
      "    (number integer, sha256 text)";


typedef struct {
    PGconn     *db;
    const char *name;
    char        number[PD_MIGRATION_DIGITS + 1];
    char        sha256[LP_DIGEST_HEX + 1];
    char       *sql;
    unsigned    plan;
} pd_migration_t;


static int
pd_migration_wrong(const pd_migration_t *m, const char *detail)
{
    pd_log(PD_ERROR, "migrate", "migration", m->name, "detail", detail, NULL);

    return -1;
}


/* The digest shows a migration that was changed after it was applied. */
static int
pd_migration_read(pd_migration_t *m, const char *path)
{
    int          i, rc;
    uint8_t      digest[LP_DIGEST_LEN];
    lp_error_t   err;
    lp_digest_t *sha256;

    m->name = pd_file_name(path);

    for (i = 0; i < PD_MIGRATION_DIGITS; i++) {
        if (!isdigit((unsigned char) m->name[i])) {
            return pd_migration_wrong(m, "the name is not NNNN_name.sql");
        }
        m->number[i] = m->name[i];
    }

    m->sql = pd_file_read(path, &err);
    if (m->sql == NULL) {
        return pd_migration_wrong(m, err.text);
    }

    sha256 = lp_digest_create();
    rc = sha256 == NULL
             ? LP_INVALID
             : lp_digest_sha256(sha256, m->sql, strlen(m->sql), digest);
    lp_digest_free(sha256);

    if (rc != LP_OK) {
        return pd_migration_wrong(m, "no SHA-256");
    }

    lp_digest_to_hex(digest, m->sha256);

    return 0;
}


/* 1: applied before; 0: not yet; -1: error, or its text has changed since. */
static int
pd_migration_applied(const pd_migration_t *m)
{
    int         rc;
    PGresult   *res;
    const char *values[] = { m->number };

    res = pd_db_query(m->db,
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


/* DDL is transactional in PostgreSQL: a failure leaves nothing behind, and
 * the connection, with its open transaction, is closed by the caller. */
static int
pd_migration_apply(const pd_migration_t *m)
{
    PGresult   *res;
    const char *values[] = { m->number, m->name, m->sha256 };

    if (pd_db_run(m->db, "BEGIN") != 0 || pd_db_run(m->db, m->sql) != 0) {
        return pd_migration_wrong(m, "failed, and nothing of it was kept");
    }

    res = pd_db_query(m->db,
                      "INSERT INTO schema_migrations (number, name, sha256) "
                      "VALUES ($1::integer, $2, $3)",
                      3, values);
    if (res == NULL) {
        return -1;
    }
    PQclear(res);

    return pd_db_run(m->db, "COMMIT");
}


/* In the order of their numbers, since the files are sorted by name. */
static int
pd_migration_run(pd_migration_t *m)
{
    int applied;

    applied = pd_migration_applied(m);
    if (applied != 0) {
        return applied < 0 ? -1 : 0;
    }

    if (m->plan) {
        (void) printf("%s\n", m->name);
        return 0;
    }

    if (pd_migration_apply(m) != 0) {
        return -1;
    }

    pd_log(PD_INFO, "migrated", "migration", m->name, NULL);

    return 0;
}


static int
pd_migrate_begin(PGconn *db, unsigned plan)
{
    int       rc;
    PGresult *res;

    if (!plan) {
        return pd_db_run(db, pd_migrate_prepare);
    }

    res = pd_db_query(db,
                      "SELECT FROM pg_tables WHERE schemaname = 'partner' "
                      "AND tablename = 'schema_migrations'",
                      0, NULL);
    rc = res == NULL
             ? -1
             : (PQntuples(res) > 0 ? 0 : pd_db_run(db, pd_migrate_look));
    PQclear(res);

    return rc;
}


static int
pd_migrate_all(PGconn *db, const pd_files_t *files, unsigned plan)
{
    int            rc;
    size_t         i;
    pd_migration_t m;

    rc = pd_migrate_begin(db, plan);

    for (i = 0; rc == 0 && i < files->n; i++) {
        m = (pd_migration_t){ .db = db, .plan = plan };

        rc = pd_migration_read(&m, files->paths[i]);
        rc = rc == 0 ? pd_migration_run(&m) : rc;
        free(m.sql);
    }

    return rc;
}


int
pd_migrate(const pd_options_t *o)
{
    int        rc;
    char       dir[4096];
    PGconn    *db;
    pd_files_t files;
    lp_error_t err;

    (void) snprintf(dir, sizeof(dir), "%s/migrations", o->sql);

    if (pd_files_list(&files, dir, ".sql", &err) != LP_OK) {
        pd_log(PD_ERROR, "migrate", "detail", err.text, NULL);
        pd_files_free(&files);
        return 1;
    }

    db = pd_db_open(o->database);
    rc = db == NULL ? -1 : pd_migrate_all(db, &files, o->plan);

    PQfinish(db);
    pd_files_free(&files);

    return rc == 0 ? 0 : 1;
}
