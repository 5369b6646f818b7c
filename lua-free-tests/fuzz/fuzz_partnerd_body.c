/*
 * Any bytes as the body of any operation: what is taken is as the contract
 * says, its defaults too, and what is refused has an answer that says why.
 *
 *     <two bytes: operation> <Content-Type> <zero byte> <body>
 */

#include "body.h"
#include "fuzz_partnerd.h"
#include "personal.h"
#include "validate.h"


#define SUBJECT "00000000-0000-4000-8000-000000000000"


static int
is_sealed(const json_t *value)
{
    return json_is_string(value)
           && strncmp(json_string_value(value), "sealed:" SUBJECT ":", 44)
                  == 0;
}


/* Nothing that is marked stays as it was: members of the body itself alone are
 * sealed, so marks must stand nowhere else. */
static void
check_sealed(const pd_operation_t *op, json_t *body)
{
    size_t               i;
    json_t              *value;
    const pd_member_t   *m;
    static const uint8_t key[PD_BOX_KEY];

    FUZZ_CHECK(!op->body->personal && !pd_schema_personal(op->body->items));
    FUZZ_CHECK(pd_personal_seal(op->body, body, SUBJECT, key) == 0);

    for (i = 0; i < op->body->nmembers; i++) {
        m = &op->body->members[i];
        value = json_object_get(body, m->name);

        FUZZ_CHECK(m->schema->personal ? value == NULL || json_is_null(value)
                                             || is_sealed(value)
                                       : !pd_schema_personal(m->schema));
    }
}


static void
check_taken(const pd_operation_t *op, json_t *body)
{
    pd_problem_t p = { 0 };

    FUZZ_CHECK(op->body != NULL);
    FUZZ_CHECK(pd_validate(op->body, body, "pointer", "", &p) == PD_OK);

    if (op->seals) {
        check_sealed(op, body);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char                 *type;
    size_t                n;
    json_t               *body;
    pd_problem_t          p = { 0 };
    const pd_contract_t  *c;
    const pd_operation_t *op;

    c = fuzz_contract();
    n = fuzz_number(&data, &len);
    op = &c->operations[n % c->noperations];
    type = fuzz_until(&data, &len, '\0');
    body = pd_body_read(op, type, (const char *) data, len, &p);

    FUZZ_CHECK(body == NULL || p.code == NULL);

    if (body != NULL) {
        check_taken(op, body);
    } else if (p.code != NULL) {
        fuzz_problem(&p);
    } else {
        FUZZ_CHECK(op->body == NULL || (len == 0 && !op->body_required));
    }

    pd_problem_clear(&p);
    json_decref(body);
    free(type);

    return 0;
}
