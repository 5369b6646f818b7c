/*
 * The depth of the outbox: a number that is seconds old costs less than one
 * that each scrape waits for.
 */

#include <stdlib.h>

#include "metrics.h"
#include "outbox.h"


#define PD_OUTBOX_EVERY 5000 /* milliseconds */


static void
pd_outbox_seen(void *ctx, const PGresult *res)
{
    pd_rounds_t *r = ctx;

    r->running = 0;

    if (res != NULL && r->leading) {
        pd_metrics.outbox = strtoull(PQgetvalue(res, 0, 0), NULL, 10);
    }
}


static void
pd_outbox_round(void *ctx)
{
    pd_rounds_t *r = ctx;

    pd_ask(&r->ask, "_outbox.waiting", NULL, pd_outbox_seen, r);
}


int
pd_outbox_start(pd_rounds_t *r, struct event_base *base,
                const pd_queries_t *queries, pd_pg_t *pg)
{
    r->round = pd_outbox_round;
    r->ctx = r;

    return pd_rounds_start(r, base, queries, pg, PD_OUTBOX_EVERY);
}
