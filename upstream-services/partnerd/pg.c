/*
 * The pool: which connection a unit goes to, who waits, and for how long.
 */

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "pgconn.h"


#define PD_PG_TICK 50 /* milliseconds between looks at the deadlines */


struct pd_pg_s {
    pd_pg_conf_t      conf;
    struct event     *tick;
    struct pd_units_s queue;
    unsigned          queued;
    unsigned          closing;
    pd_pgconn_t       connections[];
};


/* The READY connection with the least in flight, if any has room. */
static pd_pgconn_t *
pd_pg_choose(pd_pg_t *pg)
{
    unsigned     i;
    pd_pgconn_t *c, *best;

    best = NULL;

    for (i = 0; i < pg->conf.connections; i++) {
        c = &pg->connections[i];

        if (c->state == PD_CONN_READY && c->inflight < pg->conf.depth
            && (best == NULL || c->inflight < best->inflight)) {
            best = c;
        }
    }

    return best;
}


/* No connection is there, and none is expected that has not failed yet. */
static int
pd_pg_hopeless(const pd_pg_t *pg)
{
    unsigned i;

    for (i = 0; i < pg->conf.connections; i++) {
        if (pg->connections[i].state == PD_CONN_READY
            || pg->connections[i].failures == 0) {
            return 0;
        }
    }

    return 1;
}


static int
pd_pg_has(const pd_pg_t *pg, const pd_unit_t *of)
{
    unsigned         i;
    const pd_unit_t *u;

    for (i = 0; i < pg->conf.connections; i++) {
        u = TAILQ_FIRST(&pg->connections[i].units);

        if (u != NULL
            && strcmp(u->identity->partner, of->identity->partner) == 0) {
            return 1;
        }
    }

    return 0;
}


/* The one that waits longest, in a fair pool of those whose partner has nothing
 * in flight, if there is one. */
static pd_unit_t *
pd_pg_dequeue(pd_pg_t *pg)
{
    pd_unit_t *u;

    u = TAILQ_FIRST(&pg->queue);

    while (pg->conf.fair && u != NULL && pd_pg_has(pg, u)) {
        u = TAILQ_NEXT(u, link);
    }

    u = u == NULL ? TAILQ_FIRST(&pg->queue) : u;
    TAILQ_REMOVE(&pg->queue, u, link);
    pg->queued--;

    return u;
}


/* Called whenever a connection has room, is lost or is back. */
static void
pd_pg_changed(pd_pgconn_t *c)
{
    pd_pg_t     *pg = c->pool;
    pd_pgconn_t *free;

    while (!TAILQ_EMPTY(&pg->queue) && (free = pd_pg_choose(pg)) != NULL) {
        pd_pgconn_send(free, pd_pg_dequeue(pg));
    }

    while (!TAILQ_EMPTY(&pg->queue) && pd_pg_hopeless(pg)) {
        pd_unit_finish(pd_pg_dequeue(pg), PD_PG_AWAY);
    }
}


/* Nobody overtakes the queue: with someone waiting, the new one waits too. */
void
pd_pg_submit(pd_pg_t *pg, pd_unit_t *u)
{
    pd_pgconn_t *c;

    u->due = pd_clock() + pg->conf.deadline;
    u->result = NULL;

    c = TAILQ_EMPTY(&pg->queue) ? pd_pg_choose(pg) : NULL;

    if (c != NULL) {
        pd_pgconn_send(c, u);

    } else if (pg->closing || pd_pg_hopeless(pg)) {
        pd_unit_finish(u, PD_PG_AWAY);

    } else if (pg->queued >= pg->conf.waiting) {
        pd_unit_finish(u, PD_PG_BUSY);

    } else {
        TAILQ_INSERT_TAIL(&pg->queue, u, link);
        pg->queued++;
    }
}


/* What is in flight on one connection is answered in order, so its first unit
 * is always the one that waits longest. */
static int
pd_pgconn_late(const pd_pgconn_t *c, int64_t now)
{
    switch (c->state) {
    case PD_CONN_DOWN:
        return 0;
    case PD_CONN_READY:
        return !TAILQ_EMPTY(&c->units) && TAILQ_FIRST(&c->units)->due <= now;
    default:
        return c->since + c->conf->deadline <= now;
    }
}


/* A connection whose first unit is late is given up: what is behind it in the
 * pipeline could not be answered before it. */
static void
pd_pg_tick(evutil_socket_t fd, short what, void *arg)
{
    pd_pg_t *pg = arg;
    int64_t  now;
    unsigned i;

    (void) fd;
    (void) what;
    now = pd_clock();

    while (!TAILQ_EMPTY(&pg->queue) && TAILQ_FIRST(&pg->queue)->due <= now) {
        pd_unit_finish(pd_pg_dequeue(pg), PD_PG_AWAY);
    }

    for (i = 0; i < pg->conf.connections; i++) {
        if (pd_pgconn_late(&pg->connections[i], now)) {
            pd_pgconn_fail(&pg->connections[i], "no answer in time");
        }
    }
}


pd_pg_state_t
pd_pg_state(const pd_pg_t *pg)
{
    unsigned      i;
    pd_pg_state_t state = { .name = pg->conf.name, .waiting = pg->queued };

    for (i = 0; i < pg->conf.connections; i++) {
        state.ready += pg->connections[i].state == PD_CONN_READY;
        state.lost += pg->connections[i].lost;
    }

    return state;
}


pd_pg_t *
pd_pg_create(const pd_pg_conf_t *conf)
{
    pd_pg_t       *pg;
    unsigned       i;
    struct timeval every = pd_timeval(PD_PG_TICK);

    pg = calloc(1, sizeof(pd_pg_t) + conf->connections * sizeof(pd_pgconn_t));
    if (pg == NULL) {
        return NULL;
    }

    pg->conf = *conf;
    TAILQ_INIT(&pg->queue);

    pg->tick = event_new(conf->base, -1, EV_PERSIST, pd_pg_tick, pg);
    if (pg->tick == NULL || event_add(pg->tick, &every) != 0) {
        pd_pg_free(pg);
        return NULL;
    }

    for (i = 0; i < conf->connections; i++) {
        pg->connections[i].conf = &pg->conf;
        pg->connections[i].pool = pg;
        pg->connections[i].changed = pd_pg_changed;

        if (pd_pgconn_open(&pg->connections[i]) != 0) {
            pd_pg_free(pg);
            return NULL;
        }
    }

    return pg;
}


void
pd_pg_free(pd_pg_t *pg)
{
    unsigned i;

    if (pg == NULL) {
        return;
    }

    pg->closing = 1;

    for (i = 0; i < pg->conf.connections; i++) {
        pd_pgconn_close(&pg->connections[i]);
    }

    while (!TAILQ_EMPTY(&pg->queue)) {
        pd_unit_finish(pd_pg_dequeue(pg), PD_PG_AWAY);
    }

    if (pg->tick != NULL) {
        event_free(pg->tick);
    }

    free(pg);
}
