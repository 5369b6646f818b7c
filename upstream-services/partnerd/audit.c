/*
 * Chains the audit trail.  A round takes the rows that bear no position yet,
 * batch by batch, and publishes the end of the chain once none is left, or
 * once a second where they do not end.
 *
 * Rows are chained in the order in which this one job sees them committed,
 * those that it sees at once by their ids.  So the chain has no gaps, a
 * transaction that commits late comes late, and of two changes of one row,
 * which wait for each other, the earlier comes first.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "clock.h"
#include "log.h"
#include "published.h"


#define PD_AUDIT_EVERY 1000 /* milliseconds; finds what no NOTIFY told of */


/* ---- where the chain ends ---- */

/* Once, until it is mended: each round would say it again. */
static void
pd_audit_wrong(pd_audit_t *a, const char *detail)
{
    if (!a->broken) {
        pd_log(PD_ERROR, "audit", "detail", detail, NULL);
    }

    a->broken = 1;
}


static void
pd_audit_publish(pd_audit_t *a, const pd_chain_head_t *head)
{
    lp_error_t err;

    if (pd_published_write(head, a->path, &err) != LP_OK) {
        pd_audit_wrong(a, err.text);
        return;
    }

    a->published = *head;
    a->broken = 0;
}


/* Behind the head the rest of the rows is chained. */
static void
pd_audit_looked(pd_audit_t *a)
{
    a->rounds.running = 0;

    if (a->more) {
        pd_rounds_begin(&a->rounds);
    }
}


/*
 * A head is published only on top of the one before: a chain that was cut or
 * written anew would else hide it by its next row.
 */
static void
pd_audit_ends(void *ctx, const PGresult *res)
{
    pd_audit_t     *a = ctx;
    pd_chain_head_t head;

    if (res == NULL || PQntuples(res) != 1) {
        a->rounds.running = 0;
        return;
    }

    if (pd_chain_head(&head, res, 0, 0) != 0) {
        pd_audit_wrong(a, "the head of the trail is malformed");

    } else if (a->published.position > 0
               && strcmp(PQgetvalue(res, 0, 2), a->published.hash) != 0) {
        pd_audit_wrong(a, "the trail is not the one whose end was published: "
                          "run partnerd check audit");

    } else if (head.position > a->published.position) {
        pd_audit_publish(a, &head);
    }

    pd_audit_looked(a);
}


/* What another process published while it led is read when this one leads. */
static void
pd_audit_look(pd_audit_t *a)
{
    lp_error_t err;

    a->looked = pd_clock();

    if (a->path[0] == '\0') {
        pd_audit_looked(a);
        return;
    }

    if (!a->known
        && pd_published_read(&a->published, a->path, &err) != LP_OK) {
        pd_audit_wrong(a, err.text);
        pd_audit_looked(a);
        return;
    }

    a->known = 1;
    pd_ask(&a->rounds.ask, "_audit.ends",
           json_pack("{s:I}", "published", (json_int_t) a->published.position),
           pd_audit_ends, a);
}


/* ---- the chain ---- */

/* No row changed: another job moved the head meanwhile. */
static void
pd_audit_chained(void *ctx, const PGresult *res)
{
    pd_audit_t *a = ctx;

    a->rounds.running = 0;

    if (res != NULL && strcmp(PQcmdTuples((PGresult *) res), "0") != 0) {
        pd_rounds_begin(&a->rounds);
    }
}


static int
pd_audit_link(pd_audit_t *a, const PGresult *res, int row, json_t *links)
{
    const char *values[PD_CHAIN_VALUES];

    pd_chain_values(res, row, 3, values);

    if (pd_chain_link(&a->head, a->sha256, values) != 0) {
        return -1;
    }

    return json_array_append_new(
        links,
        json_pack("{s:s, s:I, s:s}", "id", PQgetvalue(res, row, 0), "position",
                  (json_int_t) a->head.position, "hash", a->head.hash));
}


static void
pd_audit_chain(pd_audit_t *a, const PGresult *res)
{
    int        row, rc;
    json_t    *links;
    json_int_t former;

    if (pd_chain_head(&a->head, res, 0, 1) != 0) {
        pd_audit_wrong(a, "the head of the trail is malformed");
        a->rounds.running = 0;
        return;
    }

    rc = 0;
    former = a->head.position;
    links = json_array();

    for (row = 0; rc == 0 && row < PQntuples(res); row++) {
        rc = pd_audit_link(a, res, row, links);
    }

    if (rc != 0) {
        pd_log(PD_ERROR, "audit", "detail", "no memory", NULL);
        json_decref(links);
        a->rounds.running = 0;
        return;
    }

    pd_ask(&a->rounds.ask, "_audit.chain",
           json_pack("{s:I, s:I, s:s, s:o}", "former", former, "position",
                     (json_int_t) a->head.position, "hash", a->head.hash,
                     "links", links),
           pd_audit_chained, a);
}


static void
pd_audit_pending(void *ctx, const PGresult *res)
{
    pd_audit_t *a = ctx;

    if (res == NULL || !a->rounds.leading) {
        a->rounds.running = 0;
        return;
    }

    a->more = PQntuples(res) > 0;

    if (!a->more || pd_clock() - a->looked >= PD_AUDIT_EVERY) {
        pd_audit_look(a);
    } else {
        pd_audit_chain(a, res);
    }
}


static void
pd_audit_round(void *ctx)
{
    pd_audit_t *a = ctx;

    pd_ask(&a->rounds.ask, "_audit.pending", NULL, pd_audit_pending, a);
}


void
pd_audit_lead(pd_audit_t *a)
{
    a->known = 0;
    pd_rounds_lead(&a->rounds);
}


int
pd_audit_start(pd_audit_t *a, struct event_base *base,
               const pd_queries_t *queries, pd_pg_t *pg, const char *path)
{
    a->path = path;
    a->sha256 = lp_digest_create();
    a->rounds.round = pd_audit_round;
    a->rounds.ctx = a;

    return a->sha256 == NULL ? -1
                             : pd_rounds_start(&a->rounds, base, queries, pg,
                                               PD_AUDIT_EVERY);
}


void
pd_audit_free(pd_audit_t *a)
{
    lp_digest_free(a->sha256);
    pd_rounds_free(&a->rounds);
}
