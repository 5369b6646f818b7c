/*
 * The sandbox process: one evhttp server on one loop until a signal.
 */

#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "handlers.h"
#include "listen.h"
#include "options.h"

#define IDLE_TIMEOUT 90          /* seconds; nginx closes its end first */
#define HEADERS_MAX  (32 * 1024) /* bytes */
#define METHODS                                                               \
    (EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT      \
     | EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS)


/* What waits is not answered: nothing here is worth waiting for. */
static void
on_signal(evutil_socket_t number, short events, void *base)
{
    (void) number;
    (void) events;

    event_base_loopbreak(base);
}


static int
prepare(sb_server_t *server, const char *address)
{
    struct evconnlistener *listener;
    char                   error[256];

    server->http = evhttp_new(server->base);

    if (server->http == NULL) {
        fprintf(stderr, "sandbox: no memory for the server\n");
        return -1;
    }

    evhttp_set_allowed_methods(server->http, METHODS);
    evhttp_set_timeout(server->http, IDLE_TIMEOUT);
    evhttp_set_max_headers_size(server->http, HEADERS_MAX);

    /* beyond SB_BODY_MAX we answer, far beyond it libevent does */
    evhttp_set_max_body_size(server->http, 16 * SB_BODY_MAX);
    evhttp_set_gencb(server->http, sb_route, server);

    listener = sb_listen(server->base, address, error, sizeof(error));

    if (listener == NULL) {
        fprintf(stderr, "sandbox: %s\n", error);
        return -1;
    }

    if (evhttp_bind_listener(server->http, listener) == NULL) {
        evconnlistener_free(listener);
        fprintf(stderr, "sandbox: cannot serve %s\n", address);
        return -1;
    }

    return 0;
}


/* Answers that wait point into the server, so they go before it. */
static int
serve(sb_server_t *server, const char *address)
{
    struct event *term, *interrupt;
    int           rc;

    term = evsignal_new(server->base, SIGTERM, on_signal, server->base);
    interrupt = evsignal_new(server->base, SIGINT, on_signal, server->base);
    rc = -1;

    if (term != NULL && interrupt != NULL && evsignal_add(term, NULL) == 0
        && evsignal_add(interrupt, NULL) == 0
        && prepare(server, address) == 0) {
        fprintf(stderr, "sandbox: listening on %s, seed %llu\n", address,
                (unsigned long long) server->seed);
        rc = event_base_dispatch(server->base);
    }

    sb_slow_close(server);

    if (server->http != NULL) {
        evhttp_free(server->http);
    }

    if (term != NULL) {
        event_free(term);
    }

    if (interrupt != NULL) {
        event_free(interrupt);
    }

    return rc;
}


int
main(int argc, char **argv)
{
    sb_options_t options;
    sb_server_t  server;
    int          rc;

    if (sb_options_read(&options, argc, argv) != 0) {
        return 2;
    }

    if (options.help) {
        sb_options_help();
        return 0;
    }

    signal(SIGPIPE, SIG_IGN);

    memset(&server, 0, sizeof(server));
    server.seed = options.seed;
    server.base = event_base_new();

    if (server.base == NULL) {
        fprintf(stderr, "sandbox: no event loop\n");
        return 1;
    }

    rc = serve(&server, options.listen);
    event_base_free(server.base);
    libevent_global_shutdown();

    return rc == 0 ? 0 : 1;
}
