/*
 * Compiles a JSON Schema of the contract, keyword by keyword.
 */

#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "schema.h"


#define PD_UNIQUE_MAX 256 /* items */


typedef struct {
    const json_t *root;
    lp_error_t   *err;
    unsigned      depth;
} pd_compile_t;

/* Values that a keyword may have. */
typedef struct {
    unsigned    types; /* a bit for each json_type */
    const char *allowed;
} pd_kind_t;

/* What a keyword does to the schema; NULL: nothing. */
typedef struct {
    const char      *name;
    const pd_kind_t *kind; /* NULL: any */
    int (*compile)(pd_compile_t *c, pd_schema_t *s, const json_t *value);
} pd_keyword_t;


static pd_schema_t *pd_compile(pd_compile_t *c, const json_t *schema);


/* JSON Schema 2020-12, validation, section 6.1.1. */
static const struct {
    const char *name;
    unsigned    type;
} pd_types[] = {
    { "null", PD_TYPE_NULL },
    { "boolean", PD_TYPE_BOOLEAN },
    { "integer", PD_TYPE_INTEGER },
    { "number", PD_TYPE_NUMBER | PD_TYPE_INTEGER },
    { "string", PD_TYPE_STRING },
    { "array", PD_TYPE_ARRAY },
    { "object", PD_TYPE_OBJECT },
    { NULL, 0 },
};


/* An integer is a number, as JSON Schema has it. */
static int
pd_compile_type_name(pd_compile_t *c, pd_schema_t *s, const json_t *name)
{
    size_t i;

    if (json_is_string(name)) {
        for (i = 0; pd_types[i].name != NULL; i++) {
            if (strcmp(pd_types[i].name, json_string_value(name)) == 0) {
                s->types |= pd_types[i].type;
                return LP_OK;
            }
        }
    }

    return lp_error(c->err, "/type", "names no type");
}


