/*
 * Compiles the operations of the contract.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "document.h"
#include "lp_scope.h"


/* Puts where it happened before what happened. */
static int
pd_contract_wrong(lp_error_t *err, const char *id, const char *what)
{
    char text[sizeof(err->text) + sizeof(err->pointer)];

    (void) snprintf(text, sizeof(text), "%s%s", err->pointer, err->text);

    return lp_error(err, "", "operation %.60s: %.40s: %.80s", id, what, text);
}


/* `security` is required even where it is [], so that nothing becomes open
 * by being forgotten. */
static int
pd_operation_security(pd_operation_t *op, const json_t *security,
                      lp_error_t *err)
{
    size_t        i, n;
    json_t       *alternative, *scope;
    const json_t *scopes;

    op->open = json_is_array(security) && json_array_size(security) == 0;

    if (!json_is_array(security)
        || json_array_size(security) > PD_ALTERNATIVES) {
        return lp_error(err, "", "security is missing or too long");
    }

    json_array_foreach(security, i, alternative)
    {
        scopes = json_object_get(alternative, "key");

        if (json_array_size(scopes) == 0) {
            return lp_error(err, "", "an alternative lists no scopes of key");
        }

        json_array_foreach(scopes, n, scope)
        {
            if (!lp_scope_valid(json_string_value(scope),
                                json_string_length(scope))) {
                return lp_error(err, "", "a scope is malformed");
            }
        }

        op->scopes[op->nscopes++] = scopes;
    }

    return LP_OK;
}


/* Headers and cookies are no inputs: identity comes from the gateway. */
static int
pd_operation_parameter(pd_operation_t *op, const json_t *root,
                       const json_t *json, lp_error_t *err)
{
    const char     *in, *text;
    pd_parameter_t *p;

    json = pd_document_resolve(root, json);
    in = json_string_value(json_object_get(json, "in"));

    if (op->nparameters == PD_PARAMETERS || in == NULL
        || (strcmp(in, "path") != 0 && strcmp(in, "query") != 0)) {
        return lp_error(err, "", "a parameter is neither in path nor query");
    }

    p = &op->parameters[op->nparameters];
    p->in = in[0] == 'p' ? PD_IN_PATH : PD_IN_QUERY;
    p->name = json_string_value(json_object_get(json, "name"));
    p->required = json_is_true(json_object_get(json, "required"));
    op->subject = json_is_true(json_object_get(json, "x-subject"))
                      ? p->name
                      : op->subject;
    p->schema = pd_schema_compile(root, json_object_get(json, "schema"), err);

    if (p->schema == NULL) {
        return LP_INVALID;
    }
    op->nparameters++;

    text = json_string_value(json_object_get(json, "description"));
    p->schema->description = text != NULL ? text : p->schema->description;

    /* It becomes the name of a file: nothing but a UUID may. */
    if (op->subject != NULL && op->subject == p->name
        && (p->in != PD_IN_PATH || p->schema->format == NULL
            || strcmp(p->schema->format->name, "uuid") != 0)) {
        return lp_error(err, "", "x-subject is no UUID of the path");
    }

    return p->name == NULL ? lp_error(err, "", "a parameter has no name")
                           : LP_OK;
}


