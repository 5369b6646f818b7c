/*
 * The page of metrics, in the Prometheus text format.
 */

#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/listener.h>

#include "listener.h"
#include "metrics.h"


pd_metrics_t pd_metrics;


/* Whose numbers: the process's own, its requests', each pool's. */
typedef enum {
    PD_METRIC_OWN = 0,
    PD_METRIC_REQUESTS,
    PD_METRIC_POOLS
} pd_kind_t;

typedef struct {
    unsigned    of; /* pages */
    const char *name;
    const char *type;
    const char *help;
    pd_kind_t   kind;
    size_t      offset; /* of an uint64_t in pd_metrics_t or pd_pg_state_t */
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
pd_metric_own(struct evbuffer *out, const pd_metric_t *m)
{
    uint64_t value;

    memcpy(&value, (const char *) &pd_metrics + m->offset, sizeof(value));
    (void) evbuffer_add_printf(out, "%s %" PRIu64 "\n", m->name, value);
}


static void
pd_metric_pools(struct evbuffer *out, const pd_metric_t *m,
                const pd_metrics_page_t *page)
{
    size_t        i;
    uint64_t      value;
    pd_pg_state_t state;

    for (i = 0; i < PD_METRICS_POOLS && page->pools[i] != NULL; i++) {
        state = pd_pg_state(page->pools[i]);
        memcpy(&value, (const char *) &state + m->offset, sizeof(value));
        (void) evbuffer_add_printf(out, "%s{pool=\"%s\"} %" PRIu64 "\n",
                                   m->name, state.name, value);
    }
}


static void
pd_metric_requests(struct evbuffer *out, const pd_metric_t *m)
{
    int class, status;

    static const char *const classes[PD_CLASSES] = { "read", "write", "none" };

    for (class = 0; class < PD_CLASSES; class ++) {
        for (status = 2; status < PD_METRICS_STATUSES; status++) {
            (void) evbuffer_add_printf(
                out, "%s{class=\"%s\",status=\"%dxx\"} %" PRIu64 "\n", m->name,
                classes[class], status, pd_metrics.requests[class][status]);
        }
    }
}


/* clang-format off */

#define PD_METRICS_BOTH (PD_METRICS_SERVE | PD_METRICS_WORK)

static const pd_metric_t pd_metric_rows[] = {

    { PD_METRICS_SERVE, "partnerd_requests_total", "counter",
      "Requests that were answered, by class of operation and status.",
      PD_METRIC_REQUESTS, 0 },

    { PD_METRICS_WORK, "partnerd_leading", "gauge",
      "1 in the process that does the work.",
      PD_METRIC_OWN, offsetof(pd_metrics_t, leading) },

    { PD_METRICS_WORK, "partnerd_usage_stored_total", "counter",
      "Counters of usage that were stored, as often as they came.",
      PD_METRIC_OWN, offsetof(pd_metrics_t, stored) },

    { PD_METRICS_WORK, "partnerd_usage_stored_timestamp_seconds", "gauge",
      "When usage was last stored; 0: not since the start.",
      PD_METRIC_OWN, offsetof(pd_metrics_t, stored_at) },

    { PD_METRICS_WORK, "partnerd_usage_malformed_total", "counter",
      "Fields of usage that nobody can read: they are not stored.",
      PD_METRIC_OWN, offsetof(pd_metrics_t, malformed) },

    { PD_METRICS_WORK, "partnerd_outbox_waiting", "gauge",
      "Changes that gateways were not told of, seconds ago.",
      PD_METRIC_OWN, offsetof(pd_metrics_t, outbox) },

    { PD_METRICS_BOTH, "partnerd_database_connections", "gauge",
      "Connections to PostgreSQL that are ready.",
      PD_METRIC_POOLS, offsetof(pd_pg_state_t, ready) },

    { PD_METRICS_BOTH, "partnerd_database_lost_total", "counter",
      "Connections to PostgreSQL that were lost.",
      PD_METRIC_POOLS, offsetof(pd_pg_state_t, lost) },

    { PD_METRICS_BOTH, "partnerd_database_waiting", "gauge",
      "Statements that wait for a connection.",
      PD_METRIC_POOLS, offsetof(pd_pg_state_t, waiting) },

    { 0, NULL, NULL, NULL, PD_METRIC_OWN, 0 }
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

        switch (m->kind) {

        case PD_METRIC_OWN:
            pd_metric_own(out, m);
            break;

        case PD_METRIC_REQUESTS:
            pd_metric_requests(out, m);
            break;

        case PD_METRIC_POOLS:
            pd_metric_pools(out, m, page);
            break;
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
