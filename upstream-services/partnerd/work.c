/*
 * `partnerd work`: the jobs.  One process holds the lock and works; others
 * stand by and take over.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "clock.h"
#include "intake.h"
#include "log.h"
#include "metrics.h"
#include "migration.h"
#include "outbox.h"
#include "relay.h"
#include "retain.h"
#include "shred.h"
#include "used.h"
#include "verbs.h"
#include "wake.h"


#define PD_STANDBY  200   /* milliseconds between tries for the lock */
#define PD_DEADLINE 30000 /* milliseconds that a job's statement may take */
#define PD_RETAIN   5000  /* milliseconds between looks at what is over */
#define PD_LEAVE    1000 /* at partners that leave, if no NOTIFY told of one */


/* What time ends, and what goes with a partner. */
static const char *const pd_work_over[]
    = { "_idempotency.forget", "_applications.sunset", "_slo.roll", NULL };
static const char *const pd_work_leaving[] = { "_partners.leave", NULL };

/* The server gives up before we do, or a round would begin its statement again
 * beside the one of the round before; also where this process is gone, which
 * holds its lock until then. */
#define PD_WORK_SETUP                                                         \
    "SET ROLE partner_work; SET statement_timeout = '20s';"                   \
    "SET lock_timeout = '1s'; SET client_connection_check_interval = '1s'"


typedef struct {
    const pd_options_t *options;
    pd_login_t          login;
    struct event_base  *base;
    pd_queries_t        queries;
    pd_pg_t            *pg;    /* its one connection holds the lock */
    pd_pg_t            *store; /* intakes: they must not delay the relay */
    pd_ask_t            ask;
    pd_relay_t         *relay;
    pd_intake_t         intake;
    pd_used_t           used;
    pd_retain_t         over;
    pd_retain_t         leaving;
    pd_audit_t          audit;
    pd_shred_t          shred;
    pd_rounds_t         outbox;
    pd_metrics_page_t   metrics;
    struct event       *standby;
    struct event       *stop[2]; /* SIGTERM, SIGINT */
    unsigned            asking;
    unsigned            leading;
    unsigned            lacking; /* a migration, which was logged */
    char                level[PD_MIGRATION_DIGITS + 1]; /* that it must have */
} pd_working_t;


static int
pd_work_wrong(const char *detail)
{
    pd_log(PD_ERROR, "work", "detail", detail, NULL);

    return -1;
}


/* Said once, however long it takes. */
static int
pd_work_lacks(pd_working_t *w, const PGresult *res)
{
    lp_error_t err;

    if (res == NULL || PQgetvalue(res, 0, 0)[0] == 't') {
        return 0;
    }

    if (!w->lacking) {
        w->lacking = 1;
        (void) lp_error(&err, "",
                        "the database lacks migration %s of this version: run "
                        "partnerd migrate",
                        w->level);
        (void) pd_work_wrong(err.text);
    }

    return -1;
}


/* A session lock: it lives and dies with this connection. */
static void
pd_work_locked(void *ctx, const PGresult *res)
{
    pd_working_t *w = ctx;

    w->asking = 0;
    (void) pd_work_lacks(w, res);

    if (res == NULL || PQgetvalue(res, 0, 1)[0] != 't') {
        return;
    }

    w->leading = 1;
    pd_metrics.leading = 1;
    pd_log(PD_INFO, "leading", NULL);
    pd_relay_lead(w->relay);
    pd_rounds_lead(&w->intake.rounds);
    pd_rounds_lead(&w->used.rounds);
    pd_rounds_lead(&w->over.rounds);
    pd_rounds_lead(&w->leaving.rounds);
    pd_audit_lead(&w->audit);
    pd_shred_lead(&w->shred);
    pd_rounds_lead(&w->outbox);
}


static void
pd_work_level(void *ctx, const PGresult *res)
{
    pd_working_t *w = ctx;

    if (res == NULL || pd_work_lacks(w, res) != 0) {
        w->asking = 0;
        return;
    }

    pd_ask(&w->ask, "_relay.lock", json_pack("{s:s}", "level", w->level),
           pd_work_locked, w);
}


