/*
 * The way of a request through partnerd.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>

#include "body.h"
#include "clock.h"
#include "cursor.h"
#include "idempotent.h"
#include "match.h"
#include "params.h"
#include "park.h"
#include "protect.h"
#include "request.h"
#include "result.h"


/* As evhttp_find_header(), which calls a function for each character. */
const char *
pd_request_header(void *ctx, const char *name)
{
    pd_request_t          *r = ctx;
    const struct evkeyval *field;

    field = evhttp_request_get_input_headers(r->http)->tqh_first;

    while (field != NULL
           && (tolower((unsigned char) *field->key)
                   != tolower((unsigned char) *name)
               || strcasecmp(field->key, name) != 0)) {
        field = field->next.tqe_next;
    }

    return field == NULL ? NULL : field->value;
}


/* The connection ends before the answer: evhttp frees what it holds. */
static void
pd_request_left(struct evhttp_connection *connection, void *ctx)
{
    pd_request_t *r = ctx;

    (void) connection;
    r->http = NULL;
}


/*
 * The body is taken by a request that waits for gateways, and freed here
 * otherwise.
 */
void
pd_request_finish(pd_request_t *r, pd_pg_outcome_t outcome,
                  const PGresult *res)
{
    struct evbuffer *body;

    body = evbuffer_new();

    if (pd_result_render(r, outcome, res, body) != PD_OK) {
        pd_request_refuse(r);
    } else if (r->served->operation->obeyed) {
        pd_request_park(r, body, res);
        return;
    } else {
        pd_request_answer(r, r->served->operation->status, body);
    }

    if (body != NULL) {
        evbuffer_free(body);
    }
}


/* Only now is it committed, so only now is the relay woken.  What fails, or
 * finds nothing there, may have been done before, by a request that this one
 * repeats. */
static void
pd_request_done(pd_unit_t *u, pd_pg_outcome_t outcome, const PGresult *res)
{
    pd_request_t *r = u->ctx;

    pd_protect_done(r, outcome, res);
    pd_copies_leave(&r->copy);

    if (outcome == PD_PG_DONE && r->served->operation->method != PD_GET) {
        pd_wake(r->server->wake, r->served->operation->obeyed);
    }

    if (pd_idempotent(r)
        && (outcome == PD_PG_ERROR
            || (outcome == PD_PG_DONE && PQntuples(res) == 0))) {
        (void) pd_result_problem(r, outcome, res);
        pd_idempotent_look(r);
    } else {
        pd_request_finish(r, outcome, res);
    }
}


/* Reads of a row or a page share pipelines; whatever may take its time, or wait
 * for a lock, has a connection of its own. */
static pd_pg_t *
pd_request_pool(const pd_request_t *r)
{
    const pd_served_t *served = r->served;

    if (served->operation->method != PD_GET) {
        return r->server->writers;
    }

    return served->statement->scan
                   || pd_params_sift(served->operation,
                                     r->inputs[PD_FROM_QUERY])
               ? r->server->scans
               : r->server->readers;
}


static void
pd_request_query(pd_request_t *r)
{
    const pd_statement_t *statement;

    statement = r->served->statement;

    if (statement->sources & 1U << PD_FROM_IDENTITY) {
        r->inputs[PD_FROM_IDENTITY] = pd_identity_json(&r->identity);
    }

    if (pd_bind(&r->values, statement, r->inputs) != 0) {
        pd_protect_done(r, PD_PG_AWAY, NULL);
        (void) pd_problem_plain(&r->problem, "internal_error");
        pd_request_refuse(r);
        return;
    }

    r->unit = (pd_unit_t){
        .statement = statement,
        .values = r->values.values,
        .identity = &r->identity,
        .done = pd_request_done,
        .ctx = r,
    };

    pd_pg_submit(pd_request_pool(r), &r->unit);
}


/* A cursor of another list, or of nobody, is a wrong parameter. */
static int
pd_request_cursor(pd_request_t *r)
{
    const char *text;

    text = json_string_value(
        json_object_get(r->inputs[PD_FROM_QUERY], "cursor"));

    if (text == NULL) {
        return PD_OK;
    }

    r->inputs[PD_FROM_CURSOR]
        = pd_cursor_decode(r->served->operation->id, text);

    if (r->inputs[PD_FROM_CURSOR] != NULL) {
        return PD_OK;
    }

    pd_problem_add(&r->problem, "parameter", "cursor",
                   "is not one that this list gave");

    return pd_problem_plain(&r->problem, "invalid_parameter");
}


/* PD_METHODS: one that no operation has. */
static pd_method_t
pd_request_method(const pd_request_t *r)
{
    switch (evhttp_request_get_command(r->http)) {
    case EVHTTP_REQ_GET:
    case EVHTTP_REQ_HEAD:
        return PD_GET;
    case EVHTTP_REQ_POST:
        return PD_POST;
    case EVHTTP_REQ_PUT:
        return PD_PUT;
    case EVHTTP_REQ_PATCH:
        return PD_PATCH;
    case EVHTTP_REQ_DELETE:
        return PD_DELETE;
    default:
        return PD_METHODS;
    }
}


