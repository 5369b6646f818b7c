/*
 * Rides, leads and policies as collections: keyset pages and single records.
 */

#include "handlers.h"

#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>

#include "records.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MAX     100

typedef struct {
    const char  *prefix; /* of an id: "ride_000001" */
    sb_record_pt record;
    void (*answer)(struct evhttp_request *req, int status, json_t *body);
} collection_t;

typedef struct {
    unsigned limit; /* records in the page */
    unsigned after; /* number of the last record seen */
} page_t;


/* Decimal digits only, within bounds; 0 on success. */
static int
read_number(const char *text, unsigned least, unsigned most, unsigned *value)
{
    unsigned n;

    if (*text == '\0' || strlen(text) > 9
        || text[strspn(text, "0123456789")] != '\0') {
        return -1;
    }

    n = (unsigned) strtoul(text, NULL, 10);

    if (n < least || n > most) {
        return -1;
    }

    *value = n;

    return 0;
}


/* "ride_000042" -> 42; 0 when the text is no id of this collection. */
static unsigned
record_number(const collection_t *c, const char *id)
{
    unsigned number;
    size_t   len;

    len = strlen(c->prefix);

    if (strncmp(id, c->prefix, len) != 0 || strlen(id) != len + 6
        || read_number(id + len, 1, SB_RECORDS, &number) != 0) {
        return 0;
    }

    return number;
}


/* NULL when the parameter is good, else the error that names it. */
static json_t *
page_parameter(const collection_t *c, page_t *page, const char *name,
               const char *value)
{
    if (strcmp(name, "limit") == 0) {
        return read_number(value, 1, LIMIT_MAX, &page->limit) == 0
                   ? NULL
                   : sb_error("parameter", name, "must be 1 to %d", LIMIT_MAX);
    }

    if (strcmp(name, "cursor") == 0) {
        page->after = record_number(c, value);

        return page->after > 0 ? NULL
                               : sb_error("parameter", name,
                                          "is not a cursor that a page gave");
    }

    return sb_error("parameter", name,
                    "is unknown; limit and cursor are known");
}


/* Returns the array of errors, empty when all is well. */
static json_t *
read_page(const collection_t *c, const char *query, page_t *page)
{
    struct evkeyvalq parameters;
    struct evkeyval *p;
    json_t          *errors, *error;

    page->limit = LIMIT_DEFAULT;
    page->after = 0;
    errors = json_array();

    if (query == NULL || *query == '\0') {
        return errors;
    }

    if (evhttp_parse_query_str(query, &parameters) != 0) {
        (void) json_array_append_new(
            errors, sb_error("parameter", "", "the query is malformed"));
        return errors;
    }

    for (p = parameters.tqh_first; p != NULL; p = p->next.tqe_next) {
        error = page_parameter(c, page, p->key, p->value);

        if (error != NULL && json_array_append_new(errors, error) != 0) {
            break;
        }
    }

    evhttp_clear_headers(&parameters);

    return errors;
}


static void
answer_page(sb_call_t *call, const collection_t *c, const page_t *page)
{
    json_t  *data, *next;
    unsigned number, last;

    last = page->after + page->limit;

    if (last > SB_RECORDS) {
        last = SB_RECORDS;
    }

    data = json_array();

    for (number = page->after + 1; number <= last; number++) {
        if (json_array_append_new(data, c->record(call->server->seed, number))
            != 0) {
            json_decref(data);
            c->answer(call->req, 500, NULL);
            return;
        }
    }

    next = last == SB_RECORDS ? json_null()
                              : json_sprintf("%s%06u", c->prefix, last);

    c->answer(call->req, 200,
              json_pack("{s:o, s:{s:o}}", "data", data, "page", "next", next));
}


static void
answer_record(sb_call_t *call, const collection_t *c)
{
    unsigned number;

    number = record_number(c, call->tail);

    if (number == 0) {
        sb_problem(call->req, 404, "not_found", NULL,
                   "no such record; ids run from %s%06u to %s%06u", c->prefix,
                   1, c->prefix, SB_RECORDS);
        return;
    }

    c->answer(
        call->req, 200,
        json_pack("{s:o}", "data", c->record(call->server->seed, number)));
}


static void
serve(sb_call_t *call, const collection_t *c)
{
    json_t *errors;
    page_t  page;

    if (*call->tail != '\0') {
        answer_record(call, c);
        return;
    }

    errors = read_page(c, call->query, &page);

    if (json_array_size(errors) > 0) {
        sb_problem(call->req, 400, "invalid_parameter", errors,
                   "a query parameter is wrong");
        return;
    }

    json_decref(errors);
    answer_page(call, c, &page);
}


void
sb_rides(sb_call_t *call)
{
    static const collection_t rides = { "ride_", sb_ride, sb_answer };

    serve(call, &rides);
}


void
sb_leads(sb_call_t *call)
{
    static const collection_t leads = { "lead_", sb_lead, sb_answer };

    serve(call, &leads);
}


void
sb_policies(sb_call_t *call)
{
    static const collection_t policies
        = { "policy_", sb_policy, sb_answer_ascii };

    serve(call, &policies);
}
