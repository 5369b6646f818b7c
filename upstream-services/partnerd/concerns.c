/*
 * Tells which problems concern an operation.
 */

#include <string.h>

#include "concerns.h"


/* What an operation is, a bit each.  `none` is of a path, before there is an
 * operation. */
#define PD_IS_NONE       0x00u
#define PD_IS_ALL        0x01u
#define PD_IS_CREDENTIAL 0x02u
#define PD_IS_BODY       0x04u
#define PD_IS_WRITE      0x08u
#define PD_IS_POST       0x10u
#define PD_IS_CHANGE     0x20u
#define PD_IS_PERSONAL   0x40u

static const struct {
    const char *of;
    unsigned    is;
} pd_concerns[] = {
    { "none", PD_IS_NONE },
    { "all", PD_IS_ALL },
    { "credential", PD_IS_CREDENTIAL },
    { "body", PD_IS_BODY },
    { "write", PD_IS_WRITE },
    { "post", PD_IS_POST },
    { "change", PD_IS_CHANGE },
    { "personal", PD_IS_PERSONAL },
};


static unsigned
pd_concerns_bits(const pd_operation_t *op)
{
    unsigned is;

    is = PD_IS_ALL;
    is |= op->open ? 0 : PD_IS_CREDENTIAL;
    is |= op->body != NULL ? PD_IS_BODY : 0;
    is |= op->seals || op->opens ? PD_IS_PERSONAL : 0;

    is |= op->method != PD_GET ? PD_IS_WRITE : 0;
    is |= op->method == PD_POST ? PD_IS_POST : 0;
    is |= op->heeds ? PD_IS_CHANGE : 0;

    return is;
}


/* The bit of a problem's `of`; -1: that is none of ours. */
static int
pd_concerns_of(const json_t *problem)
{
    size_t      i;
    const char *of;

    of = json_string_value(json_object_get(problem, "of"));

    for (i = 0; i < sizeof(pd_concerns) / sizeof(pd_concerns[0]); i++) {
        if (of != NULL && strcmp(pd_concerns[i].of, of) == 0) {
            return (int) pd_concerns[i].is;
        }
    }

    return -1;
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
pd_concerns_codes(const pd_operation_t *op, json_t *problems)
{
    json_t     *codes, *problem;
    unsigned    is;
    const char *code;

    is = pd_concerns_bits(op);
    codes = json_array();

    json_object_foreach(problems, code, problem)
    {
        if ((unsigned) pd_concerns_of(problem) & is
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
        if (pd_concerns_of(problem) < 0) {
            return lp_error(err, "", "problem %s: of what it is, is missing",
                            code);
        }
    }

    for (i = 0; i < contract->noperations; i++) {
        op = &contract->operations[i];

        if (json_object_set_new(op->json, "x-errors",
                                pd_concerns_codes(op, problems))
            != 0) {
            return lp_error(err, "", "no memory");
        }
    }

    return LP_OK;
}
