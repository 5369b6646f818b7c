/*
 * Walks a whole document, also what no operation refers to, for marks that
 * nobody would heed.
 */

#include <string.h>

#include "lp_pii_place.h"
#include "lp_pii_rules.h"


#define LP_PLACE_DEPTH 512 /* values in values */


/* What a value is, and so what a mark on it means. */
typedef enum {
    LP_PLACE_OTHER = 0, /* nothing */
    LP_PLACE_SCHEMA,    /* the values there are personal */
    LP_PLACE_PARAMETER, /* so is what callers send */
    LP_PLACE_HEADER,    /* nothing: bodies alone are redacted */
    LP_PLACE_BARE,      /* nothing: a schema of no value that is redacted */
    LP_PLACE_DATA,      /* it is none: members are named as they like */
    LP_PLACE_KINDS
} lp_place_kind_t;

typedef struct {
    unsigned        in; /* kinds of what has the member, a bit each */
    const char     *member;
    lp_place_kind_t kind; /* of its value, or of each in it */
    int             map;  /* of values by names that are not the document's */
} lp_place_t;

#define LP_IN_SCHEMA  (1u << LP_PLACE_SCHEMA)
#define LP_IN_BARE    (LP_IN_SCHEMA | 1u << LP_PLACE_BARE)
#define LP_IN_HEADER  (1u << LP_PLACE_HEADER)
#define LP_IN_API     (1u << LP_PLACE_OTHER | 1u << LP_PLACE_PARAMETER)
#define LP_IN_OPENAPI (LP_IN_API | LP_IN_HEADER)

/* The first that fits counts. */
static const lp_place_t lp_places[] = {
    { LP_IN_SCHEMA, "properties", LP_PLACE_SCHEMA, 1 },
    { LP_IN_SCHEMA, "patternProperties", LP_PLACE_SCHEMA, 1 },
    { LP_IN_SCHEMA, "dependentSchemas", LP_PLACE_SCHEMA, 1 },
    { LP_IN_SCHEMA, "$defs", LP_PLACE_SCHEMA, 1 },
    { LP_IN_SCHEMA, "definitions", LP_PLACE_SCHEMA, 1 },
    { LP_IN_SCHEMA, "additionalProperties", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "unevaluatedProperties", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "items", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "prefixItems", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "contains", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "unevaluatedItems", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "allOf", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "anyOf", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "oneOf", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "if", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "then", LP_PLACE_SCHEMA, 0 },
    { LP_IN_SCHEMA, "else", LP_PLACE_SCHEMA, 0 },

    { LP_IN_BARE, "properties", LP_PLACE_BARE, 1 },
    { LP_IN_BARE, "patternProperties", LP_PLACE_BARE, 1 },
    { LP_IN_BARE, "dependentSchemas", LP_PLACE_BARE, 1 },
    { LP_IN_BARE, "$defs", LP_PLACE_BARE, 1 },
    { LP_IN_BARE, "definitions", LP_PLACE_BARE, 1 },
    { LP_IN_BARE, "dependentRequired", LP_PLACE_DATA, 1 },
    { LP_IN_BARE, "dependencies", LP_PLACE_BARE, 1 },
    { LP_IN_BARE, "const", LP_PLACE_DATA, 0 },
    { LP_IN_BARE, "enum", LP_PLACE_DATA, 0 },
    { LP_IN_BARE, "default", LP_PLACE_DATA, 0 },
    { LP_IN_BARE, "discriminator", LP_PLACE_DATA, 0 },

    { LP_IN_API, "schema", LP_PLACE_SCHEMA, 0 },
    { LP_IN_API, "schemas", LP_PLACE_SCHEMA, 1 },
    { LP_IN_API, "parameters", LP_PLACE_PARAMETER, 1 },
    { LP_IN_API, "headers", LP_PLACE_HEADER, 1 },
    { LP_IN_API, "content", LP_PLACE_OTHER, 1 },
    { LP_IN_API, "responses", LP_PLACE_OTHER, 1 },
    { LP_IN_API, "requestBodies", LP_PLACE_OTHER, 1 },
    { LP_IN_API, "pathItems", LP_PLACE_OTHER, 1 },
    { LP_IN_API, "paths", LP_PLACE_OTHER, 1 },
    { LP_IN_API, "webhooks", LP_PLACE_OTHER, 1 },
    { LP_IN_API, "callbacks", LP_PLACE_OTHER, 1 },
    { LP_IN_API, "encoding", LP_PLACE_OTHER, 1 },
    { LP_IN_HEADER, "schema", LP_PLACE_BARE, 0 },
    { LP_IN_HEADER, "content", LP_PLACE_HEADER, 1 },
    { LP_IN_OPENAPI, "links", LP_PLACE_DATA, 0 },
    { LP_IN_OPENAPI, "security", LP_PLACE_DATA, 0 },
    { LP_IN_OPENAPI, "securitySchemes", LP_PLACE_DATA, 0 },
    { LP_IN_OPENAPI, "variables", LP_PLACE_DATA, 0 },

    { LP_IN_OPENAPI | LP_IN_BARE, "example", LP_PLACE_DATA, 0 },
    { LP_IN_OPENAPI | LP_IN_BARE, "examples", LP_PLACE_DATA, 0 },
};

#define LP_PLACES (sizeof(lp_places) / sizeof(lp_places[0]))

static const char *const lp_place_wrong[LP_PLACE_KINDS] = {
    [LP_PLACE_OTHER] = "marks nothing here: " LP_PII_WHERE,
    [LP_PLACE_HEADER] = "marks nothing here, where a header is described: no "
                        "header is redacted; " LP_PII_WHERE,
    [LP_PLACE_BARE] = "marks nothing here, in a schema that describes no "
                      "value of a body: " LP_PII_WHERE,
};


