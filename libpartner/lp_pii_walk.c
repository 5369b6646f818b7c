/*
 * Walks a schema, and those in it, for marks of personal data.
 */

#include <stdio.h>
#include <string.h>

#include "lp_pii_walk.h"


#define LP_PII_VISITS 16384 /* schemas looked at for one operation */


/* What a keyword of JSON Schema holds. */
typedef enum {
    LP_PII_SCHEMA,     /* or a list of them */
    LP_PII_MAP,        /* of schemas, by names that are not the value's */
    LP_PII_PROPERTIES, /* of schemas, by names of the value's members */
    LP_PII_ELSEWHERE   /* a schema of what no rule reaches */
} lp_pii_kind_t;

typedef struct {
    const char   *keyword;
    lp_pii_kind_t kind;
    const char   *step; /* what it adds to the path */
} lp_pii_keyword_t;

static const lp_pii_keyword_t lp_pii_keywords[] = {
    { "properties", LP_PII_PROPERTIES, "." },
    { "patternProperties", LP_PII_MAP, ".*" },
    { "additionalProperties", LP_PII_SCHEMA, ".*" },
    { "unevaluatedProperties", LP_PII_SCHEMA, ".*" },
    { "items", LP_PII_SCHEMA, "[*]" },
    { "prefixItems", LP_PII_SCHEMA, "[*]" },
    { "contains", LP_PII_SCHEMA, "[*]" },
    { "unevaluatedItems", LP_PII_SCHEMA, "[*]" },
    { "allOf", LP_PII_SCHEMA, "" },
    { "anyOf", LP_PII_SCHEMA, "" },
    { "oneOf", LP_PII_SCHEMA, "" },
    { "if", LP_PII_SCHEMA, "" },
    { "then", LP_PII_SCHEMA, "" },
    { "else", LP_PII_SCHEMA, "" },
    { "dependentSchemas", LP_PII_MAP, "" },
    { "propertyNames", LP_PII_ELSEWHERE, "" },
    { "contentSchema", LP_PII_ELSEWHERE, "" },
};

#define LP_PII_KEYWORDS (sizeof(lp_pii_keywords) / sizeof(lp_pii_keywords[0]))


static int
lp_pii_mark(lp_pii_walk_t *w, const lp_spot_t *spot)
{
    lp_spot_t   mark;
    const char *wrong;

    if (!lp_pii_marked(spot->value)) {
        return LP_OK;
    }

    w->marks++;

    if (w->pii == NULL || w->class != NULL) {
        return LP_OK;
    }

    mark = lp_spot_member(spot, "x-pii");
    w->class = lp_pii_class(mark.value);

    if (w->len == 1) {
        wrong = "a whole answer cannot be marked; allowed: marks on its "
                "members or elements";

    } else {
        wrong = w->class == NULL
                    ? LP_PII_ALLOWED
                    : lp_pii_add(w->pii, w->path, w->class, w->arena);
    }

    return wrong == NULL ? LP_OK : lp_spot_error(w->api, &mark, w->err, wrong);
}


/*
 * Below a schema that holds itself only the name of the last member counts,
 * and with it all that is inside.
 */
static int
lp_pii_step(lp_pii_walk_t *w, const lp_spot_t *spot, const char *step,
            const char *name)
{
    size_t room;

    if (w->descent != 0) {
        if (name[0] == '\0') {
            return LP_OK;
        }

        w->len = w->descent;
        step = "..";
    }

    room = sizeof(w->path) - w->len;

    if (strlen(step) + strlen(name) >= room) {
        return lp_spot_error(w->api, spot, w->err,
                             "its path in the body is longer than 511 bytes");
    }

    w->len += (size_t) snprintf(w->path + w->len, room, "%s%s", step, name);

    return LP_OK;
}


/* A child of the schema, at the path that `step` and `name` add. */
static int
lp_pii_child(lp_pii_walk_t *w, const lp_spot_t *spot, const char *step,
             const char *name)
{
    int    rc;
    char   kept[LP_PII_PATH + 1];
    size_t len;
    const char *class;

    len = w->len;
    class = w->class;
    memcpy(kept, w->path, len + 1);

    rc = lp_pii_step(w, spot, step, name);

    if (rc == LP_OK) {
        w->class = strcmp(w->path, kept) == 0 ? class : NULL;
        rc = lp_pii_schema(w, spot);
    }

    w->len = len;
    w->class = class;
    memcpy(w->path, kept, len + 1);

    return rc;
}


/* A name that a path cannot say must not be marked, or hold what is. */
static int
lp_pii_property(lp_pii_walk_t *w, const lp_spot_t *spot, const char *name)
{
    int    rc;
    size_t before;

    if (name[0] != '\0' && strspn(name, LP_PII_PLAIN) == strlen(name)) {
        return lp_pii_child(w, spot, ".", name);
    }

    before = w->marks;
    rc = lp_pii_child(w, spot, ".", "*");

    if (rc == LP_OK && w->pii != NULL && w->marks != before) {
        return lp_spot_error(w->api, spot, w->err,
                             "x-pii is allowed below names of letters, "
                             "digits, _ and - only");
    }

    return rc;
}


