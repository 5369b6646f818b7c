/*
 * GET /v1/slow?ms=: an upstream that takes its time.
 */

#include "handlers.h"

#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_MAX  10000 /* milliseconds */
#define DELAYS_MAX 1000  /* answers that wait at once */

typedef struct sb_delay_s sb_delay_t;

/* Owned by the server's list until its timer fires or the server closes. */
struct sb_delay_s {
    sb_server_t           *server;
    struct evhttp_request *req;
    struct event          *timer;
    sb_delay_t           **link; /* what points at this one */
    sb_delay_t            *next;
    int                    ms;
};


/*
 * The list is linked both ways by what points at each element, so that one may
 * leave it from anywhere.
 */
static void
forget(sb_delay_t *d)
{
    *d->link = d->next;

    if (d->next != NULL) {
        d->next->link = d->link;
    }

    d->server->n_delays--;
    event_free(d->timer);
    free(d);
}


static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
    struct evhttp_request *req;
    sb_delay_t            *d;
    int                    ms;

    (void) fd;
    (void) events;

    d = arg;
    req = d->req;
    ms = d->ms;
    forget(d);

    /* a request whose client left meanwhile is freed by the reply */

    sb_answer(req, 200, json_pack("{s:{s:i}}", "data", "delayedMs", ms));
}


static int
start(sb_call_t *call, int ms)
{
    struct timeval when;
    sb_delay_t    *d;

    d = calloc(1, sizeof(sb_delay_t));

    if (d == NULL) {
        return -1;
    }

    d->server = call->server;
    d->req = call->req;
    d->ms = ms;
    d->timer = evtimer_new(call->server->base, on_timer, d);

    if (d->timer == NULL) {
        free(d);
        return -1;
    }

    when.tv_sec = ms / 1000;
    when.tv_usec = ms % 1000 * 1000;

    if (evtimer_add(d->timer, &when) != 0) {
        event_free(d->timer);
        free(d);
        return -1;
    }

    d->next = call->server->delays;
    d->link = &call->server->delays;

    if (d->next != NULL) {
        d->next->link = &d->next;
    }

    call->server->delays = d;
    call->server->n_delays++;

    return 0;
}


/* -1 when the query is not exactly ms=0..10000. */
static int
read_delay(const char *query)
{
    const char *digits;

    if (query == NULL || strncmp(query, "ms=", 3) != 0) {
        return -1;
    }

    digits = query + 3;

    if (*digits == '\0' || strlen(digits) > 5
        || digits[strspn(digits, "0123456789")] != '\0'
        || atoi(digits) > DELAY_MAX) {
        return -1;
    }

    return atoi(digits);
}


void
sb_slow(sb_call_t *call)
{
    int ms;

    ms = read_delay(call->query);

    if (ms < 0) {
        sb_problem(call->req, 400, "invalid_parameter",
                   json_pack("[o]", sb_error("parameter", "ms",
                                             "must be 0 to %d", DELAY_MAX)),
                   "the query must be ms=<milliseconds>");
        return;
    }

    if (call->server->n_delays == DELAYS_MAX || start(call, ms) != 0) {
        sb_problem(call->req, 503, "busy", NULL, "%d answers wait already",
                   DELAYS_MAX);
    }
}


/* Their requests are evhttp's, which frees them with the server. */
void
sb_slow_close(sb_server_t *server)
{
    while (server->delays != NULL) {
        forget(server->delays);
    }
}
