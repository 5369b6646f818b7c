/*
 * Seals what a request brings, and opens what its answer shows.
 */

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

    if (pd_subject_make(&r->server->subjects, r->person.id, r->person.key,
                        r->box)
        != 0) {
        r->person.id[0] = '\0';
        return pd_problem_plain(&r->problem, "subject_keys_unavailable");
    }

    r->inputs[PD_FROM_SUBJECT] = json_pack("{s:s}", "id", r->person.id);
    rc = r->inputs[PD_FROM_SUBJECT] == NULL
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
char *
pd_protect_open(const pd_request_t *r, const char *data)
{
    const pd_member_t *member;

    member = pd_schema_member(r->served->operation->answer, "data");

    return pd_personal_open(&r->server->subjects, member->schema, data,
                            &r->person);
}