/* Cheap enough for several times a second: it takes no lock that others see. */
static void
pd_work_standby(evutil_socket_t fd, short what, void *arg)
{
    pd_working_t *w = arg;

    (void) fd;
    (void) what;

    if (!w->leading && !w->asking) {
        w->asking = 1;
        pd_ask(&w->ask, "_relay.level", NULL, pd_work_level, w);
    }
}


/* Jobs end what they are at without another step, and begin nothing. */
static void
pd_work_follow(pd_working_t *w)
{
    w->leading = 0;
    pd_metrics.leading = 0;
    pd_metrics.outbox = 0;
    pd_relay_stop(w->relay);
    pd_rounds_stop(&w->intake.rounds);
    pd_rounds_stop(&w->used.rounds);
    pd_rounds_stop(&w->over.rounds);
    pd_rounds_stop(&w->leaving.rounds);
    pd_rounds_stop(&w->audit.rounds);
    pd_rounds_stop(&w->shred.rounds);
    pd_rounds_stop(&w->outbox);
}


/* With its connection the lock is gone, perhaps to another process. */
static void
pd_work_down(void *ctx)
{
    pd_working_t *w = ctx;

    if (w->leading) {
        pd_log(PD_WARN, "not_leading", NULL);
        pd_work_follow(w);
    }
}


/*
 * One channel for all: what was committed is found by looking, and a look in
 * vain costs one query.
 */
static void
pd_work_notified(void *ctx)
{
    pd_working_t *w = ctx;

    pd_relay_wake(w->relay);
    pd_rounds_wake(&w->audit.rounds);
    pd_rounds_wake(&w->shred.rounds);
    pd_rounds_wake(&w->leaving.rounds);
}


static void
pd_work_stop(evutil_socket_t signo, short what, void *arg)
{
    pd_working_t *w = arg;

    (void) signo;
    (void) what;

    /* Whatever is half done is done again by the next: nothing is lost. */
    (void) event_base_loopbreak(w->base);
}


/* The leading pool has one connection, since the lock belongs to it. */
static pd_pg_t *
pd_work_pool(pd_working_t *w, const char *name, int leads)
{
    pd_pg_conf_t conf = {
        .base = w->base,
        .conninfo = w->options->database,
        .setup
        = leads ? PD_WORK_SETUP "; LISTEN " PD_WAKE_CHANNEL : PD_WORK_SETUP,
        .name = name,
        .connections = 1,
        .depth = 4,
        .waiting = 16,
        .deadline = PD_DEADLINE,
        .ctx = w,
    };

    if (leads) {
        conf.down = pd_work_down;
        conf.notified = pd_work_notified;
    }

    return pd_pg_create(&conf);
}


/*
 * Several workers may run: each connects and asks for the lock, and the jobs
 * of those that do not get it stay idle.
 */
static int
pd_work_start(pd_working_t *w)
{
    struct timeval every = pd_timeval(PD_STANDBY);

    w->base = event_base_new();
    if (w->base == NULL) {
        return pd_work_wrong("no event loop");
    }

    w->pg = pd_work_pool(w, "relay", 1);
    w->store = pd_work_pool(w, "intake", 0);
    w->ask = (pd_ask_t){ .queries = &w->queries, .pg = w->pg };

    if (w->pg == NULL || w->store == NULL) {
        return pd_work_wrong("no memory");
    }

    w->over.statements = pd_work_over;
    w->leaving.statements = pd_work_leaving;
    w->relay = pd_relay_create(w->base, &w->login, &w->queries, w->pg);

    if (w->relay == NULL
        || pd_intake_start(&w->intake, w->base, &w->login, &w->queries,
                           w->store)
               != 0
        || pd_used_start(&w->used, w->base, &w->login, &w->queries, w->store)
               != 0
        || pd_retain_start(&w->over, w->base, &w->queries, w->store, PD_RETAIN)
               != 0
        || pd_retain_start(&w->leaving, w->base, &w->queries, w->store,
                           PD_LEAVE)
               != 0
        || pd_audit_start(&w->audit, w->base, &w->queries, w->store,
                          w->options->audit_head)
               != 0
        || pd_shred_start(&w->shred, w->base, &w->queries, w->store,
                          w->options->subject_keys)
               != 0
        || pd_outbox_start(&w->outbox, w->base, &w->queries, w->store) != 0) {
        return pd_work_wrong("no memory");
    }

    w->standby = event_new(w->base, -1, EV_PERSIST, pd_work_standby, w);
    w->stop[0] = evsignal_new(w->base, SIGTERM, pd_work_stop, w);
    w->stop[1] = evsignal_new(w->base, SIGINT, pd_work_stop, w);

    if (w->standby == NULL || w->stop[0] == NULL || w->stop[1] == NULL
        || event_add(w->standby, &every) != 0
        || event_add(w->stop[0], NULL) != 0
        || event_add(w->stop[1], NULL) != 0) {
        return pd_work_wrong("cannot watch signals");
    }

    return 0;
}


