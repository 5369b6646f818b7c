/*
 * Destroys the keys of erased data subjects: of all of them once when this
 * process begins to lead, for a folder that was restored from a copy, and from
 * then on of those whose erasure is new.
 */

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "shred.h"


#define PD_SHRED_EVERY 1000 /* milliseconds; finds what no NOTIFY told of */
#define PD_SHRED_FIRST "00000000-0000-0000-0000-000000000000"


static void pd_shred_round(pd_shred_t *s);


/* A key that cannot be removed is tried again with the next round. */
static void
pd_shred_done(void *ctx, const PGresult *res)
{
    pd_shred_t *s = ctx;

    s->running = 0;

    if (res != NULL && s->after[0] != '\0') {
        pd_shred_round(s);
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

    n = res == NULL || !s->leading ? 0 : PQntuples(res);

    if (n == 0) {
        s->running = 0;
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

    pd_ask(&s->ask, "_erasures.done", json_pack("{s:o}", "ids", ids),
           pd_shred_done, s);
}


static void
pd_shred_round(pd_shred_t *s)
{
    if (!s->leading || s->running) {
        return;
    }

    s->running = 1;

    if (s->after[0] == '\0') {
        pd_ask(&s->ask, "_erasures.due", NULL, pd_shred_page, s);
    } else {
        pd_ask(&s->ask, "_erasures.page",
               json_pack("{s:s}", "after", s->after), pd_shred_page, s);
    }
}


static void
pd_shred_tick(evutil_socket_t fd, short what, void *arg)
{
    (void) fd;
    (void) what;

    pd_shred_round(arg);
}


void
pd_shred_wake(pd_shred_t *s)
{
    pd_shred_round(s);
}


void
pd_shred_lead(pd_shred_t *s)
{
    s->leading = 1;
    (void) snprintf(s->after, sizeof(s->after), "%s", PD_SHRED_FIRST);
    pd_shred_round(s);
}


void
pd_shred_stop(pd_shred_t *s)
{
    s->leading = 0;
}


int
pd_shred_start(pd_shred_t *s, struct event_base *base,
               const pd_queries_t *queries, pd_pg_t *pg, const char *dir)
{
    struct timeval every = pd_timeval(PD_SHRED_EVERY);

    s->ask = (pd_ask_t){ .queries = queries, .pg = pg };
    s->dir = dir;
    s->tick = event_new(base, -1, EV_PERSIST, pd_shred_tick, s);

    return s->tick != NULL && event_add(s->tick, &every) == 0 ? 0 : -1;
}


void
pd_shred_free(pd_shred_t *s)
{
    if (s->tick != NULL) {
        event_free(s->tick);
    }

    pd_ask_clear(&s->ask);
}
