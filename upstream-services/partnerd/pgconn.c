/*
 * One pipelined connection to PostgreSQL: connects, sends units, and comes
 * back after a loss.
 */

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "db.h"
#include "log.h"
#include "pgconn.h"


#define PD_IDENTITY_NAME   "_identity"
#define PD_IDENTITY_VALUES 4

/* Yields a row without columns: nobody reads what was set. */
static const char pd_identity_sql[]
    = "SELECT WHERE set_config('partner.tenant', $1, true) IS NOT NULL"
      "         AND set_config('partner.client', $2, true) IS NOT NULL"
      "         AND set_config('partner.scopes', $3, true) IS NOT NULL"
      "         AND set_config('partner.request', $4, true) IS NOT NULL";


static void pd_pgconn_event(evutil_socket_t fd, short what, void *arg);


void
pd_unit_finish(pd_unit_t *u, pd_pg_outcome_t outcome)
{
    PGresult *res;

    res = u->result;
    u->result = NULL;
    u->done(u, outcome, res);
    PQclear(res);
}


static void
pd_pgconn_unwatch(pd_pgconn_t *c)
{
    if (c->readable != NULL) {
        event_free(c->readable);
        c->readable = NULL;
    }

    if (c->writable != NULL) {
        event_free(c->writable);
        c->writable = NULL;
    }
}


/* libpq may change its socket while it connects. */
static int
pd_pgconn_watch(pd_pgconn_t *c)
{
    int fd;

    pd_pgconn_unwatch(c);

    fd = PQsocket(c->pg);
    if (fd < 0) {
        return -1;
    }

    c->readable = event_new(c->conf->base, fd, EV_READ | EV_PERSIST,
                            pd_pgconn_event, c);
    c->writable = event_new(c->conf->base, fd, EV_WRITE, pd_pgconn_event, c);

    return c->readable == NULL || c->writable == NULL ? -1 : 0;
}


/* Also on the way out: the state is DOWN before anyone is called. */
static void
pd_pgconn_down(pd_pgconn_t *c)
{
    pd_unit_t        *u;
    pd_conn_state_t   was;
    struct timeval    after;
    struct pd_units_s lost;

    was = c->state;
    c->lost += was == PD_CONN_READY;
    pd_pgconn_unwatch(c);
    PQfinish(c->pg);
    c->pg = NULL;
    c->state = PD_CONN_DOWN;
    c->inflight = 0;
    c->identified = 0;
    memset(c->prepared, 0, sizeof(c->prepared));

    after = pd_timeval(pd_backoff(c->failures++));
    (void) event_add(c->retry, &after);

    /* Their callers may submit again at once: not on this list. */
    TAILQ_INIT(&lost);
    TAILQ_CONCAT(&lost, &c->units, link);

    while ((u = TAILQ_FIRST(&lost)) != NULL) {
        TAILQ_REMOVE(&lost, u, link);
        pd_unit_finish(u, PD_PG_LOST);
    }

    if (was == PD_CONN_READY && c->conf->down != NULL) {
        c->conf->down(c->conf->ctx);
    }

    c->changed(c);
}


/* Logged once a loss, not once a try. */
void
pd_pgconn_fail(pd_pgconn_t *c, const char *why)
{
    if (c->state == PD_CONN_READY || c->failures == 0) {
        pd_log(PD_WARN, "database_lost", "pool", c->conf->name, "detail", why,
               NULL);
    }

    pd_pgconn_down(c);
}


/* libpq keeps what the socket does not take; writability sends the rest. */
static void
pd_pgconn_flush(pd_pgconn_t *c)
{
    switch (PQflush(c->pg)) {
    case 0:
        break;
    case 1:
        (void) event_add(c->writable, NULL);
        break;
    default:
        pd_pgconn_fail(c, PQerrorMessage(c->pg));
    }
}


/* libpq's own protocol: poll, and wait for what it asks for. */
static void
pd_pgconn_connect(pd_pgconn_t *c)
{
    switch (PQconnectPoll(c->pg)) {
    case PGRES_POLLING_READING:
        if (pd_pgconn_watch(c) == 0) {
            (void) event_add(c->readable, NULL);
            return;
        }
        break;
    case PGRES_POLLING_WRITING:
        if (pd_pgconn_watch(c) == 0) {
            (void) event_add(c->writable, NULL);
            return;
        }
        break;
    case PGRES_POLLING_OK:
        if (pd_pgconn_watch(c) == 0 && PQsetnonblocking(c->pg, 1) == 0
            && PQsendQuery(c->pg, c->conf->setup) == 1) {
            c->state = PD_CONN_SETUP;
            (void) event_add(c->readable, NULL);
            pd_pgconn_flush(c);
            return;
        }
        break;
    default:
        break;
    }

    pd_pgconn_fail(c, PQerrorMessage(c->pg));
}


/* Not failing twice for the same word of the setup. */
static void
pd_pgconn_setup(pd_pgconn_t *c)
{
    PGresult      *res;
    ExecStatusType status;

    while (!PQisBusy(c->pg)) {
        res = PQgetResult(c->pg);

        if (res == NULL) {
            if (PQenterPipelineMode(c->pg) != 1) {
                pd_pgconn_fail(c, PQerrorMessage(c->pg));
                return;
            }

            c->state = PD_CONN_READY;
            c->failures = 0;

            if (c->conf->up != NULL) {
                c->conf->up(c->conf->ctx);
            }
            c->changed(c);
            return;
        }

        status = PQresultStatus(res);
        PQclear(res);

        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
            pd_pgconn_fail(c, PQerrorMessage(c->pg));
            return;
        }
    }
}


