/*
 * Writes of which members answers are made.
 */

#include <ctype.h>
#include <string.h>

#include "document.h"
#include "shapes.h"
#include "wording.h"


#define PD_SHAPES_HEADING "Schema " /* sets anchors apart from resources' */
#define PD_SHAPES_REF     "#/components/schemas/"
#define PD_SHAPES_PATH    256 /* of a member: data.tiers[].budget */


void
pd_shapes_anchor(const char *heading, FILE *out)
{
    int c;

    for (; *heading != '\0'; heading++) {
        c = (unsigned char) *heading;

        if (c == ' ' || c == '-') {
            (void) fputc('-', out);
        } else if (isalnum(c) || c == '_') {
            (void) fputc(tolower(c), out);
        }
    }
}


/* NULL where the schema stands in its place. */
static const char *
pd_shapes_name(const json_t *schema)
{
    const char *ref;

    ref = json_string_value(json_object_get(schema, "$ref"));

    return ref != NULL
                   && strncmp(ref, PD_SHAPES_REF, strlen(PD_SHAPES_REF)) == 0
               ? ref + strlen(PD_SHAPES_REF)
               : NULL;
}


/* The members of what a schema is, NULL where it has none. */
static json_t *
pd_shapes_members(const pd_shapes_t *shapes, const json_t *schema)
{
    return json_object_get(pd_document_resolve(shapes->root, schema),
                           "properties");
}


static const json_t *
pd_shapes_items(const pd_shapes_t *shapes, const json_t *schema)
{
    return json_object_get(pd_document_resolve(shapes->root, schema), "items");
}


static void
pd_shapes_link(pd_shapes_t *shapes, const char *name)
{
    size_t  i;
    json_t *known;

    (void) fprintf(shapes->out, "[%s](#", name);
    pd_shapes_anchor(PD_SHAPES_HEADING, shapes->out);
    pd_shapes_anchor(name, shapes->out);
    (void) fputc(')', shapes->out);

    json_array_foreach(shapes->names, i, known)
    {
        if (strcmp(json_string_value(known), name) == 0) {
            return;
        }
    }

    (void) json_array_append_new(shapes->names, json_string(name));
}


/* An object, or a list of such, that has a name; 0 where it is none. */
static int
pd_shapes_named(pd_shapes_t *shapes, const json_t *schema, const char *list)
{
    const json_t *items;

    items = pd_shapes_items(shapes, schema);

    if (items != NULL) {
        schema = items;
    }

    if (pd_shapes_name(schema) == NULL
        || pd_shapes_members(shapes, schema) == NULL) {
        return 0;
    }

    (void) fputs(items != NULL ? list : "", shapes->out);
    pd_shapes_link(shapes, pd_shapes_name(schema));

    return 1;
}


void
pd_shapes_answer(pd_shapes_t *shapes, const pd_operation_t *op)
{
    char          status[16];
    const json_t *schema, *members;

    (void) snprintf(status, sizeof(status), "%d", op->status);
    schema = json_object_get(json_object_get(op->json, "responses"), status);
    schema = json_object_get(
        json_object_get(json_object_get(schema, "content"), PD_JSON),
        "schema");
    members = pd_shapes_members(shapes, schema);

    if (members == NULL) {
        return;
    }

    (void) fputs(", ", shapes->out);

    if (!pd_shapes_named(shapes, json_object_get(members, "data"),
                         json_object_get(members, "page") != NULL
                             ? "a page of "
                             : "a list of ")) {
        (void) pd_shapes_named(shapes, schema, "");
    }

    if (op->obeyed) {
        (void) fputs("; or 202 while gateways do not obey yet, with `pending`"
                     " beside it: ",
                     shapes->out);
        pd_shapes_link(shapes, "Pending");
    }
}


static int
pd_shapes_value(pd_shapes_t *shapes, const json_t *schema)
{
    lp_error_t   err;
    pd_schema_t *compiled;

    if (pd_shapes_named(shapes, schema, "array: ")) {
        return 0;
    }

    compiled = pd_schema_compile(shapes->root, schema, &err);
    if (compiled == NULL) {
        return -1;
    }

    pd_wording_schema(compiled, shapes->out);
    pd_schema_free(compiled);

    return 0;
}


static int
pd_shapes_required(const json_t *schema, const char *name)
{
    size_t  i;
    json_t *one;

    json_array_foreach(json_object_get(schema, "required"), i, one)
    {
        if (strcmp(json_string_value(one), name) == 0) {
            return 1;
        }
    }

    return 0;
}


/* What has no name of its own is told where it stands: its members, below the
 * path that leads to it. */
static int
pd_shapes_rows(pd_shapes_t *shapes, const json_t *schema, const char *path)
{
    int           rc;
    char          below[PD_SHAPES_PATH];
    json_t       *one;
    const char   *name;
    const json_t *inner;

    rc = 0;
    schema = pd_document_resolve(shapes->root, schema);

    json_object_foreach(json_object_get(schema, "properties"), name, one)
    {
        (void) fprintf(shapes->out, "| `%s%s` | %s | ", path, name,
                       pd_shapes_required(schema, name) ? "yes" : "");
        rc |= pd_shapes_value(shapes, one);
        (void) fputs(" |\n", shapes->out);

        inner = pd_shapes_items(shapes, one);
        (void) snprintf(below, sizeof(below), "%s%s%s.", path, name,
                        inner != NULL ? "[]" : "");
        inner = inner != NULL ? inner : one;

        if (pd_shapes_name(inner) == NULL) {
            rc |= pd_shapes_rows(shapes, inner, below);
        }
    }

    return rc;
}


/* The list grows while it is written: by what its members link to. */
int
pd_shapes_write(pd_shapes_t *shapes)
{
    int         rc;
    size_t      i;
    json_t     *schema;
    const char *name;

    rc = 0;
    schema = json_object_get(json_object_get(shapes->root, "components"),
                             "schemas");

    for (i = 0; i < json_array_size(shapes->names); i++) {
        name = json_string_value(json_array_get(shapes->names, i));

        (void) fprintf(shapes->out,
                       "\n### " PD_SHAPES_HEADING "%s\n\n"
                       "| Member | Always | Value |\n|---|---|---|\n",
                       name);
        rc |= pd_shapes_rows(shapes, json_object_get(schema, name), "");
    }

    return rc;
}
