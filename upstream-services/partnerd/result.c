/*
 * Wraps the JSON that PostgreSQL built, or says why there is none.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/buffer.h>

#include "cursor.h"
#include "log.h"
#include "protect.h"
#include "result.h"


/*
 * What a client needs to know is whether to look first or to send again at
 * once.
 */
static const char pd_maybe[]
    = "the database went away before it confirmed: the change may have been "
      "made or not, look before you repeat it";
static const char pd_unsent[] = "nothing was changed";


/*
 * A cursor that was made up holds values that no format was asked about.
 * Whatever else PostgreSQL finds malformed the contract has let pass, which is
 * our mistake and is logged as one.
 */
static int
pd_result_made_up(pd_request_t *r, const char *state)
{
    if (r->inputs[PD_FROM_CURSOR] == NULL || strncmp(state, "22", 2) != 0) {
        return 0;
    }

    pd_problem_add(&r->problem, "parameter", "cursor",
                   "is not one that this list gave");
    (void) pd_problem_plain(&r->problem, "invalid_parameter");

    return 1;
}


static int
pd_result_unavailable(pd_request_t *r, const char *said)
{
    return pd_problem(&r->problem, "database_unavailable", "%s",
                      r->served->operation->method == PD_GET ? "" : said);
}


/*
 * Which problem a SQLSTATE is stands in contract/errors.json, so a new
 * constraint needs no C.  What ends with one was rolled back.
 */
static int
pd_result_refused(pd_request_t *r, const PGresult *res)
{
    const char *state, *constraint, *message;

    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    state = state == NULL ? "" : state;
    constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
    message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    if (pd_result_made_up(r, state)) {
        return PD_REFUSED;
    }

    pd_catalogue_from_sqlstate(&r->server->service.catalogue, state,
                               constraint, message == NULL ? "" : message,
                               &r->problem);

    /* The message may quote a value that a client sent: not for the log. */
    if (pd_catalogue_status(&r->server->service.catalogue, r->problem.code)
        >= 500) {
        pd_log(PD_ERROR, "statement", "operation", r->served->operation->id,
               "sqlstate", state, "constraint",
               constraint == NULL ? "" : constraint, "request",
               r->identity.request, NULL);
    }

    if (strcmp(r->problem.code, "database_unavailable") == 0) {
        pd_problem_clear(&r->problem);
        return pd_result_unavailable(r, pd_unsent);
    }

    return PD_REFUSED;
}


/* The version is that of what may be changed: not each answer's own. */
static void
pd_result_tag(pd_request_t *r, const PGresult *res)
{
    int  column;
    char tag[32];

    column = PQfnumber(res, "version");

    if (column >= 0 && !PQgetisnull(res, 0, column)) {
        (void) snprintf(tag, sizeof(tag), "\"%s\"",
                        PQgetvalue(res, 0, column));
        pd_request_header_out(r, "ETag", tag);
    }
}


/* The same list from the cursor on (RFC 8288). */
static void
pd_result_link(pd_request_t *r, const char *cursor)
{
    char                    *link, *value, *text;
    size_t                   size;
    FILE                    *out;
    json_t                  *one;
    const char              *name;
    const struct evhttp_uri *uri;

    out = r->http == NULL ? NULL : open_memstream(&link, &size);
    if (out == NULL) {
        return;
    }

    uri = evhttp_request_get_evhttp_uri(r->http);
    (void) fprintf(out, "<%s?cursor=%s", evhttp_uri_get_path(uri), cursor);

    json_object_foreach(r->inputs[PD_FROM_QUERY], name, one)
    {
        if (strcmp(name, "cursor") != 0) {
            text = json_dumps(one, JSON_ENCODE_ANY);
            value = evhttp_uriencode(json_is_string(one)
                                         ? json_string_value(one)
                                         : (text == NULL ? "" : text),
                                     -1, 0);
            (void) fprintf(out, "&%s=%s", name, value == NULL ? "" : value);
            free(value);
            free(text);
        }
    }

    (void) fputs(">; rel=\"next\"", out);

    if (fclose(out) == 0) {
        pd_request_header_out(r, "Link", link);
    }

    free(link);
}


/* A list's statement has a column for the key that the next page begins
 * behind. */
static int
pd_result_page(pd_request_t *r, const PGresult *res, struct evbuffer *body)
{
    int  column;
    char cursor[PD_CURSOR_MAX + 1];

    column = PQfnumber(res, "next");
    if (column < 0) {
        return 0;
    }

    if (PQgetisnull(res, 0, column)) {
        return evbuffer_add_printf(body, ",\"page\":{\"next\":null}");
    }

    if (pd_cursor_encode(r->served->operation->id, PQgetvalue(res, 0, column),
                         cursor)
        == 0) {
        return -1;
    }

    pd_result_link(r, cursor);

    return evbuffer_add_printf(body, ",\"page\":{\"next\":\"%s\"}", cursor);
}


/* An answer that shows many kinds of things has a column for whether this one
 * is personal data. */
static int
pd_result_opens(const pd_request_t *r, const PGresult *res)
{
    int column;

    column = PQfnumber(res, "personal");

    return r->served->operation->opens
           && (column < 0 || PQgetvalue(res, 0, column)[0] == 't');
}


/* As PostgreSQL built it, but for what is sealed and what was never stored. */
static int
pd_result_text(pd_request_t *r, const PGresult *res, const char *data,
               struct evbuffer *body)
{
    if (pd_result_opens(r, res)) {
        return pd_protect_open(r, data, body) == 0
                   ? PD_OK
                   : pd_problem_plain(&r->problem, "subject_keys_unavailable");
    }

    if (r->served->handler != NULL && r->served->handler->after != NULL) {
        return r->served->handler->after(r, data, body);
    }

    (void) evbuffer_add(body, data, strlen(data));

    return PD_OK;
}


static int
pd_result_data(pd_request_t *r, const PGresult *res, struct evbuffer *body)
{
    int column;

    column = PQfnumber(res, "data");

    if (column < 0 || body == NULL
        || evbuffer_add(body, "{\"data\":", 8) != 0) {
        return pd_problem_plain(&r->problem, "internal_error");
    }

    if (pd_result_text(r, res, PQgetvalue(res, 0, column), body) != PD_OK) {
        return PD_REFUSED;
    }

    pd_result_tag(r, res);

    if (pd_result_page(r, res, body) < 0 || evbuffer_add(body, "}", 1) != 0) {
        return pd_problem_plain(&r->problem, "internal_error");
    }

    return PD_OK;
}


/* No row: not there, or not for this tenant, which must look the same. */
int
pd_result_problem(pd_request_t *r, pd_pg_outcome_t outcome,
                  const PGresult *res)
{
    switch (outcome) {
    case PD_PG_DONE:
        return pd_problem_plain(&r->problem, "not_found");
    case PD_PG_ERROR:
        return pd_result_refused(r, res);
    case PD_PG_BUSY:
        return pd_problem_plain(&r->problem, "overloaded");
    default: /* PD_PG_LOST, PD_PG_AWAY */
        return pd_result_unavailable(r, outcome == PD_PG_LOST ? pd_maybe
                                                              : pd_unsent);
    }
}


int
pd_result_render(pd_request_t *r, pd_pg_outcome_t outcome, const PGresult *res,
                 struct evbuffer *body)
{
    return outcome == PD_PG_DONE && PQntuples(res) > 0
               ? pd_result_data(r, res, body)
               : pd_result_problem(r, outcome, res);
}
