/*
 * Holds a JSON value against a compiled schema and reports every mistake.
 */

#include <stdio.h>
#include <string.h>

#include "validate.h"


typedef struct {
    const char   *kind;
    pd_problem_t *problem;
    int           rc;
} pd_validate_t;


static void pd_check(pd_validate_t *v, const pd_schema_t *s,
                     const json_t *value, const char *where);


#define pd_mistake(v, where, ...)                                             \
    do {                                                                      \
        pd_problem_add((v)->problem, (v)->kind, where, __VA_ARGS__);          \
        (v)->rc = PD_REFUSED;                                                 \
    } while (0)


/* The pointer of a member or item, escaped as RFC 6901 has it. */
static void
pd_pointer(char out[PD_POINTER_LEN], const char *base, const char *token)
{
    size_t n;

    for (n = 0; *base != '\0' && n + 3 < PD_POINTER_LEN; base++) {
        out[n++] = *base;
    }

    out[n++] = '/';

    for (; *token != '\0' && n + 3 < PD_POINTER_LEN; token++) {
        if (*token == '~' || *token == '/') {
            out[n++] = '~';
            out[n++] = *token == '~' ? '0' : '1';
        } else {
            out[n++] = *token;
        }
    }

    out[n] = '\0';
}


/*
 * JSON Schema calls 1.0 an integer too (validation, section 6.1.1); here it is
 * none, since nothing that counts money or calls may pass through a double.
 */
static unsigned
pd_type_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return PD_TYPE_OBJECT;
    case JSON_ARRAY:
        return PD_TYPE_ARRAY;
    case JSON_STRING:
        return PD_TYPE_STRING;
    case JSON_INTEGER:
        return PD_TYPE_INTEGER;
    case JSON_REAL:
        return PD_TYPE_NUMBER;
    case JSON_NULL:
        return PD_TYPE_NULL;
    default:
        return PD_TYPE_BOOLEAN;
    }
}


/* "a string or null" */
static const char *
pd_type_names(unsigned types, char out[96])
{
    size_t      i, n;
    const char *sep;

    static const struct {
        unsigned    type;
        const char *name;
    } names[] = {
        { PD_TYPE_STRING, "a string" },    { PD_TYPE_NUMBER, "a number" },
        { PD_TYPE_INTEGER, "an integer" }, { PD_TYPE_BOOLEAN, "a boolean" },
        { PD_TYPE_ARRAY, "an array" },     { PD_TYPE_OBJECT, "an object" },
        { PD_TYPE_NULL, "null" },
    };

    if (types & PD_TYPE_NUMBER) {
        /* A number includes it. */
        types &= ~PD_TYPE_INTEGER;
    }

    out[0] = '\0';
    sep = "";
    n = 0;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (types & names[i].type) {
            n += (size_t) snprintf(out + n, 96 - n, "%s%s", sep,
                                   names[i].name);
            sep = " or ";
        }
    }

    return out;
}


/* null is allowed by listing it, and left out of the sentence.  A list that is
   too long for it ends with a whole value. */
static void
pd_check_enum(pd_validate_t *v, const pd_schema_t *s, const json_t *value,
              const char *where)
{
    char        text[PD_MISTAKE_MAX - 40]; /* what is said around it */
    size_t      i, n, more;
    json_t     *one;
    const char *name;

    n = more = 0;
    text[0] = '\0'; /* an enum may have no string */

    json_array_foreach(s->values, i, one)
    {
        if (json_equal(one, value)) {
            return;
        }

        name = json_string_value(one);

        if (name == NULL) {
            continue;
        }

        if (more > 0 || n + 2 + strlen(name) >= sizeof(text)) {
            more++;
            continue;
        }

        n += (size_t) snprintf(text + n, sizeof(text) - n, "%s%s",
                               n == 0 ? "" : ", ", name);
    }

    if (more > 0) {
        pd_mistake(v, where, "must be one of %s and %zu more", text, more);

    } else {
        pd_mistake(v, where, "must be one of %s", text);
    }
}


/* Continuation bytes of UTF-8 do not count. */
size_t
pd_characters(const char *text)
{
    size_t n;

    for (n = 0; *text != '\0'; text++) {
        n += (*text & 0xc0) != 0x80;
    }

    return n;
}


static void
pd_check_string(pd_validate_t *v, const pd_schema_t *s, const json_t *value,
                const char *where)
{
    json_int_t  n;
    const char *text;

    text = json_string_value(value);
    n = (json_int_t) pd_characters(text);

    if (n < s->min_length) {
        pd_mistake(v, where,
                   "must have at least %" JSON_INTEGER_FORMAT " character(s)",
                   s->min_length);
    }

    if (n > s->max_length) {
        /* Nor is it matched: that takes time with its length. */
        pd_mistake(v, where,
                   "must have at most %" JSON_INTEGER_FORMAT " characters",
                   s->max_length);
        return;
    }

    if (s->pattern != NULL && regexec(s->pattern, text, 0, NULL, 0) != 0) {
        pd_mistake(v, where, "must match %s", s->pattern_text);
    }

    if (s->format != NULL
        && !s->format->matches(text, json_string_length(value))) {
        pd_mistake(v, where, "must be %s", s->format->allowed);
    }
}


