/*
 * One request on its way: route, identity, scope, parameters, body, statement
 * or handler, answer.
 */

#ifndef PD_REQUEST_H
#define PD_REQUEST_H


#include <event2/http.h>

#include "bind.h"
#include "mint.h"
#include "personal.h"
#include "server.h"


#define PD_LATER 1 /* a stage goes on by itself, with pd_request_walk() */


/* Lives from its arrival to its answer, also where the client has left. */
struct pd_request_s {
    pd_server_t           *server;
    struct evhttp_request *http; /* NULL: the client has left */
    const pd_served_t     *served;
    pd_match_t             match;
    pd_identity_t          identity;
    pd_problem_t           problem;
    json_t                *inputs[PD_SOURCES];
    pd_values_t            values;
    pd_unit_t              unit;
    pd_minted_t            minted; /* of keys.create; wiped at the end */
    char                  *phrase; /* Idempotency-Key, owned; or NULL */
    size_t                 stage;  /* the next one */
    pd_copy_t              copy;   /* among others of its Idempotency-Key */
    pd_person_t            person; /* new; wiped at the end */
    uint8_t                box[PD_SUBJECT_BOX]; /* with its key */
    pd_deposit_t           deposit;             /* of the box */
    pd_ack_wait_t          wait;                /* until gateways obey */
    struct evbuffer       *parked;              /* the answer meanwhile */
    int64_t                arrived;
};


/* For evhttp_set_gencb(); `ctx` is the server. */
void pd_request_arrive(struct evhttp_request *http, void *ctx);

/* The stages from the next one on. */
void pd_request_walk(pd_request_t *r);

/* The value of a header of the request, or NULL; `ctx` is the request, and its
 * client is still there. */
const char *pd_request_header(void *ctx, const char *name);

/* For the answer, whatever it will be; both are copied. */
void pd_request_header_out(pd_request_t *r, const char *name,
                           const char *value);

/*
 * Each ends the request, which is freed then; the first at once, or once
 * gateways obey.  `body` stays the caller's and may be NULL.
 */
void pd_request_finish(pd_request_t *r, pd_pg_outcome_t outcome,
                       const PGresult *res);
void pd_request_answer(pd_request_t *r, int status, struct evbuffer *body);
void pd_request_refuse(pd_request_t *r); /* with its problem */


#endif
