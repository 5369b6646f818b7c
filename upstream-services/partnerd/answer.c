/*
 * The end of a request: its answer, or its problem.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <openssl/crypto.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>

#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "request.h"


/* The last use of the request; the key that it may hold is wiped. */
static void
pd_request_free(pd_request_t *r)
{
    size_t i;

    pd_copies_leave(&r->copy);

    for (i = 0; i < PD_SOURCES; i++) {
        json_decref(r->inputs[i]);
    }

    pd_values_clear(&r->values);
    pd_problem_clear(&r->problem);
    pd_minted_wipe(&r->minted);
    OPENSSL_cleanse(&r->person, sizeof(r->person));

    if (r->phrase != NULL) {
        OPENSSL_cleanse(r->phrase, strlen(r->phrase));
        free(r->phrase);
    }

    if (r->parked != NULL) {
        evbuffer_free(r->parked);
    }

    r->server->inflight--;
    r->server->busy = pd_clock();
    free(r);
}


/* Changes and failures are logged; reads that work are the gateway's to
 * count. */
static void
pd_request_log(const pd_request_t *r, int status)
{
    char code[16], took[24];

    if (status < 500
        && (r->served == NULL || r->served->operation->method == PD_GET)) {
        return;
    }

    (void) snprintf(code, sizeof(code), "%d", status);
    (void) snprintf(took, sizeof(took), "%lld",
                    (long long) (pd_clock() - r->arrived));

    pd_log(status < 500 ? PD_INFO : PD_ERROR, "request", "operation",
           r->served == NULL ? "" : r->served->operation->id, "status", code,
           "code", r->problem.code == NULL ? "" : r->problem.code, "partner",
           r->identity.partner, "client", r->identity.client, "request",
           r->identity.request, "milliseconds", took, NULL);
}


static pd_class_t
pd_request_class(const pd_request_t *r)
{
    if (r->served == NULL) {
        return PD_CLASS_NONE;
    }

    return r->served->operation->method == PD_GET ? PD_CLASS_READ
                                                  : PD_CLASS_WRITE;
}


static const char *
pd_request_media(const pd_request_t *r)
{
    if (r->problem.code != NULL || r->served == NULL) {
        return "application/problem+json";
    }

    return r->served->operation->media == NULL ? PD_JSON
                                               : r->served->operation->media;
}


/* Of what was called, whatever the answer is. */
static void
pd_request_ending(const pd_request_t *r, struct evkeyvalq *headers)
{
    const pd_ending_t *ending;

    if (r->served == NULL) {
        return;
    }

    ending = &r->served->operation->ending;

    if (ending->deprecation[0] != '\0') {
        (void) evhttp_add_header(headers, "Deprecation", ending->deprecation);
    }

    if (ending->sunset[0] != '\0') {
        (void) evhttp_add_header(headers, "Sunset", ending->sunset);
    }
}


/* evhttp would write it anew for each answer (RFC 9110, section 5.6.7). */
static const char *
pd_request_date(void)
{
    time_t    now;
    struct tm tm;

    static time_t of;
    static char   date[32];

    now = time(NULL);

    if (now != of && gmtime_r(&now, &tm) != NULL) {
        (void) strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        of = now;
    }

    return date;
}


/* The end of every request, whether or not its client is still there. */
void
pd_request_answer(pd_request_t *r, int status, struct evbuffer *body)
{
    char                      length[24];
    struct evkeyvalq         *headers;
    struct evhttp_connection *connection;

    pd_request_log(r, status);
    pd_metrics_request(pd_request_class(r), status);

    if (r->http != NULL) {
        connection = evhttp_request_get_connection(r->http);
        evhttp_connection_set_closecb(connection, NULL, NULL);

        headers = evhttp_request_get_output_headers(r->http);
        (void) snprintf(length, sizeof(length), "%zu",
                        body == NULL ? 0 : evbuffer_get_length(body));

        if (status != HTTP_NOCONTENT) {
            (void) evhttp_add_header(headers, "Content-Length", length);
            (void) evhttp_add_header(headers, "Content-Type",
                                     pd_request_media(r));
        }
        (void) evhttp_add_header(headers, "Cache-Control", "no-store");
        (void) evhttp_add_header(headers, "Date", pd_request_date());
        pd_request_ending(r, headers);

        if (r->server->draining) {
            (void) evhttp_add_header(headers, "Connection", "close");
        }

        /* HEAD: the length of what GET would have sent, and no more. */
        if (evhttp_request_get_command(r->http) == EVHTTP_REQ_HEAD) {
            body = NULL;
        }

        evhttp_send_reply(r->http, status, NULL, body);
    }

    pd_request_free(r);
}


/* Fields that go with a status (RFC 9110, sections 11.6.1 and 10.2.3). */
static const struct {
    int         status;
    const char *name;
    const char *value;
} pd_problem_headers[] = {
    { 401, "WWW-Authenticate", "Bearer realm=\"partner\"" },
    { 503, "Retry-After", "1" }, /* seconds */
    { 0, NULL, NULL },
};


void
pd_request_refuse(pd_request_t *r)
{
    int              status;
    char            *text;
    size_t           i;
    struct evbuffer *body;

    body = evbuffer_new();
    text = pd_catalogue_render(&r->server->service.catalogue, &r->problem,
                               r->identity.request, &status);

    if (body == NULL || text == NULL) {
        status = HTTP_INTERNAL; /* without memory, without a body */
    } else {
        (void) evbuffer_add(body, text, strlen(text));
    }

    for (i = 0; r->http != NULL && pd_problem_headers[i].status != 0; i++) {
        if (pd_problem_headers[i].status == status) {
            (void) evhttp_add_header(
                evhttp_request_get_output_headers(r->http),
                pd_problem_headers[i].name, pd_problem_headers[i].value);
        }
    }

    free(text);
    pd_request_answer(r, status, body);

    if (body != NULL) {
        evbuffer_free(body);
    }
}


void
pd_request_header_out(pd_request_t *r, const char *name, const char *value)
{
    if (r->http != NULL) {
        (void) evhttp_add_header(evhttp_request_get_output_headers(r->http),
                                 name, value);
    }
}
