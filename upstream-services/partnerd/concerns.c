/*
 * Tells which problems concern an operation.
 */

#include <string.h>

#include "concerns.h"


static int
pd_concerns_all(const pd_operation_t *op)
{
    (void) op;

    return 1;
}


/* Of a path, before there is an operation. */
static int
pd_concerns_none(const pd_operation_t *op)
{
    (void) op;

    return 0;
}


static int
pd_concerns_credential(const pd_operation_t *op)
{
    return !op->open;
}


static int
pd_concerns_body(const pd_operation_t *op)
{
    return op->body != NULL;
}


static int
pd_concerns_write(const pd_operation_t *op)
{
    return op->method != PD_GET;
}


static int
pd_concerns_post(const pd_operation_t *op)
{
    return op->method == PD_POST;
}


static int
pd_concerns_change(const pd_operation_t *op)
{
    return op->method != PD_GET && op->method != PD_POST;
}


static int
pd_concerns_personal(const pd_operation_t *op)
{
    return op->seals || op->opens;
}


static const struct {
    const char *of;
    int (*concerns)(const pd_operation_t *op);
} pd_concerns[] = {
    { "all", pd_concerns_all },
    { "none", pd_concerns_none },
    { "credential", pd_concerns_credential },
    { "body", pd_concerns_body },
    { "write", pd_concerns_write },
    { "post", pd_concerns_post },
    { "change", pd_concerns_change },
    { "personal", pd_concerns_personal },
};


/* The index, or as many as there are. */
static size_t
pd_concerns_find(const json_t *problem)
{
    size_t      i;
    const char *of;

    of = json_string_value(json_object_get(problem, "of"));

    for (i = 0; i < sizeof(pd_concerns) / sizeof(pd_concerns[0]); i++) {
        if (of != NULL && strcmp(pd_concerns[i].of, of) == 0) {
            break;
        }
    }

    return i;
}


/* `only` has beginnings of operationIds; without it any will do. */
static int
pd_concerns_only(const json_t *problem, const char *id)
{
    size_t      i;
    json_t     *one;
    const char *begin;

    if (json_object_get(problem, "only") == NULL) {
        return 1;
    }

    json_array_foreach(json_object_get(problem, "only"), i, one)
    {
        begin = json_string_value(one);

        if (begin != NULL && strncmp(id, begin, strlen(begin)) == 0) {
            return 1;
        }
    }

    return 0;
}


static json_t *
pd_concerns_of(const pd_operation_t *op, json_t *problems)
{
    json_t     *codes, *problem;
    const char *code;

    codes = json_array();

    json_object_foreach(problems, code, problem)
    {
        if (pd_concerns[pd_concerns_find(problem)].concerns(op)
            && pd_concerns_only(problem, op->id)
            && json_array_append_new(codes, json_string(code)) != 0) {
            json_decref(codes);
            return NULL;
        }
    }

    return codes;
}


int
pd_concerns_declare(pd_contract_t *contract, const pd_catalogue_t *c,
                    lp_error_t *err)
{
    size_t          i;
    json_t         *problems, *problem;
    const char     *code;
    pd_operation_t *op;

    problems = json_object_get(c->root, "problems");

    json_object_foreach(problems, code, problem)
    {
        if (pd_concerns_find(problem)
            == sizeof(pd_concerns) / sizeof(pd_concerns[0])) {
            return lp_error(err, "", "problem %s: of what it is, is missing",
                            code);
        }
    }

    for (i = 0; i < contract->noperations; i++) {
        op = &contract->operations[i];

        if (json_object_set_new((json_t *) op->json, "x-errors",
                                pd_concerns_of(op, problems))
            != 0) {
            return lp_error(err, "", "no memory");
        }
    }

    return LP_OK;
}
