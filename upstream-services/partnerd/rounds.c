/*
 * Begins the rounds of a job, one at a time.
 */

#include "clock.h"
#include "rounds.h"


/*
 * What asks for a round while one runs is not kept: the tick begins the next
 * one.
 */
void
pd_rounds_begin(pd_rounds_t *r)
{
    if (r->leading && !r->running) {
        r->running = 1;
        r->round(r->ctx);
    }
}


static void
pd_rounds_tick(evutil_socket_t fd, short what, void *arg)
{
    (void) fd;
    (void) what;

    pd_rounds_begin(arg);
}


/*
 * At once, since what was committed while nobody led has waited long enough.
 */
void
pd_rounds_lead(pd_rounds_t *r)
{
    r->leading = 1;
    pd_rounds_begin(r);
}


/*
 * A round that runs is not ended here: it looks at `leading` between its
 * steps.
 */
void
pd_rounds_stop(pd_rounds_t *r)
{
    r->leading = 0;
}


int
pd_rounds_start(pd_rounds_t *r, struct event_base *base,
                const pd_queries_t *queries, pd_pg_t *pg, int every)
{
    struct timeval after = pd_timeval(every);

    r->ask = (pd_ask_t){ .queries = queries, .pg = pg };
    r->tick = event_new(base, -1, EV_PERSIST, pd_rounds_tick, r);

    return r->tick != NULL && event_add(r->tick, &after) == 0 ? 0 : -1;
}


void
pd_rounds_free(pd_rounds_t *r)
{
    if (r->tick != NULL) {
        event_free(r->tick);
    }

    pd_ask_clear(&r->ask);
}
