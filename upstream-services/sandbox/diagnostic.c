/*
 * What reached this upstream, and a status on demand.
 */

#include "handlers.h"

#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    enum evhttp_cmd_type type;
    const char          *name;
} methods[] = {
    { EVHTTP_REQ_GET, "GET" },       { EVHTTP_REQ_POST, "POST" },
    { EVHTTP_REQ_HEAD, "HEAD" },     { EVHTTP_REQ_PUT, "PUT" },
    { EVHTTP_REQ_DELETE, "DELETE" }, { EVHTTP_REQ_PATCH, "PATCH" },
};


static const char *
method_name(enum evhttp_cmd_type type)
{
    size_t i;

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].type == type) {
            return methods[i].name;
        }
    }

    return "OTHER";
}


/*
 * Names in lower case; each value is an array, for a header may come twice.
 * A header that is not UTF-8 is shown as null.
 */
static int
add_header(json_t *headers, const struct evkeyval *h)
{
    json_t *values, *value;
    char    name[128];
    size_t  i;

    for (i = 0; i < sizeof(name) - 1 && h->key[i] != '\0'; i++) {
        name[i] = h->key[i];

        if (name[i] >= 'A' && name[i] <= 'Z') {
            name[i] = (char) (name[i] | 0x20);
        }
    }

    name[i] = '\0';
    values = json_object_get(headers, name);

    if (values == NULL) {
        values = json_array();

        if (json_object_set_new(headers, name, values) != 0) {
            return -1;
        }
    }

    value = json_string(h->value);

    return json_array_append_new(values, value != NULL ? value : json_null());
}


void
sb_echo(sb_call_t *call)
{
    struct evkeyvalq *in;
    struct evkeyval  *h;
    json_t           *headers;

    in = evhttp_request_get_input_headers(call->req);
    headers = json_object();

    for (h = in->tqh_first; h != NULL; h = h->next.tqe_next) {
        if (add_header(headers, h) != 0) {
            json_decref(headers);
            sb_answer(call->req, 500, NULL);
            return;
        }
    }

    sb_answer(call->req, 200,
              json_pack("{s:{s:s, s:s, s:o}}", "data", "method",
                        method_name(evhttp_request_get_command(call->req)),
                        "uri", evhttp_request_get_uri(call->req), "headers",
                        headers));
}


void
sb_status(sb_call_t *call)
{
    int status;

    status = strlen(call->tail) == 3 && strspn(call->tail, "0123456789") == 3
                 ? atoi(call->tail)
                 : 0;

    if (status < 200 || status > 599) {
        sb_problem(call->req, 400, "invalid_parameter", NULL,
                   "the status in the path must be 200 to 599");
        return;
    }

    if (status == 204 || status == 304) {
        /* neither has a body */
        evhttp_send_reply(call->req, status,
                          status == 204 ? "No Content" : "Not Modified", NULL);
        return;
    }

    if (status < 400) {
        sb_answer(call->req, status,
                  json_pack("{s:{s:i}}", "data", "status", status));
        return;
    }

    sb_problem(call->req, status, "on_demand", NULL, "status %d was asked for",
               status);
}
