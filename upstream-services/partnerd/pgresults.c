/*
 * Hands out the results of a pipelined connection to the units that wait for
 * them.
 */

#include <string.h>

#include "pgconn.h"


/* What a unit was to prepare is taken as prepared once that was sent.  Where
 * its first result is an error, nothing was: a lock may not have been had. */
static void
pd_pgconn_unprepare(pd_pgconn_t *c, const pd_unit_t *u)
{
    if (u->result != NULL || u->failed) {
        return;
    }

    c->prepared[u->statement->number] &= (unsigned char) !u->prepares;
    c->identified &= !u->identifies;
}


/* Those that were sent behind it say 26000, have done nothing, and a new
 * connection starts from nothing. */
static int
pd_pgconn_forgotten(const PGresult *res)
{
    const char *state;

    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    return state != NULL && strcmp(state, "26000") == 0;
}


/*
 * A unit's results come one by one: what was prepared, the identity, the
 * statement.  The last good one counts, but the first error wins; the Sync
 * that ends it says that it is committed, or rolled back.
 */
static void
pd_pgconn_result(pd_pgconn_t *c, PGresult *res)
{
    int        forgotten;
    pd_unit_t *u;

    u = TAILQ_FIRST(&c->units);

    switch (PQresultStatus(res)) {
    case PGRES_PIPELINE_SYNC:
        PQclear(res);
        TAILQ_REMOVE(&c->units, u, link);
        c->inflight--;

        forgotten = u->failed && pd_pgconn_forgotten(u->result);

        /* PostgreSQL works on the next while this one is answered. */
        if (!forgotten) {
            c->changed(c);
        }

        pd_unit_finish(u, forgotten   ? PD_PG_AWAY
                          : u->failed ? PD_PG_ERROR
                                      : PD_PG_DONE);

        if (forgotten && c->state == PD_CONN_READY) {
            pd_pgconn_fail(c, "a statement was not prepared after all");
        }
        return;

    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
        if (!u->failed) {
            PQclear(u->result);
            u->result = res;
            return;
        }
        break;

    case PGRES_PIPELINE_ABORTED:
        break;

    default:
        pd_pgconn_unprepare(c, u);
        if (!u->failed) {
            PQclear(u->result);
            u->result = res;
            u->failed = 1;
            return;
        }
    }

    PQclear(res);
}


/* libpq returns NULL between the results of two commands; the loop's other
 * conditions say whether more is to come. */
void
pd_pgconn_results(pd_pgconn_t *c)
{
    PGresult *res;

    /* `done` may end the connection: look at its state each time. */
    while (c->state == PD_CONN_READY && !TAILQ_EMPTY(&c->units)
           && !PQisBusy(c->pg)) {
        res = PQgetResult(c->pg);

        if (res != NULL) {
            pd_pgconn_result(c, res);
        }
    }
}