/* The mark may stand behind a reference, where it is as it should be. */
static int
lp_pii_elsewhere(lp_pii_walk_t *w, const lp_spot_t *spot)
{
    int       rc;
    size_t    before;
    lp_pii_t *pii;

    pii = w->pii;
    before = w->marks;
    w->pii = NULL;
    rc = lp_pii_child(w, spot, "", "");
    w->pii = pii;

    if (rc == LP_OK && pii != NULL && w->class == NULL && w->marks != before) {
        return lp_spot_error(w->api, spot, w->err,
                             "an x-pii lies in it, and what it describes is "
                             "not redacted; " LP_PII_WHERE);
    }

    return rc;
}


static int
lp_pii_keyword(lp_pii_walk_t *w, const lp_spot_t *holder,
               const lp_pii_keyword_t *keyword)
{
    int         rc;
    json_t     *value;
    lp_spot_t   child;
    const char *name;

    if (keyword->kind == LP_PII_SCHEMA) {
        return lp_pii_child(w, holder, keyword->step, "");
    }

    if (keyword->kind == LP_PII_ELSEWHERE) {
        return lp_pii_elsewhere(w, holder);
    }

    json_object_foreach((json_t *) holder->value, name, value)
    {
        child = lp_spot_member(holder, name);
        rc = keyword->kind == LP_PII_PROPERTIES
                 ? lp_pii_property(w, &child, name)
                 : lp_pii_child(w, &child, keyword->step, "");

        if (rc != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


static int
lp_pii_keywords_of(lp_pii_walk_t *w, const lp_spot_t *spot)
{
    size_t    i;
    lp_spot_t holder;

    for (i = 0; i < LP_PII_KEYWORDS; i++) {
        holder = lp_spot_member(spot, lp_pii_keywords[i].keyword);

        if (holder.value != NULL
            && lp_pii_keyword(w, &holder, &lp_pii_keywords[i]) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/* Of several where one belongs, as `items` had them, each may describe it. */
static int
lp_pii_each(lp_pii_walk_t *w, const lp_spot_t *list)
{
    size_t    i;
    lp_spot_t schema;

    for (i = 0; i < json_array_size(list->value); i++) {
        schema = lp_spot_item(list, i);

        if (lp_pii_schema(w, &schema) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/* Where these lead hangs on who refers to what holds them. */
static int
lp_pii_dynamic(lp_pii_walk_t *w, const lp_spot_t *spot)
{
    size_t    i;
    lp_spot_t ref;

    static const char *const keywords[] = { "$dynamicRef", "$recursiveRef" };

    for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        ref = lp_spot_member(spot, keywords[i]);

        if (ref.value != NULL) {
            return lp_spot_error(w->api, &ref, w->err,
                                 "it is not followed, so that marks behind it "
                                 "would be lost; allowed: $ref");
        }
    }

    return LP_OK;
}


/* One step; what is behind it lies within a document, where schemas are. */
static int
lp_pii_reference(lp_pii_walk_t *w, const lp_spot_t *spot)
{
    lp_spot_t next = *spot, end = *spot, ref;

    if (lp_spot_resolve(w->api, &end, w->err) != LP_OK
        || lp_spot_follow(w->api, &next, w->err) != LP_OK) {
        return LP_INVALID;
    }

    if (next.value == spot->value) {
        return LP_OK;
    }

    if (next.at.len == 0) {
        ref = lp_spot_member(spot, "$ref");
        return lp_spot_error(w->api, &ref, w->err,
                             "it leads to a whole document, which is no "
                             "schema; allowed: \"#/...\", \"FILE#/...\"");
    }

    return lp_pii_schema(w, &next);
}


/*
 * A reference may stand beside other keywords, and all of them count, also
 * where it leads to a reference with keywords of its own.
 */
static int
lp_pii_parts(lp_pii_walk_t *w, const lp_spot_t *spot)
{
    return lp_pii_mark(w, spot) == LP_OK
                   && lp_pii_keywords_of(w, spot) == LP_OK
                   && lp_pii_dynamic(w, spot) == LP_OK
               ? lp_pii_reference(w, spot)
               : LP_INVALID;
}


/* Whether the schema lies above this place, and how long the path was. */
static int
lp_pii_above(const lp_pii_walk_t *w, const json_t *schema, size_t *at)
{
    size_t i;

    for (i = w->depth; i > w->base; i--) {
        if (w->above[i - 1] == schema) {
            *at = w->at[i - 1];
            return 1;
        }
    }

    return 0;
}


/*
 * A schema inside itself is walked once more, now for all depths below; inside
 * that, or where it adds nothing to the path, it says nothing new.
 */
int
lp_pii_schema(lp_pii_walk_t *w, const lp_spot_t *spot)
{
    int    rc, again;
    size_t at, descent, base;
    const char *class;

    at = 0;
    base = w->base;
    class = w->class;
    descent = w->descent;
    again = lp_pii_above(w, spot->value, &at);

    if ((!json_is_object(spot->value) && !json_is_array(spot->value))
        || (again && (w->descent != 0 || at == w->len))) {
        return LP_OK;
    }

    if (w->depth == LP_PII_DEPTH || ++w->visits > LP_PII_VISITS) {
        return lp_spot_error(w->api, spot, w->err,
                             "the schemas of this operation are too deep or "
                             "too many");
    }

    if (again) {
        w->descent = w->len;
        w->base = w->depth;
    }

    w->at[w->depth] = w->len;
    w->above[w->depth++] = spot->value;
    rc = json_is_array(spot->value) ? lp_pii_each(w, spot)
                                    : lp_pii_parts(w, spot);
    w->depth--;
    w->descent = descent;
    w->base = base;
    w->class = class;

    return rc;
}