/* Bounds that a schema leaves out are those of int64_t, and bind nothing. */
static void
pd_check_number(pd_validate_t *v, const pd_schema_t *s, const json_t *value,
                const char *where)
{
    int below, above;

    if (json_is_real(value)) {
        below = s->minimum != INT64_MIN
                && json_real_value(value) < (double) s->minimum;
        above = s->maximum != PD_UNBOUNDED
                && json_real_value(value) > (double) s->maximum;
    } else {
        below = json_integer_value(value) < s->minimum;
        above = json_integer_value(value) > s->maximum;
    }

    if (below) {
        pd_mistake(v, where, "must be at least %" JSON_INTEGER_FORMAT,
                   s->minimum);
    }

    if (above) {
        pd_mistake(v, where, "must be at most %" JSON_INTEGER_FORMAT,
                   s->maximum);
    }
}


/*
 * Quadratic within max_items, which the contract sets wherever items are
 * unique.
 */
static int
pd_item_is_repeated(const json_t *array, size_t index)
{
    size_t i;

    for (i = 0; i < index; i++) {
        if (json_equal(json_array_get(array, i),
                       json_array_get(array, index))) {
            return 1;
        }
    }

    return 0;
}


static void
pd_check_array(pd_validate_t *v, const pd_schema_t *s, const json_t *value,
               const char *where)
{
    char       token[24], pointer[PD_POINTER_LEN];
    size_t     i;
    json_t    *item;
    json_int_t n;

    n = (json_int_t) json_array_size(value);

    if (n < s->min_items) {
        pd_mistake(v, where,
                   "must have at least %" JSON_INTEGER_FORMAT " item(s)",
                   s->min_items);
    }

    if (n > s->max_items) {
        /* What comes after is not looked at: it may be of any length. */
        pd_mistake(v, where,
                   "must have at most %" JSON_INTEGER_FORMAT " items",
                   s->max_items);
        return;
    }

    json_array_foreach(value, i, item)
    {
        (void) snprintf(token, sizeof(token), "%zu", i);
        pd_pointer(pointer, where, token);

        if (s->unique && pd_item_is_repeated(value, i)) {
            pd_mistake(v, pointer, "occurs twice");
        }

        if (s->items != NULL) {
            pd_check(v, s->items, item, pointer);
        }
    }
}


/* Missing ones first, then those that are there in the order they were sent. */
static void
pd_check_object(pd_validate_t *v, const pd_schema_t *s, const json_t *value,
                const char *where)
{
    char               pointer[PD_POINTER_LEN];
    void              *iter;
    size_t             i;
    const char        *name;
    const pd_member_t *m;

    for (i = 0; i < s->nmembers; i++) {
        m = &s->members[i];

        if (m->required && json_object_get(value, m->name) == NULL) {
            pd_pointer(pointer, where, m->name);
            pd_mistake(v, pointer, "is required");
        }
    }

    for (iter = json_object_iter((json_t *) value); iter != NULL;
         iter = json_object_iter_next((json_t *) value, iter)) {
        name = json_object_iter_key(iter);
        pd_pointer(pointer, where, name);
        m = pd_schema_member(s, name);

        if (m != NULL) {
            pd_check(v, m->schema, json_object_iter_value(iter), pointer);

        } else if (s->closed) {
            pd_mistake(v, pointer, "is not known here");
        }
    }
}


/* What is of the wrong type is not looked into: one mistake, not five. */
static void
pd_check(pd_validate_t *v, const pd_schema_t *s, const json_t *value,
         const char *where)
{
    char     names[96];
    unsigned type;

    type = pd_type_of(value);

    if (s->types != 0 && !(s->types & type)) {
        pd_mistake(v, where, "must be %s", pd_type_names(s->types, names));
        return;
    }

    if (s->values != NULL) {
        pd_check_enum(v, s, value, where);
    }

    switch (type) {
    case PD_TYPE_STRING:
        pd_check_string(v, s, value, where);
        break;
    case PD_TYPE_INTEGER:
    case PD_TYPE_NUMBER:
        pd_check_number(v, s, value, where);
        break;
    case PD_TYPE_ARRAY:
        pd_check_array(v, s, value, where);
        break;
    case PD_TYPE_OBJECT:
        pd_check_object(v, s, value, where);
        break;
    default:
        break;
    }
}


int
pd_validate(const pd_schema_t *s, const json_t *value, const char *kind,
            const char *where, pd_problem_t *p)
{
    pd_validate_t v = { .kind = kind, .problem = p, .rc = PD_OK };

    pd_check(&v, s, value, where);

    return v.rc;
}


/* Behind the check: what a client left out was not wrong. */
void
pd_validate_defaults(const pd_schema_t *s, json_t *value)
{
    size_t             i;
    json_t            *member;
    const pd_member_t *m;

    for (i = 0; json_is_object(value) && i < s->nmembers; i++) {
        m = &s->members[i];
        member = json_object_get(value, m->name);

        if (member != NULL) {
            pd_validate_defaults(m->schema, member);

        } else if (m->schema->fallback != NULL) {
            (void) json_object_set_new(value, m->name,
                                       json_deep_copy(m->schema->fallback));
        }
    }
}
