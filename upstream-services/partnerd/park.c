/*
 * Parks the answer to what takes access away until the gateways obey.
 */

#include <stdlib.h>
#include <event2/buffer.h>

#include "park.h"


#define PD_HTTP_ACCEPTED 202


/* Behind `data`: which gateways do not obey yet. */
static int
pd_request_append(struct evbuffer *body, const json_t *pending)
{
    int              rc;
    char            *text;
    size_t           len;
    struct evbuffer *all;

    len = evbuffer_get_length(body);
    text = json_dumps(pending, JSON_COMPACT);
    all = evbuffer_new();

    rc = text == NULL || all == NULL || len == 0
                 || evbuffer_remove_buffer(body, all, len - 1)
                        != (int) (len - 1)
                 || evbuffer_drain(body, 1) != 0
                 || evbuffer_add_printf(all, ",\"pending\":%s}", text) < 0
                 || evbuffer_add_buffer(body, all) != 0
             ? -1
             : 0;

    free(text);

    if (all != NULL) {
        evbuffer_free(all);
    }

    return rc;
}


/* What was changed stays changed, whoever obeys. */
static void
pd_request_obeyed(void *ctx, const json_t *pending)
{
    pd_request_t *r = ctx;

    if (pending == NULL) {
        pd_request_answer(r, HTTP_OK, r->parked);

    } else if (pd_request_append(r->parked, pending) != 0) {
        (void) pd_problem_plain(&r->problem, "internal_error");
        pd_request_refuse(r);

    } else {
        pd_request_answer(r, PD_HTTP_ACCEPTED, r->parked);
    }
}


/* Without Redis there is nobody to wait for, and nobody who would know.  Of a
 * change that gateways do not see there is nothing to obey. */
void
pd_request_park(pd_request_t *r, struct evbuffer *body, const PGresult *res)
{
    int     column;
    json_t *pending;

    r->parked = body;
    column = PQfnumber(res, "transaction");

    if (column >= 0 && PQgetisnull(res, 0, column)) {
        pd_request_obeyed(r, NULL);
        return;
    }

    if (column >= 0 && r->server->acks != NULL) {
        r->wait = (pd_ack_wait_t){
            .transaction = atoll(PQgetvalue(res, 0, column)),
            .done = pd_request_obeyed,
            .ctx = r,
        };
        pd_acks_wait(r->server->acks, &r->wait);
        return;
    }

    pending = json_pack("{s:b, s:[]}", "published", 0, "gateways");
    pd_request_obeyed(r, pending);
    json_decref(pending);
}
