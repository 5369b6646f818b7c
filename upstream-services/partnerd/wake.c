/*
 * Wakes the relay after commits.
 */

#include <stdlib.h>

#include "clock.h"
#include "wake.h"


/* Milliseconds from a NOTIFY to the next.  Each is a transaction, and wakes
 * every worker, which reads, relays and chains what little has come: the more
 * of that a second, the less is left for writes. */
#define PD_WAKE_REST 20


struct pd_wake_s {
    pd_pg_t       *pg;
    pd_unit_t      unit;
    pd_statement_t notify;
    struct event  *rested;
    unsigned       running; /* a NOTIFY is on its way */
    unsigned       resting; /* one was, a moment ago */
    unsigned       again;   /* a commit came meanwhile */
    unsigned       urgent;  /* that does not wait for the rest */
};


/* Through a pool of its own: it must not wait behind requests. */
static void
pd_wake_run(pd_wake_t *w)
{
    w->running = 1;
    w->resting = 0;
    w->again = 0;
    w->urgent = 0;
    pd_pg_submit(w->pg, &w->unit);
}


static void
pd_wake_rested(evutil_socket_t fd, short what, void *arg)
{
    pd_wake_t *w = arg;

    (void) fd;
    (void) what;
    w->resting = 0;

    if (w->again) {
        pd_wake_run(w);
    }
}


/* After a loss it is not repeated: the sweep of the relay comes anyway. */
static void
pd_wake_done(pd_unit_t *u, pd_pg_outcome_t outcome, const PGresult *res)
{
    pd_wake_t     *w = u->ctx;
    struct timeval rest = pd_timeval(PD_WAKE_REST);

    (void) res;
    w->running = 0;

    if (outcome != PD_PG_DONE) {
        return;
    }

    if (w->urgent) {
        pd_wake_run(w);
    } else {
        w->resting = event_add(w->rested, &rest) == 0;
    }
}


/*
 * PostgreSQL serialises commits that notify, so the NOTIFY is no part of them:
 * one goes out for many.
 */
pd_wake_t *
pd_wake_create(struct event_base *base, const char *conninfo)
{
    pd_wake_t   *w;
    pd_pg_conf_t conf = {
        .base = base,
        .conninfo = conninfo,
        .setup = "SET ROLE partner_serve",
        .name = "wake",
        .connections = 1,
        .depth = 1,
        .waiting = 1,
        .deadline = 2000,
    };

    w = calloc(1, sizeof(pd_wake_t));
    if (w == NULL) {
        return NULL;
    }

    w->notify = (pd_statement_t){ .name = "_wake",
                                  .sql = "NOTIFY " PD_WAKE_CHANNEL };
    w->unit.statement = &w->notify;
    w->unit.done = pd_wake_done;
    w->unit.ctx = w;
    w->rested = evtimer_new(base, pd_wake_rested, w);
    w->pg = w->rested == NULL ? NULL : pd_pg_create(&conf);

    if (w->pg == NULL) {
        pd_wake_free(w);
        return NULL;
    }

    return w;
}


void
pd_wake_free(pd_wake_t *w)
{
    if (w == NULL) {
        return;
    }

    pd_pg_free(w->pg);

    if (w->rested != NULL) {
        event_free(w->rested);
    }

    free(w);
}


/* The first goes at once; at most one is on its way and one is owed. */
void
pd_wake(pd_wake_t *w, unsigned urgent)
{
    if (w->running || (w->resting && !urgent)) {
        w->again = 1;
        w->urgent |= urgent;
        return;
    }

    (void) event_del(w->rested);
    pd_wake_run(w);
}