typedef struct {
    lp_openapi_t *api;
    lp_error_t   *err;
    size_t        depth;
} lp_place_walk_t;


static int lp_place_value(lp_place_walk_t *w, const lp_spot_t *spot,
                          lp_place_kind_t kind, int map);


static char
lp_place_letter(const char **p)
{
    char c;

    while (**p == '-' || **p == '_' || **p == '.' || **p == ' ') {
        (*p)++;
    }

    c = **p;
    *p += c != '\0';

    return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
}


/* A letter wrong, lacking or too much, or two that changed places. */
static int
lp_place_slip(const char *name)
{
    size_t            i;
    const char       *rest, *wanted;
    static const char right[] = "xpii";

    for (i = 0; right[i] != '\0' && name[i] == right[i]; i++) {
    }

    rest = name + i;
    wanted = right + i;

    if (*wanted == '\0') {
        return *rest == '\0' || rest[1] == '\0';
    }

    if (strcmp(rest, wanted + 1) == 0) {
        return 1;
    }

    return *rest != '\0'
           && (strcmp(rest + 1, wanted) == 0
               || (strchr("ijlopuz1", *rest) != NULL
                   && strcmp(rest + 1, wanted + 1) == 0)
               || (rest[0] == wanted[1] && rest[1] == wanted[0]
                   && strcmp(rest + 2, wanted + 2) == 0));
}


/* As letters alone, of which one too many is kept. */
int
lp_pii_near(const char *name)
{
    char   letters[sizeof("xpii") + 1];
    size_t len;

    for (len = 0; len < sizeof(letters); len++) {
        letters[len] = lp_place_letter(&name);

        if (letters[len] == '\0') {
            return lp_place_slip(letters);
        }
    }

    return 0;
}


/* A member by the name of a mark, or nearly. */
static int
lp_place_mark(lp_place_walk_t *w, const lp_spot_t *mark, const char *name,
              lp_place_kind_t kind)
{
    if (strcmp(name, "x-pii") != 0) {
        return lp_spot_error(w->api, mark, w->err,
                             "marks nothing; a mark is spelt x-pii, in "
                             "lower case");
    }

    if (lp_place_wrong[kind] != NULL) {
        return lp_spot_error(w->api, mark, w->err, lp_place_wrong[kind]);
    }

    return json_is_false(mark->value) || lp_pii_class(mark->value) != NULL
               ? LP_OK
               : lp_spot_error(w->api, mark, w->err, LP_PII_ALLOWED);
}


/* Marks do not reach from a schema into a keyword that nobody knows. */
static lp_place_t
lp_place_of(const char *member, lp_place_kind_t in, int map)
{
    size_t     i;
    lp_place_t place = { 0, member, in, 0 };

    for (i = 0; i < LP_PLACES && !map; i++) {
        if ((lp_places[i].in >> in & 1)
            && strcmp(lp_places[i].member, member) == 0) {
            return lp_places[i];
        }
    }

    if (strncmp(member, "x-", 2) == 0 && (!map || in == LP_PLACE_OTHER)) {
        place.kind = LP_PLACE_DATA;

    } else if (in == LP_PLACE_SCHEMA && !map) {
        place.kind = LP_PLACE_BARE;

    } else if (in == LP_PLACE_PARAMETER && !map) {
        place.kind = LP_PLACE_OTHER;
    }

    return place;
}


/* Among names of somebody's own only what is no schema must be a mark. */
static int
lp_place_member(lp_place_walk_t *w, const lp_spot_t *member, const char *name,
                lp_place_kind_t in, int map)
{
    lp_place_t place;

    if (lp_pii_near(name) && (!map || !json_is_object(member->value))) {
        return lp_place_mark(w, member, name, map ? LP_PLACE_OTHER : in);
    }

    place = lp_place_of(name, in, map);

    return place.kind == LP_PLACE_DATA
               ? LP_OK
               : lp_place_value(w, member, place.kind, place.map);
}


static int
lp_place_members(lp_place_walk_t *w, const lp_spot_t *spot,
                 lp_place_kind_t kind, int map)
{
    json_t     *value;
    lp_spot_t   member;
    const char *name;

    json_object_foreach((json_t *) spot->value, name, value)
    {
        member = lp_spot_member(spot, name);

        if (lp_place_member(w, &member, name, kind, map) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/* A list where names belong describes the value of none. */
static lp_place_kind_t
lp_place_unnamed(lp_place_kind_t kind)
{
    return kind == LP_PLACE_SCHEMA ? LP_PLACE_BARE : kind;
}


static int
lp_place_value(lp_place_walk_t *w, const lp_spot_t *spot, lp_place_kind_t kind,
               int map)
{
    int       rc = LP_OK;
    size_t    i;
    lp_spot_t item;

    if (w->depth == LP_PLACE_DEPTH) {
        return lp_spot_error(w->api, spot, w->err, "it is nested too deep");
    }

    w->depth++;

    for (i = 0; i < json_array_size(spot->value) && rc == LP_OK; i++) {
        item = lp_spot_item(spot, i);
        rc = lp_place_value(w, &item, map ? lp_place_unnamed(kind) : kind, 0);
    }

    if (rc == LP_OK) {
        rc = lp_place_members(w, spot, kind, map);
    }

    w->depth--;

    return rc;
}


int
lp_pii_place(lp_openapi_t *api, const lp_spot_t *document, lp_error_t *err)
{
    lp_place_walk_t walk = { .api = api, .err = err };

    return lp_place_value(&walk, document, LP_PLACE_OTHER, 0);
}