/* Method and path to operation; OPTIONS and 405 know what is there. */
static int
pd_request_route(pd_request_t *r)
{
    pd_route_t               route;
    const char              *path;
    const struct evhttp_uri *uri;

    uri = evhttp_request_get_evhttp_uri(r->http);
    path = uri == NULL ? NULL : evhttp_uri_get_path(uri);
    path = path == NULL ? "" : path;

    route
        = pd_router_match(r->server->service.contract.router,
                          pd_request_method(r), path, strlen(path), &r->match);

    if (route == PD_ROUTE_FOUND) {
        r->served = pd_service_served(&r->server->service, r->match.target);
        return PD_OK;
    }

    if (route == PD_ROUTE_NO_PATH) {
        return pd_problem_plain(&r->problem, "not_found");
    }

    (void) evhttp_add_header(evhttp_request_get_output_headers(r->http),
                             "Allow", r->match.allow);

    return pd_problem(&r->problem, "method_not_allowed", "allowed: %s",
                      r->match.allow);
}


static int
pd_request_parameters(pd_request_t *r)
{
    const char              *query;
    const pd_operation_t    *op;
    const struct evhttp_uri *uri;

    op = r->served->operation;
    uri = evhttp_request_get_evhttp_uri(r->http);
    query = uri == NULL ? NULL : evhttp_uri_get_query(uri);

    r->inputs[PD_FROM_PATH] = pd_params_path(op, &r->match, &r->problem);
    r->inputs[PD_FROM_QUERY] = pd_params_query(op, query, &r->problem);

    return r->problem.code != NULL ? PD_REFUSED : pd_request_cursor(r);
}


/* Above the limit the bytes are not even looked at. */
static int
pd_request_body(pd_request_t *r)
{
    size_t           len;
    const char      *data;
    struct evbuffer *input;

    input = evhttp_request_get_input_buffer(r->http);
    len = evbuffer_get_length(input);
    data
        = len > PD_BODY_MAX ? NULL : (const char *) evbuffer_pullup(input, -1);

    r->inputs[PD_FROM_BODY] = pd_body_read(
        r->served->operation, pd_request_header(r, "Content-Type"), data, len,
        &r->problem);

    return r->problem.code != NULL ? PD_REFUSED : PD_OK;
}


/* After validation: what a handler makes is never made in vain. */
static int
pd_request_before(pd_request_t *r)
{
    const pd_handler_t *h;

    h = r->served->handler;

    return h == NULL || h->before == NULL ? PD_OK : h->before(r);
}


/* Before parameters and body: who may not call learns nothing of them. */
static int
pd_request_may(pd_request_t *r)
{
    return pd_identity_may(&r->identity, r->served->operation, &r->problem);
}


/* The stages of a request; the first that refuses ends it. */
static int (*const pd_stages[])(pd_request_t *r) = {
    pd_request_route,      pd_request_may,
    pd_request_parameters, pd_request_body,
    pd_match_read,         pd_request_before,
    pd_idempotent_read,    pd_idempotent_turn,
    pd_protect_body,       NULL,
};


/* A stage that goes on later may have gone on, and ended the request, before
 * it returns: `r` is not touched behind it. */
void
pd_request_walk(pd_request_t *r)
{
    while (pd_stages[r->stage] != NULL) {
        switch (pd_stages[r->stage++](r)) {
        case PD_OK:
            break;
        case PD_LATER:
            return;
        default:
            pd_request_refuse(r);
            return;
        }
    }

    if (r->served->statement == NULL) {
        r->served->handler->answer(r);
    } else {
        pd_request_query(r);
    }
}


/* What a path allows, to whoever asks. */
static void
pd_request_options(pd_request_t *r)
{
    struct evbuffer *none;

    if (pd_request_route(r) != PD_OK
        && strcmp(r->problem.code, "method_not_allowed") != 0) {
        pd_request_refuse(r);
        return;
    }

    none = evbuffer_new();
    pd_problem_clear(&r->problem);
    pd_request_answer(r, HTTP_NOCONTENT, none);

    if (none != NULL) {
        evbuffer_free(none);
    }
}


void
pd_request_arrive(struct evhttp_request *http, void *ctx)
{
    pd_server_t  *server = ctx;
    pd_request_t *r;

    r = calloc(1, sizeof(pd_request_t));
    if (r == NULL) {
        evhttp_send_reply(http, HTTP_SERVUNAVAIL, NULL, NULL);
        return;
    }

    r->server = server;
    r->http = http;
    r->arrived = pd_clock();
    server->inflight++;
    server->busy = r->arrived;

    evhttp_connection_set_closecb(evhttp_request_get_connection(http),
                                  pd_request_left, r);
    pd_identity_read(&r->identity, pd_request_header, r);

    if (evhttp_request_get_command(http) == EVHTTP_REQ_OPTIONS) {
        pd_request_options(r);
    } else {
        pd_request_walk(r);
    }
}
