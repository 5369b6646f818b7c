/*
 * Writes docs/api.md from the contract and the catalogue of errors.
 */

#include <stdlib.h>
#include <string.h>

#include "docs.h"
#include "shapes.h"
#include "wording.h"


static const char pd_docs_head[]
    = "# Management API\n\n"
      "Written by `partnerd check --docs` from "
      "`upstream-services/contract/`;\n"
      "the whole contract, as OpenAPI 3.1, is at `GET /api/openapi.json`, and "
      "as a\npage at `GET /api/docs`.\n\n"
      "Calls carry `Authorization: Bearer sk_...`. Successful answers are\n"
      "`{\"data\": ...}`; lists add `{\"page\": {\"next\": cursor}}`, to be "
      "passed as\n`?cursor=` until it is null, and link to the next page "
      "(`Link`, RFC 8288).\nErrors are problem+json (RFC 9457).\n\n"
      "A POST may carry `Idempotency-Key`, 16 to 255 visible characters such "
      "as a\nUUID: sent again within 24 hours it is done once, and answered "
      "alike, with\n`Idempotent-Replayed: true`. Whoever has the key can "
      "read the answer again, a\nsecret in it included: make it a random "
      "one. The same key with another body is\n`idempotency_mismatch`.\n\n"
      "What can be changed has an `ETag`. A PUT, a DELETE or a POST with "
      "`If-Match`\nchanges what was read, and is `precondition_failed` where "
      "somebody was faster.\nA POST that makes something new takes no "
      "`If-Match`. `W/` before a tag, which gzip on the way puts there, "
      "makes no\ndifference.\n\n"
      "The gateway, as `conf/nginx.conf` sets it up, holds each call to this "
      "contract\nbefore partnerd sees it, with "
      "[errors of its own](errors.md#made-by-the-gateway): a\n"
      "path that the contract does not have is `unknown_operation` (404) "
      "there, and\n`insufficient_scope` names the scopes in "
      "`WWW-Authenticate`. The errors below are\npartnerd's.\n\n"
      "[lifecycle.md](lifecycle.md) makes the calls of a partner's life in "
      "their order.\n";

static const char pd_docs_schemas[]
    = "\n## Schemas\n\nWhat answers are made of. A list is `array`; what "
      "stands below `[]` is in each of\nits items.\n";

static const char pd_docs_errors[]
    = "\n## Errors\n\n| Code | Status | When |\n|---|---|---|\n";


/* An operation that reads nothing has no table. */
static void
pd_docs_inputs(const pd_operation_t *op, FILE *out)
{
    size_t     i;
    pd_input_t input;

    for (i = 0; pd_wording_input(op, i, &input); i++) {
        if (i == 0) {
            (void) fputs("\n| In | Name | Required | Value |\n"
                         "|---|---|---|---|\n",
                         out);
        }

        (void) fprintf(out, "| %s | `%s` | %s | ", input.where, input.name,
                       input.required ? "yes" : "");
        pd_wording_schema(input.schema, out);
        (void) fputs(" |\n", out);
    }
}


static void
pd_docs_codes(const pd_operation_t *op, FILE *out)
{
    size_t  i;
    json_t *code;

    (void) fputs("\nErrors:", out);

    json_array_foreach(json_object_get(op->json, "x-errors"), i, code)
    {
        (void) fprintf(out, "%s `%s`", i > 0 ? "," : "",
                       json_string_value(code));
    }

    (void) fputs(".\n", out);
}


static void
pd_docs_operation(const pd_operation_t *op, pd_shapes_t *shapes, FILE *out)
{
    const char *text;

    (void) fprintf(out, "\n### %s %s\n\n%s (`%s`). ",
                   pd_method_name(op->method), op->path,
                   pd_wording_text(op->json, "summary"), op->id);
    pd_wording_scopes(op, out);
    pd_wording_ending(op, out);

    text = pd_wording_text(op->json, "description");
    if (text[0] != '\0') {
        (void) fprintf(out, "\n%s\n", text);
    }

    pd_docs_inputs(op, out);
    (void) fprintf(out, "\nSuccess: %d", op->status);
    pd_shapes_answer(shapes, op);
    (void) fputs(".\n", out);
    pd_docs_codes(op, out);
}


static void
pd_docs_entry(const pd_operation_t *op, FILE *out)
{
    (void) fprintf(out, "  - [%s](#", pd_wording_text(op->json, "summary"));
    pd_shapes_anchor(pd_method_name(op->method), out);
    (void) fputc('-', out);
    pd_shapes_anchor(op->path, out);
    (void) fprintf(out, "): `%s %s`\n", pd_method_name(op->method), op->path);
}


/* Resource by resource; with `shapes` all of it, without them the contents. */
static void
pd_docs_resources(const pd_contract_t *c, pd_shapes_t *shapes, FILE *out)
{
    size_t      t, i;
    json_t     *tag;
    const char *name;

    json_array_foreach(json_object_get(c->document, "tags"), t, tag)
    {
        name = pd_wording_text(tag, "name");

        if (shapes != NULL) {
            (void) fprintf(out, "\n## %s\n", name);
        } else {
            (void) fprintf(out, "- [%s](#", name);
            pd_shapes_anchor(name, out);
            (void) fputs(")\n", out);
        }

        for (i = 0; i < c->noperations; i++) {
            if (!pd_wording_tagged(&c->operations[i], name)) {
                continue;
            }

            if (shapes != NULL) {
                pd_docs_operation(&c->operations[i], shapes, out);
            } else {
                pd_docs_entry(&c->operations[i], out);
            }
        }
    }
}


static void
pd_docs_problems(const pd_catalogue_t *c, FILE *out)
{
    json_t     *entry;
    const char *code;

    (void) fputs(pd_docs_errors, out);

    json_object_foreach(json_object_get(c->root, "problems"), code, entry)
    {
        (void) fprintf(
            out, "| `%s` | %lld | %s |\n", code,
            (long long) json_integer_value(json_object_get(entry, "status")),
            pd_wording_text(entry, "when"));
    }
}


/*
 * In the order of the contract, so that the file changes where the contract
 * does and nowhere else.
 */
int
pd_docs(const pd_service_t *s, FILE *out)
{
    int         rc;
    pd_shapes_t shapes;

    shapes = (pd_shapes_t){ s->contract.document, json_array(), out };

    (void) fputs(pd_docs_head, out);
    (void) fputs("\n## Contents\n\n", out);
    pd_docs_resources(&s->contract, NULL, out);
    (void) fputs("- [Schemas](#schemas)\n- [Errors](#errors)\n", out);

    pd_docs_resources(&s->contract, &shapes, out);

    (void) fputs(pd_docs_schemas, out);
    rc = pd_shapes_write(&shapes);
    json_decref(shapes.names);

    pd_docs_problems(&s->catalogue, out);

    return rc == 0 && fflush(out) == 0 && !ferror(out) ? 0 : -1;
}
