/*
 * `partnerd migrate`: brings the database forward, or back to an earlier
 * level, each migration in a transaction of its own.
 */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "file.h"
#include "log.h"
#include "migration.h"
#include "verbs.h"


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


/* One run; nothing of it outlives pd_migrate(). */
typedef struct {
    PGconn             *db;
    const pd_options_t *options;
    long                to;    /* number of the last migration */
    pd_files_t          files; /* in the order of their numbers */
    char                back[4096];
} pd_migrate_t;

typedef int (*pd_migrate_step_pt)(const pd_migrate_t   *g,
                                  const pd_migration_t *m);


/* Forward, where the database has not been there yet. */
static int
pd_migrate_forward(const pd_migrate_t *g, const pd_migration_t *m)
{
    int applied;

    applied = pd_migration_applied(m, g->db);

    if (applied != 0 || m->number > g->to) {
        return applied < 0 ? -1 : 0;
    }

    if (g->options->plan) {
        (void) printf("%s\n", m->name);
        return 0;
    }

    if (pd_migration_apply(m, g->db) != 0) {
        return -1;
    }

    pd_log(PD_INFO, "migrated", "migration", m->name, NULL);

    return 0;
}


/* Back, from what lies behind the level that is asked for. */
static int
pd_migrate_back(const pd_migrate_t *g, const pd_migration_t *m)
{
    int applied;

    applied = pd_migration_applied(m, g->db);

    if (applied <= 0 || m->number <= g->to) {
        return applied < 0 ? -1 : 0;
    }

    if (g->options->plan) {
        (void) printf("back %s\n", m->name);
        return 0;
    }

    if (pd_migration_revert(m, g->db, g->back) != 0) {
        return -1;
    }

    pd_log(PD_INFO, "migrated_back", "migration", m->name, NULL);

    return 0;
}


/*
 * A plan takes no lock and creates nothing that stays, so that whoever may
 * read can ask for one.
 */
static int
pd_migrate_begin(const pd_migrate_t *g)
{
    int       rc;
    PGresult *res;

    if (!g->options->plan) {
        return pd_db_run(g->db, pd_migrate_prepare);
    }

    res = pd_db_query(g->db,
                      "SELECT FROM pg_tables WHERE schemaname = 'partner' "
                      "AND tablename = 'schema_migrations'",
                      0, NULL);
    rc = res == NULL
             ? -1
             : (PQntuples(res) > 0 ? 0 : pd_db_run(g->db, pd_migrate_look));
    PQclear(res);

    return rc;
}


/* A newer version's migrations stay, unless we are to go back behind them:
 * that version alone knows how. */
static int
pd_migrate_known(const pd_migrate_t *g, long last)
{
    long      newest;
    PGresult *res;

    res = pd_db_query(g->db,
                      "SELECT coalesce(max(number), 0) FROM schema_migrations",
                      0, NULL);
    if (res == NULL) {
        return -1;
    }

    newest = strtol(PQgetvalue(res, 0, 0), NULL, 10);
    PQclear(res);

    if (newest <= last || newest <= g->to) {
        return 0;
    }

    pd_log(PD_ERROR, "migrate", "detail",
           "a newer version has migrated this database: "
           "that version alone can take it back",
           NULL);

    return -1;
}


/* `last` is the number of the one before, and then of this one. */
static int
pd_migrate_one(const pd_migrate_t *g, const char *path, long *last,
               pd_migrate_step_pt step)
{
    int            rc;
    pd_migration_t m;

    rc = pd_migration_read(&m, path);

    if (rc == 0 && m.number == *last) {
        rc = pd_migration_wrong(&m, "another one has this number");
    }

    *last = m.number;
    rc = rc == 0 ? step(g, &m) : rc;
    pd_migration_free(&m);

    return rc;
}


/*
 * Forward through all, then back through all: a migration acts in one of the
 * two directions at most, by its number and --to.
 */
static int
pd_migrate_all(const pd_migrate_t *g)
{
    int    rc;
    long   last;
    size_t i;

    rc = pd_migrate_begin(g);
    last = -1;

    for (i = 0; rc == 0 && i < g->files.n; i++) {
        rc = pd_migrate_one(g, g->files.paths[i], &last, pd_migrate_forward);
    }

    rc = rc == 0 ? pd_migrate_known(g, last) : rc;
    last = -1;

    while (rc == 0 && i-- > 0) {
        rc = pd_migrate_one(g, g->files.paths[i], &last, pd_migrate_back);
    }

    return rc;
}


/* Beyond any where none is named: as far as there are migrations. */
static int
pd_migrate_aim(pd_migrate_t *g)
{
    int         rc;
    long        last;
    lp_error_t  err;
    const char *name;

    g->to = LONG_MAX;

    if (strcmp(g->options->to, PD_TO_LAST) == 0) {
        return LP_OK;
    }

    last = 0;

    if (g->files.n > 0) {
        name = strrchr(g->files.paths[g->files.n - 1], '/');
        last = strtol(name == NULL ? "" : name + 1, NULL, 10);
    }

    rc = pd_option_number("to", g->options->to, 0, last, &g->to, &err);
    if (rc != LP_OK) {
        (void) fprintf(stderr, "partnerd: %s\n", err.text);
    }

    return rc;
}


int
pd_migrate(const pd_options_t *o)
{
    int          rc;
    char         dir[4096];
    lp_error_t   err;
    pd_migrate_t g = { .options = o };

    (void) snprintf(dir, sizeof(dir), "%s/migrations", o->sql);
    (void) snprintf(g.back, sizeof(g.back), "%s/back", o->sql);

    if (pd_files_list(&g.files, dir, ".sql", &err) != LP_OK) {
        pd_log(PD_ERROR, "migrate", "detail", err.text, NULL);
        pd_files_free(&g.files);
        return 1;
    }

    if (pd_migrate_aim(&g) != LP_OK) {
        pd_files_free(&g.files);
        return PD_USAGE;
    }

    g.db = pd_db_open(o->database);
    rc = g.db == NULL ? -1 : pd_migrate_all(&g);

    PQfinish(g.db);
    pd_files_free(&g.files);

    return rc == 0 ? 0 : 1;
}
