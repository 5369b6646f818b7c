/*
 * How a job asks PostgreSQL.
 */

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "clock.h"
#include "log.h"


#define PD_ASK_SAYS 60000 /* milliseconds until a cause is said again */


/* What was said of each statement, by their numbers: jobs ask again and again,
 * and what is wrong with one may last. */
static struct {
    char    state[6]; /* an SQLSTATE */
    int64_t at;       /* pd_clock() */
} pd_ask_said[PD_STATEMENTS];


/* Values may point into the :work object: they go first. */
void
pd_ask_clear(pd_ask_t *a)
{
    pd_values_clear(&a->values);
    json_decref(a->inputs[PD_FROM_WORK]);
    a->inputs[PD_FROM_WORK] = NULL;
}


static void
pd_ask_failed(const pd_statement_t *s, const PGresult *res)
{
    int64_t     now;
    const char *state, *message;

    now = pd_clock();
    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    state = state == NULL ? "" : state;

    if (strcmp(pd_ask_said[s->number].state, state) == 0
        && now - pd_ask_said[s->number].at < PD_ASK_SAYS) {
        return;
    }

    (void) snprintf(pd_ask_said[s->number].state,
                    sizeof(pd_ask_said[s->number].state), "%s", state);
    pd_ask_said[s->number].at = now;

    message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    pd_log(PD_ERROR, "statement", "name", s->name, "sqlstate", state, "detail",
           pd_log_said(state, message), NULL);
}


static void
pd_asked(pd_unit_t *u, pd_pg_outcome_t outcome, const PGresult *res)
{
    pd_ask_t *a = u->ctx;

    if (outcome == PD_PG_ERROR) {
        pd_ask_failed(u->statement, res);
    }

    pd_ask_clear(a);
    a->done(a->ctx, outcome == PD_PG_DONE ? res : NULL);
}


/* A missing statement is a mistake of the release, not of the data: it is
 * logged and the job goes on to its next round. */
void
pd_ask(pd_ask_t *a, const char *statement, json_t *work, pd_asked_pt done,
       void *ctx)
{
    a->done = done;
    a->ctx = ctx;
    a->inputs[PD_FROM_WORK] = work;
    a->unit = (pd_unit_t){
        .statement = pd_queries_find(a->queries, statement),
        .values = a->values.values,
        .done = pd_asked,
        .ctx = a,
    };

    if (a->unit.statement == NULL
        || pd_bind(&a->values, a->unit.statement, a->inputs) != 0) {
        pd_log(PD_ERROR, "statement", "name", statement, "detail",
               "is not there, or no memory", NULL);
        pd_ask_clear(a);
        done(ctx, NULL);
        return;
    }

    pd_pg_submit(a->pg, &a->unit);
}
