/*
 * What time does: one statement a sort of things, a batch at a time.
 */

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

    if (statement == NULL || !r->rounds.leading) {
        r->rounds.running = 0;
        return;
    }

    r->next++;
    pd_ask(&r->rounds.ask, statement, NULL, pd_retain_step, r);
}


static void
pd_retain_round(void *ctx)
{
    pd_retain_t *r = ctx;

    r->next = 0;
    pd_retain_step(r, NULL);
}


int
pd_retain_start(pd_retain_t *r, struct event_base *base,
                const pd_queries_t *queries, pd_pg_t *pg)
{
    r->rounds.round = pd_retain_round;
    r->rounds.ctx = r;

    return pd_rounds_start(&r->rounds, base, queries, pg, PD_RETAIN_EVERY);
}
