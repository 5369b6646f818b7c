/*
 * `partnerd serve`: answers the management API until SIGTERM.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <event2/listener.h>

#include "body.h"
#include "clock.h"
#include "listener.h"
#include "log.h"
#include "metrics.h"
#include "pepper.h"
#include "request.h"
#include "verbs.h"


#define PD_READER_DEPTH 64          /* units in flight a connection */
#define PD_HEADERS_MAX  (32 * 1024) /* bytes; nginx passes less */
#define PD_DRAIN_TICK   50          /* milliseconds */
#define PD_DRAIN_QUIET  250         /* milliseconds without a request */

/*
 * evhttp answers what exceeds its own limit in HTML; up to this one a body is
 * read and refused by us.  nginx, in front, refuses first.
 */
#define PD_HTTP_MAX (16 * PD_BODY_MAX)

#define PD_METHODS_ALLOWED                                                    \
    (EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT      \
     | EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS              \
     | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT)


typedef struct {
    pd_server_t                 server;
    struct evconnlistener      *listener;
    struct evhttp_bound_socket *bound;
    struct event               *stop[2]; /* SIGTERM, SIGINT */
    struct event               *drain;
    pd_metrics_page_t           metrics;
} pd_serving_t;


static int
pd_serve_wrong(const char *detail)
{
    pd_log(PD_ERROR, "serve", "detail", detail, NULL);

    return -1;
}


/* Of a row, or a page along an index: planned once, and never sorted.  Left to
 * itself PostgreSQL takes filters that are not there to leave few rows to sort,
 * and plans each list anew, which takes longer than reading it. */
#define PD_SERVE_READS                                                        \
    "; SET plan_cache_mode = force_generic_plan; SET jit = off;"              \
    "SET enable_sort = off; SET enable_seqscan = off;"                        \
    "SET enable_bitmapscan = off"


/* PostgreSQL gives up before we do: then the answer is an error of one unit,
 * not the loss of a connection. */
static char *
pd_serve_setup(const pd_options_t *options, const char *more)
{
    int   len;
    char *setup;

    len = asprintf(&setup,
                   "SET ROLE partner_serve; SET statement_timeout = %ld;"
                   "SET lock_timeout = %ld%s",
                   options->deadline * 4 / 5, options->deadline * 2 / 5, more);

    return len > 0 ? setup : NULL;
}


static pd_pg_t *
pd_serve_pool(pd_server_t *s, const char *name, long connections,
              const char *setup, unsigned depth, unsigned fair)
{
    pd_pg_conf_t conf = {
        .base = s->base,
        .conninfo = s->options->database,
        .setup = setup,
        .name = name,
        .connections = (unsigned) connections,
        .depth = depth,
        .fair = fair,
        .waiting = (unsigned) s->options->waiting,
        .deadline = (int) s->options->deadline,
    };

    return setup != NULL ? pd_pg_create(&conf) : NULL;
}


static void
pd_serve_redis_up(void *ctx)
{
    pd_server_t *s = ctx;

    if (s->acks != NULL) {
        pd_acks_ready(s->acks);
    }
}


static int
pd_serve_connect(pd_server_t *s)
{
    pd_redis_conf_t redis = {
        .up = pd_serve_redis_up,
        .ctx = s,
        .base = s->base,
        .login = &s->login,
        .deadline = (int) s->options->deadline,
    };

    s->setup = pd_serve_setup(s->options, "");
    s->reads = pd_serve_setup(s->options, PD_SERVE_READS);
    s->readers = pd_serve_pool(s, "readers", s->options->readers, s->reads,
                               PD_READER_DEPTH, 0);
    s->scans = pd_serve_pool(s, "scans", s->options->scans, s->setup, 1, 1);
    s->writers
        = pd_serve_pool(s, "writers", s->options->writers, s->setup, 1, 0);
    s->wake = pd_wake_create(s->base, s->options->database);
    s->deposits = pd_deposits_create(s->base, s->options->subject_keys,
                                     (unsigned) s->options->waiting);
    s->copies.most = (unsigned) s->options->waiting;

    if (s->readers == NULL || s->scans == NULL || s->writers == NULL
        || s->wake == NULL || s->deposits == NULL) {
        return pd_serve_wrong("no memory");
    }

    if (s->options->redis[0] == '\0') {
        return 0;
    }

    s->redis = pd_redis_create(&redis);
    s->acks = s->redis == NULL ? NULL
                               : pd_acks_create(s->base, &s->login, s->redis);

    return s->acks != NULL ? 0 : pd_serve_wrong("no memory");
}


