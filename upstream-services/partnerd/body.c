/*
 * Reads the body of a request.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "body.h"
#include "malformed.h"
#include "validate.h"


#define PD_JSON_LEN (sizeof(PD_JSON) - 1)


/* Parameters such as charset are allowed and mean nothing: JSON is UTF-8
 * (RFC 8259, section 8.1). */
static int
pd_body_is_json(const char *type)
{
    return type != NULL && strncasecmp(type, PD_JSON, PD_JSON_LEN) == 0
           && (type[PD_JSON_LEN] == '\0' || type[PD_JSON_LEN] == ';'
               || isspace((unsigned char) type[PD_JSON_LEN]));
}


static json_t *
pd_body_parse(const char *data, size_t len, pd_problem_t *p)
{
    json_t      *body;
    json_error_t where;

    body = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                      &where);
    if (body == NULL) {
        pd_malformed(data, len, &where, p);
    }

    return body;
}


/*
 * A body that may be left out and is has no members.  Defaults come last, into
 * a body that was found right: they are the contract's own and need no check.
 */
json_t *
pd_body_read(const pd_operation_t *op, const char *type, const char *data,
             size_t len, pd_problem_t *p)
{
    json_t *body;

    if (len > PD_BODY_MAX) {
        (void) pd_problem(p, "payload_too_large",
                          "the body has %zu bytes; allowed: %d", len,
                          PD_BODY_MAX);
        return NULL;
    }

    if (op->body == NULL) {
        return NULL;
    }

    if (len == 0 && op->body_required) {
        pd_problem_add(p, "pointer", "", "a body is required");
        (void) pd_problem_plain(p, "invalid_body");
        return NULL;
    }

    if (len > 0 && !pd_body_is_json(type)) {
        (void) pd_problem_plain(p, "unsupported_media_type");
        return NULL;
    }

    body = len > 0 ? pd_body_parse(data, len, p) : json_object();

    if (body != NULL
        && pd_validate(op->body, body, "pointer", "", p) != PD_OK) {
        (void) pd_problem_plain(p, "invalid_body");
        json_decref(body);
        return NULL;
    }

    if (body != NULL) {
        pd_validate_defaults(op->body, body);
    }

    return body;
}
