/*
 * Answers: JSON bodies, and errors as problem+json.
 */

#include "call.h"

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int         status;
    const char *reason;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 204, "No Content" },
    { 304, "Not Modified" },
    { 400, "Bad Request" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 413, "Payload Too Large" },
    { 415, "Unsupported Media Type" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
};


static const char *
reason_of(int status)
{
    size_t i;

    for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }

    return status < 400 ? "Answered" : "Refused";
}


/* Sends `text` (malloc'ed, taken). */
static void
send_text(struct evhttp_request *req, int status, const char *type, char *text)
{
    struct evkeyvalq *headers;
    struct evbuffer  *out;
    char              length[24];
    size_t            len;

    headers = evhttp_request_get_output_headers(req);
    out = evhttp_request_get_output_buffer(req);
    len = strlen(text);
    snprintf(length, sizeof(length), "%zu", len);

    if (evhttp_add_header(headers, "Content-Type", type) != 0
        || evhttp_add_header(headers, "Content-Length", length) != 0
        || (evhttp_request_get_command(req) != EVHTTP_REQ_HEAD
            && evbuffer_add(out, text, len) != 0)) {
        status = 500;
        evbuffer_drain(out, evbuffer_get_length(out));
    }

    free(text);
    evhttp_send_reply(req, status, reason_of(status), NULL);
}


static void
send_json(struct evhttp_request *req, int status, const char *type,
          json_t *body, size_t flags)
{
    char *text;

    text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT | flags);
    json_decref(body);

    if (text == NULL) {
        evhttp_send_reply(req, 500, reason_of(500), NULL);
        return;
    }

    send_text(req, status, type, text);
}


void
sb_answer(struct evhttp_request *req, int status, json_t *body)
{
    send_json(req, status, "application/json", body, 0);
}


void
sb_answer_ascii(struct evhttp_request *req, int status, json_t *body)
{
    send_json(req, status, "application/json", body, JSON_ENSURE_ASCII);
}


json_t *
sb_error(const char *kind, const char *name, const char *fmt, ...)
{
    va_list args;
    json_t *detail;

    va_start(args, fmt);
    detail = json_vsprintf(fmt, args);
    va_end(args);

    return json_pack("{s:s, s:o}", kind, name, "detail", detail);
}


/*
 * A type of its own: what the sandbox refuses is no problem of the platform.
 */
void
sb_problem(struct evhttp_request *req, int status, const char *code,
           json_t *errors, const char *fmt, ...)
{
    const char *id;
    va_list     args;
    json_t     *body, *detail;

    va_start(args, fmt);
    detail = json_vsprintf(fmt, args);
    va_end(args);

    body = json_pack("{s:o, s:s, s:i, s:s, s:o}", "type",
                     json_sprintf("urn:partner:sandbox:%s", code), "title",
                     reason_of(status), "status", status, "code", code,
                     "detail", detail);

    id = evhttp_find_header(evhttp_request_get_input_headers(req),
                            "X-Request-Id");

    if (body != NULL && id != NULL) {
        /* not UTF-8: then without it */
        (void) json_object_set_new(body, "requestId", json_string(id));
    }

    if (errors != NULL && json_object_set_new(body, "errors", errors) != 0) {
        json_decref(body);
        body = NULL;
    }

    send_json(req, status, "application/problem+json", body, 0);
}