static int
pd_work_metrics(pd_working_t *w)
{
    lp_error_t err;

    w->metrics.of = PD_METRICS_WORK;
    w->metrics.pools[0] = w->pg;
    w->metrics.pools[1] = w->store;

    return pd_metrics_open(&w->metrics, w->base, w->options->metrics, &err)
                   == LP_OK
               ? 0
               : pd_work_wrong(err.text);
}


/* event_free() takes no NULL. */
static void
pd_work_event_free(struct event *e)
{
    if (e != NULL) {
        event_free(e);
    }
}


static void
pd_work_end(pd_working_t *w)
{
    pd_metrics_close(&w->metrics);

    if (w->relay != NULL) {
        pd_work_follow(w);
    }

    /* Pools answer what they hold to jobs that are still there; what Redis
     * leaves unanswered after that asks no pool again. */
    pd_pg_free(w->pg);
    pd_pg_free(w->store);
    pd_relay_free(w->relay);
    pd_intake_free(&w->intake);
    pd_used_free(&w->used);
    pd_rounds_free(&w->over.rounds);
    pd_rounds_free(&w->leaving.rounds);
    pd_audit_free(&w->audit);
    pd_rounds_free(&w->shred.rounds);
    pd_rounds_free(&w->outbox);

    pd_work_event_free(w->standby);
    pd_work_event_free(w->stop[0]);
    pd_work_event_free(w->stop[1]);
    pd_ask_clear(&w->ask);

    if (w->base != NULL) {
        event_base_free(w->base);
    }

    pd_login_wipe(&w->login);
    pd_queries_free(&w->queries);
    libevent_global_shutdown();
}


/*
 * What is missing is said before anything is connected: the folder of keys,
 * then the login, then the statements.
 */
int
pd_work(const pd_options_t *o)
{
    int          rc;
    char         dir[4096];
    lp_error_t   err;
    pd_working_t w = { .options = o };

    (void) snprintf(dir, sizeof(dir), "%s/queries", o->sql);

    if (o->subject_keys[0] == '\0') {
        (void) pd_work_wrong("--subject-keys is missing: the folder of the "
                             "keys of personal data");
        return 1;
    }

    if (access(o->subject_keys, R_OK | W_OK | X_OK) != 0) {
        (void) lp_error(&err, "", "--subject-keys \"%.80s\": %s",
                        o->subject_keys, strerror(errno));
        (void) pd_work_wrong(err.text);
        return 1;
    }

    if (pd_login_load(&w.login, o, &err) != LP_OK
        || pd_queries_load(&w.queries, dir, &err) != LP_OK
        || pd_migration_last(o->sql, w.level, &err) != LP_OK) {
        (void) pd_work_wrong(err.text);
        return 1;
    }

    rc = pd_work_start(&w);
    rc = rc == 0 ? pd_work_metrics(&w) : rc;

    if (rc == 0) {
        pd_log(PD_INFO, "working", NULL);
        rc = event_base_dispatch(w.base) < 0 ? -1 : 0;
    }

    pd_work_end(&w);

    return rc == 0 ? 0 : 1;
}
