/*
 * `partnerd check`: contract, SQL, code and examples agree; with --database,
 * PostgreSQL agrees with each statement too.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "docs.h"
#include "log.h"
#include "service.h"
#include "validate.h"
#include "verbs.h"


/* One line a finding, for people and for lint; not the JSON of a service. */
static int
pd_check_wrong(const char *where, const char *detail)
{
    (void) fprintf(stderr, "partnerd check: %s: %s\n", where, detail);

    return -1;
}


/* An example must be as its schema says. */
static int
pd_check_example(const pd_schema_t *s, const json_t *example,
                 const char *where)
{
    int          rc;
    char        *errors;
    pd_problem_t p = { 0 };

    if (s == NULL || example == NULL
        || pd_validate(s, example, "pointer", "", &p) == PD_OK) {
        return 0;
    }

    errors = json_dumps(p.errors, JSON_COMPACT);
    rc = pd_check_wrong(where, errors == NULL ? "" : errors);
    free(errors);
    pd_problem_clear(&p);

    return rc;
}


/* `holder` is a request body or a response. */
static const json_t *
pd_check_media_example(const json_t *holder)
{
    return json_object_get(json_object_get(json_object_get(holder, "content"),
                                           "application/json"),
                           "example");
}


/* What a reader of the contract needs besides what serving needs. */
static int
pd_check_operation(const pd_operation_t *op)
{
    char          status[8];
    size_t        i;
    const json_t *responses;

    (void) snprintf(status, sizeof(status), "%d", op->status);
    responses = json_object_get(op->json, "responses");

    if (json_object_get(responses, "default") == NULL) {
        return pd_check_wrong(op->id, "has no default response");
    }

    if (json_object_get(op->json, "summary") == NULL) {
        return pd_check_wrong(op->id, "has no summary");
    }

    for (i = 0; i < op->nparameters; i++) {
        if (op->parameters[i].schema->types & PD_TYPE_NULL) {
            return pd_check_wrong(op->id, "a parameter of it can be null");
        }
    }

    if (op->body != NULL
        && pd_check_media_example(json_object_get(op->json, "requestBody"))
               == NULL) {
        return pd_check_wrong(op->id, "its body has no example");
    }

    if (pd_check_example(
            op->body,
            pd_check_media_example(json_object_get(op->json, "requestBody")),
            op->id)
            != 0
        || pd_check_example(
               op->answer,
               pd_check_media_example(json_object_get(responses, status)),
               op->id)
               != 0) {
        return -1;
    }

    return 0;
}


/* Every schema of the components, used or not, compiles and fits its own
 * example. */
static int
pd_check_schemas(const pd_contract_t *c)
{
    int          rc;
    json_t      *schemas, *json;
    lp_error_t   err;
    const char  *name;
    pd_schema_t *s;

    schemas = json_object_get(json_object_get(c->document, "components"),
                              "schemas");

    json_object_foreach(schemas, name, json)
    {
        s = pd_schema_compile(c->document, json, &err);
        rc = s == NULL
                 ? pd_check_wrong(name, err.text)
                 : pd_check_example(s, json_object_get(json, "example"), name);
        pd_schema_free(s);

        if (rc != 0) {
            return -1;
        }
    }

    return 0;
}


/* PREPARE finds unknown tables and columns, and types that do not fit,
 * without running anything. */
static int
pd_check_statements(const pd_service_t *s, const char *conninfo)
{
    int       rc;
    size_t    i;
    PGconn   *db;
    PGresult *res;

    db = pd_db_open(conninfo);
    rc = db == NULL ? -1 : 0;

    for (i = 0; rc == 0 && i < s->queries.n; i++) {
        res = PQprepare(db, s->queries.statements[i]->name,
                        s->queries.statements[i]->sql, 0, NULL);

        if (PQresultStatus(res) != PGRES_COMMAND_OK) {
            rc = pd_check_wrong(s->queries.statements[i]->name,
                                PQerrorMessage(db));
        }
        PQclear(res);
    }

    PQfinish(db);

    return rc;
}


static int
pd_check_all(const pd_service_t *s, const pd_options_t *o)
{
    size_t i;

    for (i = 0; i < s->contract.noperations; i++) {
        if (pd_check_operation(&s->contract.operations[i]) != 0) {
            return -1;
        }
    }

    if (pd_check_schemas(&s->contract) != 0) {
        return -1;
    }

    if (o->database[0] != '\0' && pd_check_statements(s, o->database) != 0) {
        return -1;
    }

    (void) printf("%zu operations, %zu statements%s\n",
                  s->contract.noperations, s->queries.n,
                  o->database[0] != '\0' ? ", each prepared" : "");

    return 0;
}


/*
 * With --docs nothing else is checked: lint compares the text with
 * docs/api.md.
 */
int
pd_check(const pd_options_t *o)
{
    int          rc;
    lp_error_t   err;
    pd_service_t s;

    if (pd_service_load(&s, o, &err) != LP_OK) {
        (void) pd_check_wrong("load", err.text);
        return 1;
    }

    rc = o->docs ? pd_docs(&s, stdout) : pd_check_all(&s, o);
    pd_service_free(&s);

    return rc == 0 ? 0 : 1;
}