/* The socket is the last thing to come: who can connect is served. */
static int
pd_serve_listen(pd_serving_t *s)
{
    int        fd;
    lp_error_t err;

    s->server.http = evhttp_new(s->server.base);
    if (s->server.http == NULL) {
        return pd_serve_wrong("no memory");
    }

    evhttp_set_gencb(s->server.http, pd_request_arrive, &s->server);
    evhttp_set_allowed_methods(s->server.http, PD_METHODS_ALLOWED);
    evhttp_set_max_body_size(s->server.http, PD_HTTP_MAX);
    evhttp_set_max_headers_size(s->server.http, PD_HEADERS_MAX);

    fd = pd_listener_open("--listen", s->server.options->listen, &err);
    if (fd < 0) {
        return pd_serve_wrong(err.text);
    }

    s->listener = evconnlistener_new(
        s->server.base, NULL, NULL,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (s->listener == NULL) {
        (void) close(fd);
        return pd_serve_wrong("cannot listen");
    }

    s->bound = evhttp_bind_listener(s->server.http, s->listener);

    return s->bound != NULL ? 0 : pd_serve_wrong("cannot listen");
}


static int
pd_serve_metrics(pd_serving_t *s)
{
    lp_error_t err;

    s->metrics.of = PD_METRICS_SERVE;
    s->metrics.pools[0] = s->server.readers;
    s->metrics.pools[1] = s->server.scans;
    s->metrics.pools[2] = s->server.writers;

    return pd_metrics_open(&s->metrics, s->server.base,
                           s->server.options->metrics, &err)
                   == LP_OK
               ? 0
               : pd_serve_wrong(err.text);
}


/* All was answered, and nothing came for a while on what is still open. */
static void
pd_serve_drain(evutil_socket_t fd, short what, void *arg)
{
    pd_serving_t *s = arg;

    (void) fd;
    (void) what;

    if (s->server.inflight == 0
        && pd_clock() - s->server.busy >= PD_DRAIN_QUIET) {
        (void) event_base_loopbreak(s->server.base);
    }
}


/* nginx sees the socket vanish and takes another server of its upstream. */
static void
pd_serve_stop(evutil_socket_t signo, short what, void *arg)
{
    pd_serving_t  *s = arg;
    struct timeval every = pd_timeval(PD_DRAIN_TICK);

    (void) signo;
    (void) what;

    if (s->server.draining) {
        return;
    }

    pd_log(PD_INFO, "draining", NULL);
    s->server.draining = 1;
    s->server.busy = pd_clock();

    pd_listener_remove(s->server.options->listen);
    evhttp_del_accept_socket(s->server.http, s->bound);
    (void) event_add(s->drain, &every);
}


/* Changes of what is watched go to the kernel once a turn: a request that is
 * answered stops to read and begins again, and to write too. */
static struct event_base *
pd_serve_base(void)
{
    struct event_base   *base;
    struct event_config *config;

    config = event_config_new();
    if (config == NULL) {
        return NULL;
    }

    base = event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST)
                   == 0
               ? event_base_new_with_config(config)
               : NULL;
    event_config_free(config);

    return base;
}


static int
pd_serve_signals(pd_serving_t *s)
{
    s->stop[0] = evsignal_new(s->server.base, SIGTERM, pd_serve_stop, s);
    s->stop[1] = evsignal_new(s->server.base, SIGINT, pd_serve_stop, s);
    s->drain = event_new(s->server.base, -1, EV_PERSIST, pd_serve_drain, s);

    if (s->stop[0] == NULL || s->stop[1] == NULL || s->drain == NULL
        || event_add(s->stop[0], NULL) != 0
        || event_add(s->stop[1], NULL) != 0) {
        return pd_serve_wrong("cannot watch signals");
    }

    return 0;
}


static void
pd_serve_end(pd_serving_t *s)
{
    size_t i;

    pd_metrics_close(&s->metrics);

    /* They answer what they hold, and what is answered may go on: keys to
     * writers, and copies of what writers did to readers. */
    pd_deposits_free(s->server.deposits);
    pd_pg_free(s->server.writers);
    pd_pg_free(s->server.scans);
    pd_pg_free(s->server.readers);
    free(s->server.setup);
    free(s->server.reads);
    pd_wake_free(s->server.wake);

    /* The last answers of Redis, that there is none, are told to acks. */
    pd_redis_free(s->server.redis);
    pd_acks_free(s->server.acks);

    if (s->server.http != NULL) {
        evhttp_free(s->server.http);
    }

    for (i = 0; i < 2; i++) {
        if (s->stop[i] != NULL) {
            event_free(s->stop[i]);
        }
    }

    if (s->drain != NULL) {
        event_free(s->drain);
    }

    if (s->server.base != NULL) {
        event_base_free(s->server.base);
    }

    pd_login_wipe(&s->server.login);
    pd_subjects_wipe(&s->server.subjects);
    lp_digest_free(s->server.sha256);
    lp_peppers_free(s->server.peppers);
    pd_service_free(&s->server.service);
    pd_signer_free(&s->server.signer);
    libevent_global_shutdown();
}


int
pd_serve(const pd_options_t *o)
{
    int          rc;
    lp_error_t   err;
    pd_serving_t s = { .server.options = o };

    if ((o->redis[0] != '\0'
         && pd_login_load(&s.server.login, o, &err) != LP_OK)
        || pd_subjects_open(&s.server.subjects, o->subject_keys, o->master_key,
                            &err)
               != LP_OK
        || pd_signer_load(&s.server.signer, o->report_key, &err) != LP_OK
        || pd_pepper_load(&s.server.peppers, o->key_pepper, &err) != LP_OK
        || pd_migration_last(o->sql, s.server.level, &err) != LP_OK
        || pd_service_load(&s.server.service, o, &err) != LP_OK) {
        (void) pd_serve_wrong(err.text);
        pd_serve_end(&s); /* what was loaded until then */
        return 1;
    }

    s.server.base = pd_serve_base();
    s.server.sha256 = lp_digest_create();
    rc = s.server.base == NULL || s.server.sha256 == NULL
             ? pd_serve_wrong("no event loop, or no SHA-256")
             : pd_serve_connect(&s.server);
    rc = rc == 0 ? pd_serve_signals(&s) : rc;
    rc = rc == 0 ? pd_serve_metrics(&s) : rc;
    rc = rc == 0 ? pd_serve_listen(&s) : rc;

    if (rc == 0) {
        pd_log(PD_INFO, "serving", "listen", o->listen, NULL);
        rc = event_base_dispatch(s.server.base) < 0 ? -1 : 0;
    }

    pd_serve_end(&s);

    return rc == 0 ? 0 : 1;
}