static int
pd_compile_type(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    size_t  i;
    json_t *name;

    if (!json_is_array(value)) {
        return pd_compile_type_name(c, s, value);
    }

    json_array_foreach(value, i, name)
    {
        if (pd_compile_type_name(c, s, name) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/* Kept as it is and compared as JSON: values may be of any type. */
static int
pd_compile_enum(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    if (json_array_size(value) == 0) {
        return lp_error(c->err, "/enum", "has no values");
    }

    s->values = value;

    return LP_OK;
}


static int
pd_compile_default(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    (void) c;
    s->fallback = value;

    return LP_OK;
}


static int
pd_compile_description(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    (void) c;
    s->description = json_string_value(value);

    return LP_OK;
}


/*
 * POSIX extended syntax: what JSON Schema's patterns share with it.  A
 * backslash class such as \d means something else there, so it is refused.
 */
static int
pd_compile_pattern(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    const char *text, *p;

    text = json_string_value(value);

    for (p = strchr(text, '\\'); p != NULL; p = strchr(p + 2, '\\')) {
        if (p[1] == '\0' || strchr(".[]{}()*+?^$|/\\-", p[1]) == NULL) {
            return lp_error(c->err, "/pattern", "has a backslash class");
        }
    }

    s->pattern = calloc(1, sizeof(regex_t));
    if (s->pattern == NULL) {
        return lp_error(c->err, "/pattern", "no memory");
    }

    if (regcomp(s->pattern, text, REG_EXTENDED | REG_NOSUB) != 0) {
        free(s->pattern);
        s->pattern = NULL;
        return lp_error(c->err, "/pattern", "is no regular expression");
    }

    s->pattern_text = text;

    return LP_OK;
}


static int
pd_compile_format(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    s->format = pd_format_find(json_string_value(value));

    return s->format == NULL ? lp_error(c->err, "/format", "is not known")
                             : LP_OK;
}


/*
 * One function for each: the table of keywords has functions and no offsets.
 */
#define PD_BOUND(field)                                                       \
    static int pd_compile_##field(pd_compile_t *c, pd_schema_t *s,            \
                                  const json_t *value)                        \
    {                                                                         \
        (void) c;                                                             \
        s->field = json_integer_value(value);                                 \
                                                                              \
        return LP_OK;                                                         \
    }

PD_BOUND(minimum)
PD_BOUND(maximum)
PD_BOUND(min_length)
PD_BOUND(max_length)
PD_BOUND(min_items)
PD_BOUND(max_items)


static int
pd_compile_unique(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    s->unique = json_is_true(value);

    /* Items are compared with each other: their number must be small. */
    return !s->unique || s->max_items <= PD_UNIQUE_MAX
               ? LP_OK
               : lp_error(c->err, "/uniqueItems",
                          "needs maxItems of at most "
                          "%d",
                          PD_UNIQUE_MAX);
}


static int
pd_compile_items(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    s->items = pd_compile(c, value);

    return s->items == NULL ? LP_INVALID : LP_OK;
}


/* One more than needed, since calloc(0) may be NULL. */
static int
pd_compile_properties(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    void        *iter;
    pd_member_t *m;

    s->members = calloc(json_object_size(value) + 1, sizeof(pd_member_t));
    if (s->members == NULL) {
        return lp_error(c->err, "/properties", "no memory");
    }

    for (iter = json_object_iter((json_t *) value); iter != NULL;
         iter = json_object_iter_next((json_t *) value, iter)) {
        m = &s->members[s->nmembers++];
        m->name = json_object_iter_key(iter);
        m->schema = pd_compile(c, json_object_iter_value(iter));

        if (m->schema == NULL) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/*
 * What is required but not described could never be sent where the object is
 * closed.
 */
static int
pd_compile_required(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    size_t       i;
    json_t      *name;
    pd_member_t *m;

    json_array_foreach(value, i, name)
    {
        if (!json_is_string(name)) {
            return lp_error(c->err, "/required", "has what is no string");
        }

        m = (pd_member_t *) pd_schema_member(s, json_string_value(name));

        if (m == NULL) {
            return lp_error(c->err, "/required", "%s is not in properties",
                            json_string_value(name));
        }
        m->required = 1;
    }

    return LP_OK;
}


static int
pd_compile_additional(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    (void) c;
    s->closed = json_is_false(value);

    return LP_OK;
}


/* A secret is shown once and never stored, so nothing of it is sealed. */
static int
pd_compile_pii(pd_compile_t *c, pd_schema_t *s, const json_t *value)
{
    if (!json_is_true(value) && !json_is_string(value)) {
        return lp_error(c->err, "/x-pii", "is neither true nor a class");
    }

    s->personal = json_is_true(value)
                  || strcmp(json_string_value(value), "secret") != 0;

    return LP_OK;
}


#define PD_JSON(type) (1U << (type))

static const pd_kind_t pd_text = { PD_JSON(JSON_STRING), "a string" };
static const pd_kind_t pd_list = { PD_JSON(JSON_ARRAY), "an array" };
static const pd_kind_t pd_named = { PD_JSON(JSON_OBJECT), "an object" };
static const pd_kind_t pd_truth
    = { PD_JSON(JSON_TRUE) | PD_JSON(JSON_FALSE), "true or false" };

/* No fractions: nothing of ours is bounded by one. */
static const pd_kind_t pd_bound = { PD_JSON(JSON_INTEGER), "an integer" };

/* Compiled in this order: `required` looks into `properties`. */
static const pd_keyword_t pd_keywords[] = {
    { "type", NULL, pd_compile_type },
    { "enum", &pd_list, pd_compile_enum },
    { "default", NULL, pd_compile_default },
    { "pattern", &pd_text, pd_compile_pattern },
    { "format", &pd_text, pd_compile_format },
    { "minimum", &pd_bound, pd_compile_minimum },
    { "maximum", &pd_bound, pd_compile_maximum },
    { "minLength", &pd_bound, pd_compile_min_length },
    { "maxLength", &pd_bound, pd_compile_max_length },
    { "minItems", &pd_bound, pd_compile_min_items },
    { "maxItems", &pd_bound, pd_compile_max_items },
    { "uniqueItems", &pd_truth, pd_compile_unique },
    { "items", NULL, pd_compile_items },
    { "properties", &pd_named, pd_compile_properties },
    { "required", &pd_list, pd_compile_required },
    { "additionalProperties", &pd_truth, pd_compile_additional },
    { "description", &pd_text, pd_compile_description },
    { "example", NULL, NULL },
    { "x-pii", NULL, pd_compile_pii },
    { NULL, NULL, NULL },
};


/* Those without a function explain and do not constrain. */
static int
pd_keyword_known(const char *name)
{
    const pd_keyword_t *k;

    for (k = pd_keywords; k->name != NULL; k++) {
        if (strcmp(k->name, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
pd_compile_keyword(pd_compile_t *c, pd_schema_t *s, const pd_keyword_t *k,
                   const json_t *value)
{
    if (k->kind != NULL && !(k->kind->types & PD_JSON(json_typeof(value)))) {
        return lp_error(c->err, "", "/%s: must be %s", k->name,
                        k->kind->allowed);
    }

    return k->compile == NULL ? LP_OK : k->compile(c, s, value);
}


/* First what is unknown, then the known in their order. */
static int
pd_compile_into(pd_compile_t *c, pd_schema_t *s, const json_t *schema)
{
    void               *iter;
    const json_t       *value;
    const pd_keyword_t *k;

    for (iter = json_object_iter((json_t *) schema); iter != NULL;
         iter = json_object_iter_next((json_t *) schema, iter)) {
        if (!pd_keyword_known(json_object_iter_key(iter))) {
            return lp_error(c->err, "", "schema keyword \"%s\" is not known",
                            json_object_iter_key(iter));
        }
    }

    for (k = pd_keywords; k->name != NULL; k++) {
        value = json_object_get(schema, k->name);

        if (value != NULL && pd_compile_keyword(c, s, k, value) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/*
 * $ref is followed here, so a schema that is named in several places is
 * compiled in each: none is shared, and each is freed by whoever holds it.
 */
static pd_schema_t *
pd_compile(pd_compile_t *c, const json_t *schema)
{
    int          rc;
    pd_schema_t *s;

    if (c->depth == PD_SCHEMA_DEPTH) {
        (void) lp_error(c->err, "", "a schema nests too deep, or in itself");
        return NULL;
    }

    if (json_object_get(schema, "$ref") != NULL
        && json_object_size(schema) > 1) {
        (void) lp_error(c->err, "", "what stands beside a $ref is not heeded");
        return NULL;
    }

    schema = pd_document_resolve(c->root, schema);
    if (!json_is_object(schema)) {
        (void) lp_error(c->err, "", "a schema or its $ref leads nowhere");
        return NULL;
    }

    s = calloc(1, sizeof(pd_schema_t));
    if (s == NULL) {
        (void) lp_error(c->err, "", "no memory");
        return NULL;
    }

    s->minimum = INT64_MIN;
    s->maximum = PD_UNBOUNDED;
    s->max_length = PD_UNBOUNDED;
    s->max_items = PD_UNBOUNDED;

    c->depth++;
    rc = pd_compile_into(c, s, schema);
    c->depth--;

    if (rc != LP_OK) {
        pd_schema_free(s);
        return NULL;
    }

    return s;
}


pd_schema_t *
pd_schema_compile(const json_t *root, const json_t *schema, lp_error_t *err)
{
    pd_compile_t c = { .root = root, .err = err };

    return pd_compile(&c, schema);
}
