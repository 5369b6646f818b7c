/*
 * The catalogue of errors, and the answers made from it.
 */

#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "file.h"


#define PD_TYPE_PREFIX "urn:partner:problem:" /* RFC 9457, section 3.1.1 */


/* Each code that a SQLSTATE leads to must exist: data checks data. */
static int
pd_catalogue_check(const pd_catalogue_t *c, lp_error_t *err)
{
    json_t     *entry, *problems;
    const char *name;

    problems = json_object_get(c->root, "problems");

    json_object_foreach(problems, name, entry)
    {
        if (json_integer_value(json_object_get(entry, "status")) < 400
            || !json_is_string(json_object_get(entry, "title"))) {
            return lp_error(err, "", "problem %s lacks a status or a title",
                            name);
        }
    }

    json_object_foreach(json_object_get(c->root, "sqlstates"), name, entry)
    {
        if (json_object_get(problems,
                            json_string_value(json_object_get(entry, "code")))
            == NULL) {
            return lp_error(err, "", "SQLSTATE %s leads to no problem", name);
        }
    }

    json_object_foreach(json_object_get(c->root, "constraints"), name, entry)
    {
        if (json_is_string(json_object_get(entry, "pointer"))
                == json_is_string(json_object_get(entry, "parameter"))
            || !json_is_string(json_object_get(entry, "detail"))) {
            return lp_error(err, "",
                            "constraint %s needs a detail, and a pointer or a "
                            "parameter",
                            name);
        }
    }

    return pd_catalogue_status(c, "internal_error") == 500
               ? LP_OK
               : lp_error(err, "", "internal_error is not there");
}


int
pd_catalogue_load(pd_catalogue_t *c, const char *path, lp_error_t *err)
{
    c->root = pd_file_json(path, err);
    if (c->root == NULL) {
        return LP_INVALID;
    }

    if (pd_catalogue_check(c, err) != LP_OK) {
        pd_catalogue_free(c);
        return LP_INVALID;
    }

    return LP_OK;
}


void
pd_catalogue_free(pd_catalogue_t *c)
{
    json_decref(c->root);
    c->root = NULL;
}


/* Lookups are a few a request: a hash table of jansson is enough. */
static const json_t *
pd_catalogue_entry(const pd_catalogue_t *c, const char *code)
{
    return json_object_get(json_object_get(c->root, "problems"), code);
}


int
pd_catalogue_status(const pd_catalogue_t *c, const char *code)
{
    return (int) json_integer_value(
        json_object_get(pd_catalogue_entry(c, code), "status"));
}


/*
 * The first two characters of a SQLSTATE are its class (PostgreSQL, appendix
 * A).
 */
void
pd_catalogue_from_sqlstate(const pd_catalogue_t *c, const char *sqlstate,
                           const char *constraint, const char *message,
                           pd_problem_t *p)
{
    char class[3];
    const char   *kind;
    const json_t *states, *entry, *where;

    states = json_object_get(c->root, "sqlstates");
    entry = json_object_get(states, sqlstate);

    if (entry == NULL) {
        (void) snprintf(class, sizeof(class), "%.2s", sqlstate);
        entry = json_object_get(states, class);
    }

    if (entry == NULL) {
        (void) pd_problem_plain(p, "internal_error");
        return;
    }

    (void) pd_problem(
        p, json_string_value(json_object_get(entry, "code")), "%s",
        json_is_true(json_object_get(entry, "tell")) ? message : "");

    where = constraint == NULL
                ? NULL
                : json_object_get(json_object_get(c->root, "constraints"),
                                  constraint);
    if (where != NULL) {
        kind = json_object_get(where, "pointer") ? "pointer" : "parameter";
        pd_problem_add(p, kind,
                       json_string_value(json_object_get(where, kind)), "%s",
                       json_string_value(json_object_get(where, "detail")));
    }
}


/* Members in the order in which RFC 9457 lists them, ours behind. */
char *
pd_catalogue_render(const pd_catalogue_t *c, const pd_problem_t *p,
                    const char *request_id, int *status)
{
    char          type[sizeof(PD_TYPE_PREFIX) + 64];
    char         *text;
    json_t       *body;
    const char   *code;
    const json_t *entry;

    code = p->code;
    entry = pd_catalogue_entry(c, code);

    if (entry == NULL) {
        code = "internal_error";
        entry = pd_catalogue_entry(c, code);
    }

    *status = pd_catalogue_status(c, code);
    (void) snprintf(type, sizeof(type), PD_TYPE_PREFIX "%s", code);

    body = json_pack("{s:s, s:O, s:O, s:s}", "type", type, "title",
                     json_object_get(entry, "title"), "status",
                     json_object_get(entry, "status"), "code", code);

    if (p->detail[0] != '\0') {
        (void) json_object_set_new(body, "detail", json_string(p->detail));

    } else if (p->more > 0) {
        (void) json_object_set_new(
            body, "detail",
            json_sprintf("and %zu more than the %d mistakes that are named",
                         p->more, PD_MISTAKES));
    }

    if (request_id[0] != '\0') {
        (void) json_object_set_new(body, "requestId", json_string(request_id));
    }

    if (p->errors != NULL) {
        (void) json_object_set(body, "errors", p->errors);
    }

    text = json_dumps(body, JSON_COMPACT);
    json_decref(body);

    return text;
}
