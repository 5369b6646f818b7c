/*
 * What time does: one statement a sort of things, a batch at a time.
 */

#include "clock.h"
#include "retain.h"


#define PD_RETAIN_EVERY 5000 /* milliseconds */


/* Each takes at most a batch, so that no round is long. */
static const char *const pd_retained[]
    = { "_idempotency.forget", "_applications.sunset", "_slo.roll", NULL };


/* What fails is tried again in the next round. */
static void
pd_retain_step(void *ctx, const PGresult *res)
{
    pd_retain_t *r = ctx;
    const char  *statement;

    (void) res;
    statement = pd_retained[r->next];

    if (statement == NULL || !r->leading) {
        r->running = 0;
        return;
    }

    r->next++;
    pd_ask(&r->ask, statement, NULL, pd_retain_step, r);
}


static void
pd_retain_tick(evutil_socket_t fd, short what, void *arg)
{
    pd_retain_t *r = arg;

    (void) fd;
    (void) what;

    if (r->leading && !r->running) {
        r->running = 1;
        r->next = 0;
        pd_retain_step(r, NULL);
    }
}


int
pd_retain_start(pd_retain_t *r, struct event_base *base,
                const pd_queries_t *queries, pd_pg_t *pg)
{
    struct timeval every = pd_timeval(PD_RETAIN_EVERY);

    r->ask = (pd_ask_t){ .queries = queries, .pg = pg };
    r->tick = event_new(base, -1, EV_PERSIST, pd_retain_tick, r);

    return r->tick != NULL && event_add(r->tick, &every) == 0 ? 0 : -1;
}


void
pd_retain_free(pd_retain_t *r)
{
    if (r->tick != NULL) {
        event_free(r->tick);
    }

    pd_ask_clear(&r->ask);
}
