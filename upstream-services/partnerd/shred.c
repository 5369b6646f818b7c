/*
 * Destroys the keys of erased data subjects: of all of them once when this
 * process begins to lead, for a folder that was restored from a copy, and from
 * then on of those whose erasure is new.
 */

#include <stdio.h>
#include <string.h>

#include "shred.h"


#define PD_SHRED_EVERY 1000 /* milliseconds; finds what no NOTIFY told of */
#define PD_SHRED_FIRST "00000000-0000-0000-0000-000000000000"


/* A key that cannot be removed is tried again with the next round. */
static void
pd_shred_done(void *ctx, const PGresult *res)
{
    pd_shred_t *s = ctx;

    s->rounds.running = 0;

    if (res != NULL && s->after[0] != '\0') {
        pd_rounds_begin(&s->rounds);
    }
}


/* The row first, then the key, then the mark: a worker that ends between the
 * last two removes what is not there any more, which is as good. */
static void
pd_shred_page(void *ctx, const PGresult *res)
{
    int         row, n;
    json_t     *ids;
    pd_shred_t *s = ctx;

    n = res == NULL || !s->rounds.leading ? 0 : PQntuples(res);

    if (n == 0) {
        s->rounds.running = 0;
        s->after[0] = res != NULL ? '\0' : s->after[0];
        return;
    }

    ids = json_array();

    for (row = 0; row < n; row++) {
        if (pd_subject_destroy(s->dir, PQgetvalue(res, row, 0)) == 0) {
            (void) json_array_append_new(ids,
                                         json_string(PQgetvalue(res, row, 1)));
        }
    }

    if (s->after[0] != '\0') {
        (void) snprintf(s->after, sizeof(s->after), "%s",
                        PQgetvalue(res, n - 1, 1));
    }

    pd_ask(&s->rounds.ask, "_erasures.done", json_pack("{s:o}", "ids", ids),
           pd_shred_done, s);
}


static void
pd_shred_round(void *ctx)
{
    pd_shred_t *s = ctx;

    if (s->after[0] == '\0') {
        pd_ask(&s->rounds.ask, "_erasures.due", NULL, pd_shred_page, s);
    } else {
        pd_ask(&s->rounds.ask, "_erasures.page",
               json_pack("{s:s}", "after", s->after), pd_shred_page, s);
    }
}


void
pd_shred_lead(pd_shred_t *s)
{
    (void) snprintf(s->after, sizeof(s->after), "%s", PD_SHRED_FIRST);
    pd_rounds_lead(&s->rounds);
}


int
pd_shred_start(pd_shred_t *s, struct event_base *base,
               const pd_queries_t *queries, pd_pg_t *pg, const char *dir)
{
    s->dir = dir;
    s->rounds.round = pd_shred_round;
    s->rounds.ctx = s;

    return pd_rounds_start(&s->rounds, base, queries, pg, PD_SHRED_EVERY);
}
