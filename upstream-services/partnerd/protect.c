/*
 * Seals what a request brings, and opens what its answer shows.
 */

#include <ctype.h>
#include <stdio.h>
#include <openssl/crypto.h>

#include "protect.h"


static void
pd_protect_kept(pd_deposit_t *d, int error)
{
    pd_request_t *r = d->ctx;

    if (error == 0) {
        pd_request_walk(r);
        return;
    }

    pd_subject_unkept(r->person.id, error);
    r->person.id[0] = '\0';
    (void) pd_problem_plain(&r->problem, "subject_keys_unavailable");
    pd_request_refuse(r);
}


static int
pd_protect_keep(pd_request_t *r)
{
    r->deposit = (pd_deposit_t){
        .name = r->person.id,
        .data = r->box,
        .len = sizeof(r->box),
        .done = pd_protect_kept,
        .ctx = r,
    };

    if (pd_deposits_put(r->server->deposits, &r->deposit) == 0) {
        return PD_LATER;
    }

    r->person.id[0] = '\0';

    return pd_problem_plain(&r->problem, "overloaded");
}


/* What the statement binds. */
static int
pd_protect_name(pd_request_t *r, const char *id)
{
    json_t *subject;

    subject = json_object();
    r->inputs[PD_FROM_SUBJECT] = subject;

    return json_object_set_new(subject, "id", json_string(id));
}


/* Of a person that is there already: the same key, so that one erasure takes
 * all that is known. */
static int
pd_protect_known(pd_request_t *r)
{
    int                   rc;
    char                 *p;
    pd_person_t           person;
    const char           *id;
    const pd_operation_t *op;

    op = r->served->operation;
    id = json_string_value(
        json_object_get(r->inputs[PD_FROM_PATH], op->subject));

    /* Of the format uuid, which files have in lower case. */
    (void) snprintf(person.id, sizeof(person.id), "%s", id);
    for (p = person.id; *p != '\0'; p++) {
        *p = (char) tolower((unsigned char) *p);
    }

    switch (pd_subject_key(&r->server->subjects, person.id, person.key)) {
    case PD_SUBJECT_KNOWN:
        rc = pd_protect_name(r, person.id) == 0
                     && pd_personal_seal(op->body, r->inputs[PD_FROM_BODY],
                                         person.id, person.key)
                            == 0
                 ? PD_OK
                 : pd_problem_plain(&r->problem, "internal_error");
        break;
    case PD_SUBJECT_GONE:
        rc = pd_problem_plain(&r->problem, "not_found");
        break;
    default:
        rc = pd_problem_plain(&r->problem, "subject_keys_unavailable");
        break;
    }

    OPENSSL_cleanse(&person, sizeof(person));

    return rc;
}


/* Behind Idempotency-Key, which compares bodies as they were sent. */
int
pd_protect_body(pd_request_t *r)
{
    int                   rc;
    const pd_operation_t *op;

    op = r->served->operation;

    if (!op->seals || r->inputs[PD_FROM_BODY] == NULL) {
        return PD_OK;
    }

    if (op->subject != NULL) {
        return pd_protect_known(r);
    }

    if (pd_subject_make(&r->server->subjects, r->person.id, r->person.key,
                        r->box)
        != 0) {
        r->person.id[0] = '\0';
        return pd_problem_plain(&r->problem, "subject_keys_unavailable");
    }

    rc = pd_protect_name(r, r->person.id) != 0
             ? -1
             : pd_personal_seal(op->body, r->inputs[PD_FROM_BODY],
                                r->person.id, r->person.key);

    if (rc != 0) {
        r->person.id[0] = '\0';
        return pd_problem_plain(&r->problem, "internal_error");
    }

    return pd_protect_keep(r);
}


/* Whether it was committed is not known when the answer was lost. */
void
pd_protect_done(pd_request_t *r, pd_pg_outcome_t outcome, const PGresult *res)
{
    if (r->person.id[0] == '\0' || outcome == PD_PG_LOST
        || (outcome == PD_PG_DONE && PQntuples(res) > 0)) {
        return;
    }

    pd_subject_drop(&r->server->subjects, r->person.id);
    r->person.id[0] = '\0';
}


/*
 * Opened one by one as they are shown: an erased subject's values come out as
 * null.
 */
int
pd_protect_open(const pd_request_t *r, const char *data, struct evbuffer *out)
{
    const pd_member_t *member;

    member = pd_schema_member(r->served->operation->answer, "data");

    return pd_personal_open(&r->server->subjects, member->schema, data,
                            &r->person, out);
}
