/*
 * Loads what partnerd serves, and proves that its parts fit together.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "concerns.h"
#include "service.h"


/* What bindings of each source may be called; the names stand in queries.h. */
static const char *const pd_identity_names[]
    = { "partner", "tenant", "application", "client", "tier", NULL };

static const char *const pd_key_names[]
    = { "digest", "pepper", "prefix", NULL };
static const char *const pd_match_names[] = { "tags", NULL };

static const char *const pd_subject_names[] = { "id", NULL };

static const char *const pd_idempotency_names[]
    = { "key", "request", "sealed", NULL };


/* At most six names. */
static int
pd_named(const char *const *names, const char *name)
{
    for (; *names != NULL; names++) {
        if (strcmp(*names, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
pd_parameter_declared(const pd_operation_t *op, pd_in_t in, const char *name)
{
    size_t i;

    for (i = 0; i < op->nparameters; i++) {
        if (op->parameters[i].in == in
            && strcmp(op->parameters[i].name, name) == 0) {
            return 1;
        }
    }

    return 0;
}


/* So that a mistyped name stops the start and never binds NULL in silence. */
static int
pd_binding_fits(const pd_served_t *s, const pd_binding_t *b)
{
    switch (b->source) {
    case PD_FROM_PATH:
        return pd_parameter_declared(s->operation, PD_IN_PATH, b->name);
    case PD_FROM_QUERY:
        return pd_parameter_declared(s->operation, PD_IN_QUERY, b->name);
    case PD_FROM_CURSOR:
        return pd_parameter_declared(s->operation, PD_IN_QUERY, "cursor");
    case PD_FROM_BODY:
    case PD_FROM_GIVEN:
        return s->operation->body != NULL
               && pd_schema_member(s->operation->body, b->name) != NULL;
    case PD_FROM_IDENTITY:
        return pd_named(pd_identity_names, b->name);
    case PD_FROM_KEY:
        return s->handler != NULL && s->handler->before != NULL
               && pd_named(pd_key_names, b->name);
    case PD_FROM_MATCH:
        return s->operation->method != PD_GET
               && pd_named(pd_match_names, b->name);
    case PD_FROM_IDEMPOTENCY:
        return s->operation->method == PD_POST
               && pd_named(pd_idempotency_names, b->name);
    case PD_FROM_SUBJECT:
        return s->operation->seals && pd_named(pd_subject_names, b->name);
    default:
        return 0;
    }
}


/* Each of its values, so that none is forgotten on the way to kept(). */
static int
pd_statement_keeps(const pd_statement_t *s)
{
    size_t i, n;

    n = 0;

    for (i = 0; i < s->nbindings; i++) {
        n += s->bindings[i].source == PD_FROM_IDEMPOTENCY;
    }

    return n == sizeof(pd_idempotency_names) / sizeof(char *) - 1;
}


/* A POST is done once, a PUT or DELETE changes what was read, and whoever is
 * named can be erased. */
static int
pd_served_keeps_word(const pd_served_t *s, lp_error_t *err)
{
    const char *id;

    id = s->operation->id;

    if (s->operation->method == PD_POST && !pd_statement_keeps(s->statement)) {
        return lp_error(err, "", "statement %s does not keep its answer", id);
    }

    if (s->operation->method != PD_GET && s->operation->method != PD_POST
        && !s->operation->heeds) {
        return lp_error(err, "", "statement %s does not heed If-Match", id);
    }

    if (s->operation->seals
        && !(s->statement->sources & 1U << PD_FROM_SUBJECT)) {
        return lp_error(err, "",
                        "statement %s does not keep whose personal data it "
                        "has",
                        id);
    }

    return LP_OK;
}


/* What is accepted must not get lost. */
static int
pd_served_takes_all(const pd_served_t *s, lp_error_t *err)
{
    size_t              i, n;
    const char         *name;
    const pd_schema_t  *body;
    const pd_binding_t *b;

    body = s->operation->body;

    for (i = 0; body != NULL && i < body->nmembers; i++) {
        name = body->members[i].name;

        for (n = 0; n < s->statement->nbindings; n++) {
            b = &s->statement->bindings[n];

            if (b->source == PD_FROM_BODY && strcmp(b->name, name) == 0) {
                break;
            }
        }

        if (n == s->statement->nbindings) {
            return lp_error(err, "", "statement %s does not bind :body.%s",
                            s->operation->id, name);
        }
    }

    return LP_OK;
}


/* Exactly one of them answers. */
static int
pd_served_check(const pd_served_t *s, lp_error_t *err)
{
    size_t              i;
    const char         *id;
    const pd_binding_t *b;

    id = s->operation->id;

    if ((s->statement == NULL)
        == (s->handler == NULL || s->handler->answer == NULL)) {
        return lp_error(err, "",
                        "operation %s needs a statement of its name or a "
                        "handler that answers, and not both",
                        id);
    }

    for (i = 0; s->statement != NULL && i < s->statement->nbindings; i++) {
        b = &s->statement->bindings[i];

        if (!pd_binding_fits(s, b)) {
            return lp_error(err, "",
                            "statement %s: :%s.%s is not in the "
                            "contract",
                            id, pd_source_name(b->source), b->name);
        }
    }

    if (s->operation->opens && s->handler != NULL
        && s->handler->after != NULL) {
        return lp_error(err, "",
                        "operation %s cannot both open personal data and have "
                        "a handler of its answer",
                        id);
    }

    if (s->statement == NULL) {
        return LP_OK;
    }

    return pd_served_takes_all(s, err) == LP_OK ? pd_served_keeps_word(s, err)
                                                : LP_INVALID;
}


static const pd_handler_t *
pd_handler_find(const char *operation)
{
    const pd_handler_t *h;

    for (h = pd_handlers; h->operation != NULL; h++) {
        if (strcmp(h->operation, operation) == 0) {
            return h;
        }
    }

    return NULL;
}


/* Statements of jobs begin with an underscore and bind what jobs pass. */
static int
pd_statement_check(const pd_service_t *s, const pd_statement_t *st,
                   lp_error_t *err)
{
    size_t i;

    if (st->name[0] != '_') {
        return pd_contract_find(&s->contract, st->name) != NULL
                   ? LP_OK
                   : lp_error(err, "", "statement %s has no operation",
                              st->name);
    }

    for (i = 0; i < st->nbindings; i++) {
        if (st->bindings[i].source != PD_FROM_WORK) {
            return lp_error(err, "", "statement %s binds what is not :work",
                            st->name);
        }
    }

    return LP_OK;
}


static int
pd_service_fits(const pd_service_t *s, lp_error_t *err)
{
    size_t              i;
    const pd_handler_t *h;

    for (i = 0; i < s->contract.noperations; i++) {
        if (pd_served_check(&s->served[i], err) != LP_OK) {
            return LP_INVALID;
        }
    }

    for (i = 0; i < s->queries.n; i++) {
        if (pd_statement_check(s, s->queries.statements[i], err) != LP_OK) {
            return LP_INVALID;
        }
    }

    for (h = pd_handlers; h->operation != NULL; h++) {
        if (pd_contract_find(&s->contract, h->operation) == NULL) {
            return lp_error(err, "", "handler %s has no operation",
                            h->operation);
        }
    }

    return LP_OK;
}


/* What an operation heeds is known by its statement alone. */
static void
pd_served_bind(pd_served_t *served, const pd_service_t *s, pd_operation_t *op)
{
    served->operation = op;
    served->statement = pd_queries_find(&s->queries, op->id);
    served->handler = pd_handler_find(op->id);
    op->heeds = served->statement != NULL
                && served->statement->sources & 1U << PD_FROM_MATCH;
}


/* Printed once: the document is served as it is. */
static int
pd_service_bind(pd_service_t *s, lp_error_t *err)
{
    size_t i;

    s->served = calloc(s->contract.noperations + 1, sizeof(pd_served_t));
    if (s->served == NULL) {
        return lp_error(err, "", "no memory");
    }

    for (i = 0; i < s->contract.noperations; i++) {
        pd_served_bind(&s->served[i], s, &s->contract.operations[i]);
    }

    if (pd_service_fits(s, err) != LP_OK
        || pd_concerns_declare(&s->contract, &s->catalogue, err) != LP_OK) {
        return LP_INVALID;
    }

    s->openapi = json_dumps(s->contract.document, JSON_COMPACT);

    return s->openapi != NULL
                   && pd_page_write(&s->page, &s->contract, &s->catalogue) == 0
               ? LP_OK
               : lp_error(err, "", "no memory");
}


int
pd_service_load(pd_service_t *s, const pd_options_t *o, lp_error_t *err)
{
    char errors[4096], queries[4096];

    memset(s, 0, sizeof(*s));
    (void) snprintf(errors, sizeof(errors), "%s/errors.json", o->contract);
    (void) snprintf(queries, sizeof(queries), "%s/queries", o->sql);

    if (pd_catalogue_load(&s->catalogue, errors, err) != LP_OK
        || pd_contract_load(&s->contract, o->contract, err) != LP_OK
        || pd_queries_load(&s->queries, queries, err) != LP_OK
        || pd_service_bind(s, err) != LP_OK) {
        pd_service_free(s);
        return LP_INVALID;
    }

    return LP_OK;
}


/* Also what a failed load has left: all is zeroed at its beginning. */
void
pd_service_free(pd_service_t *s)
{
    free(s->served);
    free(s->openapi);
    pd_page_free(&s->page);
    pd_queries_free(&s->queries);
    pd_contract_free(&s->contract);
    pd_catalogue_free(&s->catalogue);
    memset(s, 0, sizeof(*s));
}


/* Both arrays have one order, which spares a search. */
const pd_served_t *
pd_service_served(const pd_service_t *s, const pd_operation_t *op)
{
    return &s->served[op - s->contract.operations];
}
