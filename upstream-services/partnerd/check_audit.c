/*
 * `partnerd check audit`: walks the whole audit trail, row by row, and names
 * the first that was changed, moved or removed since it was chained.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "db.h"
#include "published.h"
#include "verbs.h"


static const char pd_check_setup[] = "SET ROLE partner_work";

/* In one statement, so that all is of one moment. */
static const char pd_check_walk[]
    = "SELECT position, hash, id, at, tenant, actor, request, resource, "
      "       entity, partner_id, action, before, after "
      "FROM audit_text WHERE position IS NOT NULL ORDER BY position";


typedef struct {
    PGconn         *db;
    lp_digest_t    *sha256;
    pd_chain_head_t head;      /* behind the rows that were walked */
    pd_chain_head_t published; /* position 0: none */
} pd_walk_t;


static int pd_walk_wrong(const char *format, ...)
    __attribute__((format(printf, 1, 2)));


/*
 * Returns -1.  One line, the first that is wrong: behind it no row can be told
 * right from wrong.
 */
static int
pd_walk_wrong(const char *format, ...)
{
    va_list args;

    (void) fputs("partnerd check audit: ", stderr);
    va_start(args, format);
    (void) vfprintf(stderr, format, args);
    va_end(args);
    (void) fputc('\n', stderr);

    return -1;
}


/* The row that follows in the result must follow in the chain. */
static int
pd_walk_row(pd_walk_t *w, const PGresult *res)
{
    const char     *values[PD_CHAIN_VALUES];
    pd_chain_head_t stored;

    if (pd_chain_head(&stored, res, 0, 0) != 0) {
        return pd_walk_wrong("a row has no hash");
    }

    if (stored.position != w->head.position + 1) {
        return pd_walk_wrong("position %" PRId64 " was removed",
                             w->head.position + 1);
    }

    pd_chain_values(res, 0, 3, values);

    if (pd_chain_link(&w->head, w->sha256, values) != 0) {
        return pd_walk_wrong("no memory");
    }

    if (strcmp(stored.hash, w->head.hash) != 0) {
        return pd_walk_wrong("position %" PRId64 " was changed or moved: "
                             "row %s, %s of %s %s at %s",
                             stored.position, PQgetvalue(res, 0, 2), values[7],
                             values[4], values[5], values[0]);
    }

    if (stored.position == w->published.position
        && strcmp(stored.hash, w->published.hash) != 0) {
        return pd_walk_wrong("the trail up to position %" PRId64
                             " is not the one that was published",
                             stored.position);
    }

    return 0;
}


/* Row by row as they arrive: the trail may be larger than memory. */
static int
pd_walk_rows(pd_walk_t *w)
{
    int            rc;
    PGresult      *res;
    ExecStatusType status;

    if (PQsendQuery(w->db, pd_check_walk) != 1
        || PQsetSingleRowMode(w->db) != 1) {
        return pd_walk_wrong("%s", PQerrorMessage(w->db));
    }

    rc = 0;

    while ((res = PQgetResult(w->db)) != NULL) {
        status = PQresultStatus(res);

        if (rc == 0 && status == PGRES_SINGLE_TUPLE) {
            rc = pd_walk_row(w, res);
        } else if (rc == 0 && status != PGRES_TUPLES_OK) {
            rc = pd_walk_wrong("%s", PQerrorMessage(w->db));
        }

        PQclear(res);
    }

    return rc;
}


/* Rows may have been added since the head was published, never taken away. */
static int
pd_walk_end(const pd_walk_t *w)
{
    if (w->published.position > w->head.position) {
        return pd_walk_wrong("the tail was cut: the trail ends at %" PRId64
                             ", %" PRId64 " was published",
                             w->head.position, w->published.position);
    }

    (void) printf("%" PRId64 " changes, as they were chained; "
                  "published up to %" PRId64 "\n",
                  w->head.position, w->published.position);

    return 0;
}


/* The head is read first: what is published meanwhile is in the trail too. */
static int
pd_walk(pd_walk_t *w, const pd_options_t *o)
{
    lp_error_t err;

    if (pd_published_read(&w->published, o->audit_head, &err) != LP_OK) {
        return pd_walk_wrong("%s", err.text);
    }

    w->db = pd_db_open(o->database);

    if (w->db == NULL || pd_db_as(w->db, pd_check_setup) != 0
        || pd_walk_rows(w) != 0) {
        return -1;
    }

    if (w->head.position > 0 && w->published.position == 0) {
        return pd_walk_wrong("%s is missing: whether the tail was cut, "
                             "nobody can tell",
                             o->audit_head);
    }

    return pd_walk_end(w);
}


/*
 * Without the published head a cut tail could not be seen, so its path is
 * required.
 */
int
pd_check_audit(const pd_options_t *o)
{
    int       rc;
    pd_walk_t w = { .head = { .hash = PD_CHAIN_START } };

    if (o->audit_head[0] == '\0') {
        (void) pd_walk_wrong("--audit-head must name the published head");
        return 1;
    }

    w.sha256 = lp_digest_create();
    rc = w.sha256 == NULL ? pd_walk_wrong("no SHA-256") : pd_walk(&w, o);

    PQfinish(w.db);
    lp_digest_free(w.sha256);

    return rc == 0 ? 0 : 1;
}
