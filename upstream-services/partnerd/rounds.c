/*
 * Begins the rounds of a job, one at a time.
 */

#include "clock.h"
#include "rounds.h"


#define PD_ROUNDS_SOON 100 /* milliseconds */


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


/* In place of the time that it had before. */
static int
pd_rounds_after(pd_rounds_t *r, int milliseconds)
{
    struct timeval after = pd_timeval(milliseconds);

    return event_add(r->tick, &after);
}


static void
pd_rounds_tick(evutil_socket_t fd, short what, void *arg)
{
    pd_rounds_t *r = arg;

    (void) fd;
    (void) what;

    r->woken = 0;
    (void) pd_rounds_after(r, r->every);
    pd_rounds_begin(r);
}


void
pd_rounds_wake(pd_rounds_t *r)
{
    if (!r->woken) {
        r->woken = 1;
        (void) pd_rounds_after(r, PD_ROUNDS_SOON);
    }
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
    r->every = every;
    r->ask = (pd_ask_t){ .queries = queries, .pg = pg };
    r->tick = evtimer_new(base, pd_rounds_tick, r);

    return r->tick != NULL ? pd_rounds_after(r, every) : -1;
}


void
pd_rounds_free(pd_rounds_t *r)
{
    if (r->tick != NULL) {
        event_free(r->tick);
    }

    pd_ask_clear(&r->ask);
}
