/*
 * One statement after another, each until it finds nothing any more.
 */

#include "retain.h"


/* A statement that yields a row may have more to do.  What fails is tried again
 * in the next round. */
static void
pd_retain_step(void *ctx, const PGresult *res)
{
    pd_retain_t *r = ctx;
    const char  *statement;

    r->next += res == NULL || PQntuples(res) == 0;
    statement = r->statements[r->next];

    if (statement == NULL || !r->rounds.leading) {
        r->rounds.running = 0;
        return;
    }

    pd_ask(&r->rounds.ask, statement, NULL, pd_retain_step, r);
}


static void
pd_retain_round(void *ctx)
{
    pd_retain_t *r = ctx;

    r->next = 0;
    pd_ask(&r->rounds.ask, r->statements[0], NULL, pd_retain_step, r);
}


int
pd_retain_start(pd_retain_t *r, struct event_base *base,
                const pd_queries_t *queries, pd_pg_t *pg, int every)
{
    r->rounds.round = pd_retain_round;
    r->rounds.ctx = r;

    return pd_rounds_start(&r->rounds, base, queries, pg, every);
}