/* How many there were does not matter: the outbox is looked at once. */
static void
pd_pgconn_notifies(pd_pgconn_t *c)
{
    int       any;
    PGnotify *n;

    for (any = 0; (n = PQnotifies(c->pg)) != NULL; any = 1) {
        PQfreemem(n);
    }

    if (any && c->conf->notified != NULL) {
        c->conf->notified(c->conf->ctx);
    }
}


static void
pd_pgconn_event(evutil_socket_t fd, short what, void *arg)
{
    pd_pgconn_t *c = arg;

    (void) fd;

    if (c->state == PD_CONN_CONNECTING) {
        pd_pgconn_connect(c);
        return;
    }

    if (what & EV_READ) {
        if (PQconsumeInput(c->pg) != 1) {
            pd_pgconn_fail(c, PQerrorMessage(c->pg));
            return;
        }

        if (c->state == PD_CONN_SETUP) {
            pd_pgconn_setup(c);
        } else {
            pd_pgconn_results(c);
        }

        if (c->state == PD_CONN_READY) {
            pd_pgconn_notifies(c);
        }
    }

    if (c->pg != NULL && c->state != PD_CONN_CONNECTING) {
        pd_pgconn_flush(c);
    }
}


/* Local to the transaction (the third argument of set_config), so the next
 * unit begins without it. */
static int
pd_pgconn_identify(pd_pgconn_t *c, const pd_identity_t *id)
{
    const char *values[PD_IDENTITY_VALUES]
        = { pd_identity_tenant(id), id->client, id->scopes, id->request };

    if (!c->identified) {
        if (PQsendPrepare(c->pg, PD_IDENTITY_NAME, pd_identity_sql, 0, NULL)
            != 1) {
            return -1;
        }
        c->identified = 1;
    }

    return PQsendQueryPrepared(c->pg, PD_IDENTITY_NAME, PD_IDENTITY_VALUES,
                               values, NULL, NULL, 0)
                   == 1
               ? 0
               : -1;
}


/* Prepared on first use, in the same unit: no round trip of its own. */
static int
pd_pgconn_put(pd_pgconn_t *c, pd_unit_t *u)
{
    const pd_statement_t *s;

    s = u->statement;

    u->prepares = !c->prepared[s->number];
    u->identifies = u->identity != NULL && !c->identified;

    if (u->prepares) {
        if (PQsendPrepare(c->pg, s->name, s->sql, 0, NULL) != 1) {
            return -1;
        }
        c->prepared[s->number] = 1;
    }

    if (u->identity != NULL && pd_pgconn_identify(c, u->identity) != 0) {
        return -1;
    }

    if (PQsendQueryPrepared(c->pg, s->name, (int) s->nbindings, u->values,
                            NULL, NULL, 0)
        != 1) {
        return -1;
    }

    return PQpipelineSync(c->pg) == 1 ? 0 : -1;
}


void
pd_pgconn_send(pd_pgconn_t *c, pd_unit_t *u)
{
    u->failed = 0;
    u->result = NULL;
    TAILQ_INSERT_TAIL(&c->units, u, link);
    c->inflight++;

    if (pd_pgconn_put(c, u) != 0) {
        pd_pgconn_fail(c, PQerrorMessage(c->pg));
        return;
    }

    pd_pgconn_flush(c);
}


/* Never blocks for a Unix socket or an address in numbers. */
static void
pd_pgconn_start(evutil_socket_t fd, short what, void *arg)
{
    pd_pgconn_t *c = arg;
    const char *keywords[] = { "dbname", "application_name", "options", NULL };
    const char *values[]
        = { c->conf->conninfo, "partnerd", PD_DB_OPTIONS, NULL };

    (void) fd;
    (void) what;

    c->pg = PQconnectStartParams(keywords, values, 1);
    c->state = PD_CONN_CONNECTING;
    c->since = pd_clock();

    /* No DETAIL, which has the row that was refused: what is logged of a loss
     * may hold what was said before it. */
    (void) PQsetErrorVerbosity(c->pg, PQERRORS_TERSE);

    if (PQstatus(c->pg) == CONNECTION_BAD || pd_pgconn_watch(c) != 0) {
        pd_pgconn_fail(c, PQerrorMessage(c->pg));
        return;
    }

    /* "Behave as if the last call said WRITING": libpq's manual. */
    (void) event_add(c->writable, NULL);
}


int
pd_pgconn_open(pd_pgconn_t *c)
{
    struct timeval now = { 0, 0 };

    TAILQ_INIT(&c->units);

    c->retry = evtimer_new(c->conf->base, pd_pgconn_start, c);
    if (c->retry == NULL) {
        return -1;
    }

    return event_add(c->retry, &now);
}


void
pd_pgconn_close(pd_pgconn_t *c)
{
    if (c->retry == NULL) {
        return;
    }

    if (c->state != PD_CONN_DOWN) {
        pd_pgconn_down(c);
    }

    event_free(c->retry);
    c->retry = NULL;
}
