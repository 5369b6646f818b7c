/*
 * The page of metrics, in the Prometheus text format.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/listener.h>

#include "listener.h"
#include "metrics.h"


pd_metrics_t pd_metrics;


/* Writes the lines of one metric. */
typedef void (*pd_metric_lines_pt)(struct evbuffer *out, const char *name,
                                   const pd_metrics_page_t *page);

typedef struct {
    unsigned           of; /* pages */
    const char        *name;
    const char        *type;
    const char        *help;
    const uint64_t    *value; /* or */
    pd_metric_lines_pt lines;
} pd_metric_t;


void
pd_metrics_request(pd_class_t class, int status)
{
    int hundreds;

    hundreds = status / 100;
    pd_metrics
        .requests[class][hundreds < PD_METRICS_STATUSES ? hundreds : 0]++;
}


static void
pd_metric_requests(struct evbuffer *out, const char *name,
                   const pd_metrics_page_t *page)
{
    int class, status;

    static const char *const classes[PD_CLASSES] = { "read", "write", "none" };

    (void) page;

    for (class = 0; class < PD_CLASSES; class ++) {
        for (status = 2; status < PD_METRICS_STATUSES; status++) {
            (void) evbuffer_add_printf(
                out, "%s{class=\"%s\",status=\"%dxx\"} %" PRIu64 "\n", name,
                classes[class], status, pd_metrics.requests[class][status]);
        }
    }
}


static void
pd_metric_leading(struct evbuffer *out, const char *name,
                  const pd_metrics_page_t *page)
{
    (void) page;
    (void) evbuffer_add_printf(out, "%s %u\n", name, pd_metrics.leading);
}


static void
pd_metric_stored_at(struct evbuffer *out, const char *name,
                    const pd_metrics_page_t *page)
{
    (void) page;
    (void) evbuffer_add_printf(out, "%s %" PRId64 "\n", name,
                               pd_metrics.stored_at);
}


static void
pd_metric_connections(struct evbuffer *out, const char *name,
                      const pd_metrics_page_t *page)
{
    size_t        i;
    pd_pg_state_t state;

    for (i = 0; i < PD_METRICS_POOLS; i++) {
        state = pd_pg_state(page->pools[i]);
        (void) evbuffer_add_printf(out, "%s{pool=\"%s\"} %u\n", name,
                                   state.name, state.ready);
    }
}


static void
pd_metric_lost(struct evbuffer *out, const char *name,
               const pd_metrics_page_t *page)
{
    size_t        i;
    pd_pg_state_t state;

    for (i = 0; i < PD_METRICS_POOLS; i++) {
        state = pd_pg_state(page->pools[i]);
        (void) evbuffer_add_printf(out, "%s{pool=\"%s\"} %" PRIu64 "\n", name,
                                   state.name, state.lost);
    }
}


static void
pd_metric_waiting(struct evbuffer *out, const char *name,
                  const pd_metrics_page_t *page)
{
    size_t        i;
    pd_pg_state_t state;

    for (i = 0; i < PD_METRICS_POOLS; i++) {
        state = pd_pg_state(page->pools[i]);
        (void) evbuffer_add_printf(out, "%s{pool=\"%s\"} %u\n", name,
                                   state.name, state.waiting);
    }
}


/* clang-format off */

#define PD_METRICS_BOTH (PD_METRICS_SERVE | PD_METRICS_WORK)

static const pd_metric_t pd_metric_rows[] = {

    { PD_METRICS_SERVE, "partnerd_requests_total", "counter",
      "Requests that were answered, by class of operation and status.",
      NULL, pd_metric_requests },

    { PD_METRICS_WORK, "partnerd_leading", "gauge",
      "1 in the process that does the work.",
      NULL, pd_metric_leading },

    { PD_METRICS_WORK, "partnerd_usage_stored_total", "counter",
      "Counters of usage that were stored, as often as they came.",
      &pd_metrics.stored, NULL },

    { PD_METRICS_WORK, "partnerd_usage_stored_timestamp_seconds", "gauge",
      "When usage was last stored; 0: not since the start.",
      NULL, pd_metric_stored_at },

    { PD_METRICS_WORK, "partnerd_usage_malformed_total", "counter",
      "Fields of usage that nobody can read: they are not stored.",
      &pd_metrics.malformed, NULL },

    { PD_METRICS_WORK, "partnerd_outbox_waiting", "gauge",
      "Changes that gateways were not told of, seconds ago.",
      &pd_metrics.outbox, NULL },

    { PD_METRICS_BOTH, "partnerd_database_connections", "gauge",
      "Connections to PostgreSQL that are ready.",
      NULL, pd_metric_connections },

    { PD_METRICS_BOTH, "partnerd_database_lost_total", "counter",
      "Connections to PostgreSQL that were lost.",
      NULL, pd_metric_lost },

    { PD_METRICS_BOTH, "partnerd_database_waiting", "gauge",
      "Statements that wait for a connection.",
      NULL, pd_metric_waiting },

    { 0, NULL, NULL, NULL, NULL, NULL }
};

/* clang-format on */


static void
pd_metrics_print(struct evbuffer *out, const pd_metrics_page_t *page)
{
    const pd_metric_t *m;

    for (m = pd_metric_rows; m->name != NULL; m++) {
        if (!(m->of & page->of)) {
            continue;
        }

        (void) evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n",
                                   m->name, m->help, m->name, m->type);

        if (m->value != NULL) {
            (void) evbuffer_add_printf(out, "%s %" PRIu64 "\n", m->name,
                                       *m->value);
        } else {
            m->lines(out, m->name, page);
        }
    }
}


static void
pd_metrics_asked(struct evhttp_request *http, void *ctx)
{
    struct evbuffer         *out;
    const pd_metrics_page_t *page = ctx;

    out = evbuffer_new();

    if (out == NULL) {
        evhttp_send_error(http, HTTP_SERVUNAVAIL, NULL);
        return;
    }

    pd_metrics_print(out, page);
    (void) evhttp_add_header(evhttp_request_get_output_headers(http),
                             "Content-Type",
                             "text/plain; version=0.0.4; charset=utf-8");
    evhttp_send_reply(http, HTTP_OK, NULL, out);
    evbuffer_free(out);
}


int
pd_metrics_open(pd_metrics_page_t *page, struct event_base *base,
                const char *address, lp_error_t *err)
{
    int                    fd;
    struct evconnlistener *listener;

    if (address[0] == '\0') {
        return LP_OK;
    }

    fd = pd_listener_open("--metrics", address, err);
    if (fd < 0) {
        return LP_INVALID;
    }

    page->address = address;
    page->http = evhttp_new(base);
    listener = evconnlistener_new(
        base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0,
        fd);

    if (listener == NULL) {
        (void) close(fd);
        return lp_error(err, "", "%.100s: cannot listen", address);
    }

    if (page->http == NULL
        || evhttp_bind_listener(page->http, listener) == NULL) {
        evconnlistener_free(listener);
        return lp_error(err, "", "%.100s: cannot listen", address);
    }

    evhttp_set_allowed_methods(page->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_gencb(page->http, pd_metrics_asked, page);

    return LP_OK;
}


void
pd_metrics_close(pd_metrics_page_t *page)
{
    if (page->address != NULL) {
        pd_listener_remove(page->address);
    }

    if (page->http != NULL) {
        evhttp_free(page->http);
    }
}
