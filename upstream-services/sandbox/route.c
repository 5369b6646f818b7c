/*
 * From method and path to the handler.
 */

#include "handlers.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char   *path;
    int           has_tail; /* whether "<path>/<tail>" is one of its own */
    sb_handler_pt get;      /* HEAD as well */
    sb_handler_pt post;     /* of the path without tail */
} route_t;

/* clang-format off */
static const route_t routes[] = {
    { "/v1/rides",    1, sb_rides,    sb_book },
    { "/v1/leads",    1, sb_leads,    NULL    },
    { "/v1/policies", 1, sb_policies, NULL    },
    { "/v1/products", 0, sb_products, NULL    },
    { "/v1/echo",     0, sb_echo,     sb_echo },
    { "/v1/slow",     0, sb_slow,     NULL    },
    { "/v1/status",   1, sb_status,   NULL    },
};
/* clang-format on */


static const route_t *
find(const char *path, const char **tail)
{
    const route_t *route;
    size_t         i, len;

    for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        route = &routes[i];
        len = strlen(route->path);

        if (strncmp(path, route->path, len) != 0) {
            continue;
        }

        if (path[len] == '\0') {
            *tail = "";
            return route;
        }

        if (path[len] == '/' && route->has_tail && path[len + 1] != '\0'
            && strchr(path + len + 1, '/') == NULL) {
            *tail = path + len + 1;
            return route;
        }
    }

    return NULL;
}


static void
refuse_method(struct evhttp_request *req, const char *allowed)
{
    /* without the header the answer is still a clear 405 */

    (void) evhttp_add_header(evhttp_request_get_output_headers(req), "Allow",
                             allowed);
    sb_problem(req, 405, "method_not_allowed", NULL, "allowed here: %s",
               allowed);
}


void
sb_route(struct evhttp_request *req, void *arg)
{
    const struct evhttp_uri *uri;
    const route_t           *route;
    sb_handler_pt            handler;
    const char              *path;
    sb_call_t                call;

    uri = evhttp_request_get_evhttp_uri(req);
    path = uri == NULL ? NULL : evhttp_uri_get_path(uri);
    route = path == NULL ? NULL : find(path, &call.tail);

    if (route == NULL) {
        sb_problem(req, 404, "not_found", NULL, "no such path");
        return;
    }

    switch (evhttp_request_get_command(req)) {

    case EVHTTP_REQ_GET:
    case EVHTTP_REQ_HEAD:
        handler = route->get;
        break;

    case EVHTTP_REQ_POST:
        handler = *call.tail == '\0' ? route->post : NULL;
        break;

    default:
        handler = NULL;
    }

    if (handler == NULL) {
        refuse_method(req, route->post != NULL && *call.tail == '\0'
                               ? "GET, HEAD, POST"
                               : "GET, HEAD");
        return;
    }

    call.server = arg;
    call.req = req;
    call.query = evhttp_uri_get_query(uri);
    handler(&call);
}