static int
pd_operation_parameters(pd_operation_t *op, const json_t *root,
                        const json_t *list, lp_error_t *err)
{
    size_t  i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        if (pd_operation_parameter(op, root, one, err) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


static const json_t *
pd_media_schema(const json_t *holder)
{
    return json_object_get(
        json_object_get(json_object_get(holder, "content"), PD_JSON),
        "schema");
}


/* pd_personal_seal() reaches the body's own strings and nothing else. */
static int
pd_operation_seals(pd_operation_t *op, lp_error_t *err)
{
    size_t             i;
    const pd_schema_t *s;

    op->seals = (unsigned) pd_schema_personal(op->body);

    if (op->body->personal) {
        return lp_error(err, "", "x-pii: a body is not sealed as a whole");
    }

    for (i = 0; i < op->body->nmembers; i++) {
        s = op->body->members[i].schema;

        if (pd_schema_personal(s)
            && (!s->personal || s->types == 0
                || s->types & ~(PD_TYPE_STRING | PD_TYPE_NULL))) {
            return lp_error(err, "",
                            "%s: x-pii is sealed in strings of the body's "
                            "own alone",
                            op->body->members[i].name);
        }
    }

    return LP_OK;
}


static int
pd_operation_body(pd_operation_t *op, const json_t *root, const json_t *json,
                  lp_error_t *err)
{
    if (json == NULL) {
        return LP_OK;
    }

    op->body_required = json_is_true(json_object_get(json, "required"));
    op->body = pd_schema_compile(root, pd_media_schema(json), err);

    return op->body == NULL ? LP_INVALID : pd_operation_seals(op, err);
}


/*
 * The first 2xx response says which status the operation answers with; one
 * with 202 as well takes something away, and waits for the gateways.
 */
static int
pd_operation_answer(pd_operation_t *op, const json_t *root,
                    const json_t *responses, lp_error_t *err)
{
    int         status;
    json_t     *response;
    const char *name;

    op->obeyed = json_object_get(responses, "200") != NULL
                 && json_object_get(responses, "202") != NULL;

    json_object_foreach((json_t *) responses, name, response)
    {
        status = atoi(name);

        if (status < 200 || status > 299) {
            continue;
        }

        op->status = status;

        op->media = json_object_iter_key(
            json_object_iter(json_object_get(response, "content")));

        if (op->media != NULL && strcmp(op->media, PD_JSON) == 0) {
            op->answer
                = pd_schema_compile(root, pd_media_schema(response), err);
            op->opens = (unsigned) pd_schema_personal(op->answer);
            return op->answer == NULL ? LP_INVALID : LP_OK;
        }
    }

    return op->status != 0 ? LP_OK : lp_error(err, "", "no 2xx response");
}


/* The template's parameters, in its order, must be declared: the router
 * yields values by place. */
static int
pd_operation_path(const pd_operation_t *op, lp_error_t *err)
{
    size_t                len, n;
    const char           *p;
    const pd_parameter_t *par;

    n = 0;

    for (p = strchr(op->path, '{'); p != NULL; p = strchr(p, '{')) {
        p++;
        len = strcspn(p, "}");

        while (n < op->nparameters && op->parameters[n].in != PD_IN_PATH) {
            n++;
        }

        par = &op->parameters[n++];

        if (n > op->nparameters || strlen(par->name) != len
            || memcmp(par->name, p, len) != 0) {
            return lp_error(err, "",
                            "path parameters are not declared in "
                            "the order of the path");
        }
    }

    return LP_OK;
}


/*
 * In the order in which parts need each other; parameters are declared for all
 * methods of a path as well.  `*what` is the part that is wrong.
 */
static int
pd_operation_parts(pd_operation_t *op, const json_t *root, const json_t *item,
                   const char **what, lp_error_t *err)
{
    const json_t *json;

    json = op->json;

    /* Ours are all at one place, and nothing written is passed over. */
    *what = "servers";
    if (json_object_get(json, *what) != NULL) {
        return lp_error(err, "", "are not heeded");
    }

    *what = "deprecated";
    if (pd_ending_read(&op->ending, json, err) != LP_OK) {
        return LP_INVALID;
    }

    *what = "security";
    if (pd_operation_security(op, json_object_get(json, *what), err)
        != LP_OK) {
        return LP_INVALID;
    }

    *what = "parameters";
    if (pd_operation_parameters(op, root, json_object_get(item, *what), err)
            != LP_OK
        || pd_operation_parameters(op, root, json_object_get(json, *what), err)
               != LP_OK) {
        return LP_INVALID;
    }

    *what = "requestBody";
    if (pd_operation_body(op, root, json_object_get(json, *what), err)
        != LP_OK) {
        return LP_INVALID;
    }

    *what = "responses";
    if (pd_operation_answer(op, root, json_object_get(json, *what), err)
        != LP_OK) {
        return LP_INVALID;
    }

    *what = "path";

    return pd_operation_path(op, err);
}


static int
pd_operation_compile(pd_operation_t *op, const json_t *root,
                     const json_t *item, lp_error_t *err)
{
    const char *what;

    return pd_operation_parts(op, root, item, &what, err) == LP_OK
               ? LP_OK
               : pd_contract_wrong(err, op->id, what);
}


/* One path of the document: its methods are operations. */
static int
pd_contract_path(pd_contract_t *c, const char *path, const json_t *item,
                 lp_error_t *err)
{
    json_t         *json;
    pd_method_t     method;
    const char     *name;
    pd_operation_t *op;

    json_object_foreach((json_t *) item, name, json)
    {
        method = pd_method_parse(name);

        if (method == PD_METHODS) {
            if (strcmp(name, "parameters") != 0) {
                return lp_error(err, "", "%s: %s is not known", path, name);
            }
            continue;
        }

        op = &c->operations[c->noperations];
        op->id = json_string_value(json_object_get(json, "operationId"));
        op->path = path;
        op->method = method;
        op->json = json;

        if (op->id == NULL || pd_contract_find(c, op->id) != NULL) {
            return lp_error(err, "", "%s: operationId is missing or taken",
                            path);
        }

        c->noperations++;

        if (pd_operation_compile(op, c->document, item, err) != LP_OK
            || pd_router_add(c->router, method, path, op, err) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


int
pd_contract_load(pd_contract_t *c, const char *dir, lp_error_t *err)
{
    json_t     *paths, *item;
    const char *path;

    *c = (pd_contract_t){ 0 };

    c->document = pd_document_load(dir, err);
    if (c->document == NULL) {
        return LP_INVALID;
    }

    paths = json_object_get(c->document, "paths");
    c->router = pd_router_create();
    c->operations = calloc(json_object_size(paths) * PD_METHODS + 1,
                           sizeof(pd_operation_t));

    if (c->router == NULL || c->operations == NULL) {
        pd_contract_free(c);
        return lp_error(err, "", "no memory");
    }

    json_object_foreach(paths, path, item)
    {
        if (pd_contract_path(c, path, item, err) != LP_OK) {
            pd_contract_free(c);
            return LP_INVALID;
        }
    }

    return LP_OK;
}


void
pd_contract_free(pd_contract_t *c)
{
    size_t          i;
    pd_operation_t *op;

    for (; c->noperations > 0; c->noperations--) {
        op = &c->operations[c->noperations - 1];

        for (i = 0; i < op->nparameters; i++) {
            pd_schema_free(op->parameters[i].schema);
        }

        pd_schema_free(op->body);
        pd_schema_free(op->answer);
    }

    pd_router_free(c->router);
    free(c->operations);
    json_decref(c->document);
    *c = (pd_contract_t){ 0 };
}


/* Linear: it is asked at start, never by a request. */
const pd_operation_t *
pd_contract_find(const pd_contract_t *c, const char *id)
{
    size_t i;

    for (i = 0; i < c->noperations; i++) {
        if (strcmp(c->operations[i].id, id) == 0) {
            return &c->operations[i];
        }
    }

    return NULL;
}
