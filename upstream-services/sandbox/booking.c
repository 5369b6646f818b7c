/*
 * POST /v1/rides: checks a booking and answers the ride it would become.
 * Nothing is kept; the same seed and body give the same ride.
 */

#include "handlers.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "records.h"

#define TEXT_MAX       200 /* bytes of any text in a booking */
#define NAME_MAX_SHOWN 64  /* bytes of an unknown member's name */

typedef struct {
    const char *name;
    json_type   type;
    int         required;
} member_t;

static const member_t booking_members[] = {
    { "pickup", JSON_OBJECT, 1 }, { "dropoff", JSON_OBJECT, 1 },
    { "rider", JSON_OBJECT, 1 },  { "seats", JSON_INTEGER, 0 },
    { "note", JSON_STRING, 0 },   { NULL, JSON_NULL, 0 },
};

static const member_t place_members[] = {
    { "street", JSON_STRING, 1 },
    { "city", JSON_STRING, 1 },
    { "postalCode", JSON_STRING, 0 },
    { NULL, JSON_NULL, 0 },
};

static const member_t rider_members[] = {
    { "fullName", JSON_STRING, 1 },
    { "phone", JSON_STRING, 1 },
    { "email", JSON_STRING, 0 },
    { NULL, JSON_NULL, 0 },
};


static const char *
type_name(json_type type)
{
    return type == JSON_OBJECT    ? "an object"
           : type == JSON_INTEGER ? "an integer"
                                  : "a string";
}


/* A JSON pointer (RFC 6901): ~ and / in a name are escaped. */
static void
append_name(char *pointer, const char *name)
{
    char *p;

    p = pointer + strlen(pointer);
    *p++ = '/';

    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            *p++ = '~';
            *p++ = *name == '~' ? '0' : '1';

        } else {
            *p++ = *name;
        }
    }

    *p = '\0';
}


static void
add_error(json_t *errors, const char *at, const char *name, const char *detail)
{
    char pointer[16 + 1 + 2 * NAME_MAX_SHOWN + 1];

    snprintf(pointer, sizeof(pointer), "%.16s", at);

    if (strlen(name) > NAME_MAX_SHOWN) {
        detail = "has an unknown member with a very long name";

    } else {
        append_name(pointer, name);
    }

    /* a list without memory is answered as such by sb_problem() */

    (void) json_array_append_new(errors,
                                 sb_error("pointer", pointer, "%s", detail));
}


static void
check_value(json_t *errors, const char *at, const member_t *m, json_t *value)
{
    char detail[64];

    if (json_typeof(value) != m->type) {
        snprintf(detail, sizeof(detail), "must be %s", type_name(m->type));
        add_error(errors, at, m->name, detail);
        return;
    }

    if (m->type == JSON_STRING
        && (json_string_length(value) == 0
            || json_string_length(value) > TEXT_MAX)) {
        snprintf(detail, sizeof(detail), "must have 1 to %d bytes", TEXT_MAX);
        add_error(errors, at, m->name, detail);
    }

    if (m->type == JSON_INTEGER
        && (json_integer_value(value) < 1 || json_integer_value(value) > 8)) {
        add_error(errors, at, m->name, "must be 1 to 8");
    }
}


/* Every mistake is named, so that a partner sees all of them at once. */
static void
check_object(json_t *errors, const char *at, const member_t *members,
             json_t *object)
{
    const member_t *m;
    const char     *name;
    json_t         *value;

    for (m = members; m->name != NULL; m++) {
        value = json_object_get(object, m->name);

        if (value != NULL) {
            check_value(errors, at, m, value);

        } else if (m->required) {
            add_error(errors, at, m->name, "is required");
        }
    }

    json_object_foreach(object, name, value)
    {
        for (m = members; m->name != NULL; m++) {
            if (strcmp(m->name, name) == 0) {
                break;
            }
        }

        if (m->name == NULL) {
            add_error(errors, at, name, "is unknown");
        }
    }
}


/* A part that is missing or no object was named already. */
static void
check_part(json_t *errors, json_t *booking, const char *name,
           const member_t *members)
{
    json_t *part;
    char    at[16];

    part = json_object_get(booking, name);

    if (json_is_object(part)) {
        snprintf(at, sizeof(at), "/%s", name);
        check_object(errors, at, members, part);
    }
}


static json_t *
check_booking(json_t *booking)
{
    json_t *errors;

    errors = json_array();

    check_object(errors, "", booking_members, booking);
    check_part(errors, booking, "pickup", place_members);
    check_part(errors, booking, "dropoff", place_members);
    check_part(errors, booking, "rider", rider_members);

    return errors;
}


/*
 * Its number is beyond those of the records that can be read, so no booking
 * looks like one of them.
 */
static void
answer_booked(sb_call_t *call, json_t *booking)
{
    json_t  *ride;
    char    *text;
    char     id[32];
    uint64_t number;

    /* sorted, so that layout and order of the body do not matter */

    text = json_dumps(booking, JSON_COMPACT | JSON_SORT_KEYS);

    if (text == NULL) {
        sb_answer(call->req, 500, NULL);
        return;
    }

    number = sb_random_hash(text, strlen(text));
    free(text);

    snprintf(id, sizeof(id), "ride_%016llx", (unsigned long long) number);
    ride = sb_ride(call->server->seed, SB_RECORDS + 1 + number % 1000000);

    if (json_object_set_new(ride, "id", json_string(id)) != 0
        || json_object_set_new(ride, "status", json_string("requested")) != 0
        || json_object_update(ride, booking) != 0) {
        json_decref(ride);
        ride = NULL;
    }

    sb_answer(call->req, 201,
              ride == NULL ? NULL : json_pack("{s:o}", "data", ride));
}


static json_t *
read_body(struct evhttp_request *req)
{
    struct evbuffer *in;
    json_error_t     error;
    json_t          *body;
    size_t           len;

    in = evhttp_request_get_input_buffer(req);
    len = evbuffer_get_length(in);

    if (len > SB_BODY_MAX) {
        sb_problem(req, 413, "payload_too_large", NULL,
                   "the body has %zu bytes, %d are allowed", len, SB_BODY_MAX);
        return NULL;
    }

    body = len == 0 ? NULL
                    : json_loadb((char *) evbuffer_pullup(in, -1), len,
                                 JSON_REJECT_DUPLICATES, &error);

    if (body == NULL) {
        sb_problem(req, 400, "malformed_json", NULL,
                   len == 0 ? "the body is empty, a JSON object is needed"
                            : "line %d, column %d: the body is not JSON, or "
                              "has a member twice",
                   error.line, error.column);
        return NULL;
    }

    if (!json_is_object(body)) {
        json_decref(body);
        sb_problem(req, 400, "invalid_body", NULL,
                   "the body must be a JSON object");
        return NULL;
    }

    return body;
}


void
sb_book(sb_call_t *call)
{
    json_t *booking, *errors;

    booking = read_body(call->req);

    if (booking == NULL) {
        return;
    }

    errors = check_booking(booking);

    if (json_array_size(errors) > 0) {
        sb_problem(call->req, 422, "invalid_body", errors,
                   "%zu members of the booking are wrong",
                   json_array_size(errors));

    } else {
        json_decref(errors);
        answer_booked(call, booking);
    }

    json_decref(booking);
}
