/*
 * Writes docs/api.md from the contract and the catalogue of errors.
 */

#include <stdlib.h>
#include <string.h>

#include "docs.h"


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
      "What can be changed has an `ETag`. A PUT with `If-Match` changes what "
      "was read,\nand is `precondition_failed` where somebody was faster.\n";

static const char pd_docs_errors[]
    = "\n## Errors\n\n| Code | Status | When |\n|---|---|---|\n";


const char *
pd_docs_text(const json_t *object, const char *name)
{
    const char *text;

    text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}


void
pd_docs_scopes(const void *operation, FILE *out)
{
    size_t                i, n;
    json_t               *scope;
    const pd_operation_t *op = operation;

    (void) fputs(op->open ? "Needs no credential.\n" : "Scopes: ", out);

    for (i = 0; i < op->nscopes; i++) {
        json_array_foreach(op->scopes[i], n, scope)
        {
            (void) fprintf(out, "%s`%s`",
                           n > 0 ? " with " : (i > 0 ? " or " : ""),
                           json_string_value(scope));
        }
    }

    (void) fputs(op->open ? "" : ".\n", out);
}


/* What a value may be, in the words that validation uses. */
void
pd_docs_schema(const void *schema, FILE *out)
{
    size_t             i;
    json_t            *value;
    const pd_schema_t *s = schema;

    if (s->format != NULL) {
        (void) fprintf(out, "%s", s->format->allowed);
    } else if (s->values != NULL) {
        json_array_foreach(s->values, i, value)
        {
            (void) fprintf(out, "%s%s", i > 0 ? ", " : "",
                           json_is_null(value) ? "null"
                                               : json_string_value(value));
        }
    } else if (s->pattern_text != NULL) {
        (void) fprintf(out, "`%s`", s->pattern_text);
    } else if (s->items != NULL) {
        (void) fputs("array of: ", out);
        pd_docs_schema(s->items, out);
    } else if (s->types & PD_TYPE_INTEGER && s->maximum != PD_UNBOUNDED) {
        (void) fprintf(out, "%lld to %lld", (long long) s->minimum,
                       (long long) s->maximum);
    } else if (s->max_length != PD_UNBOUNDED) {
        (void) fprintf(out, "%lld to %lld characters",
                       (long long) s->min_length, (long long) s->max_length);
    }

    if (s->fallback != NULL) {
        value = (json_t *) s->fallback;
        (void) fputs("; default ", out);
        if (json_is_string(value)) {
            (void) fputs(json_string_value(value), out);
        } else {
            (void) json_dumpf(value, out, JSON_ENCODE_ANY);
        }
    }
}


static void
pd_docs_row(const char *where, const char *name, unsigned required,
            const pd_schema_t *s, FILE *out)
{
    (void) fprintf(out, "| %s | `%s` | %s | ", where, name,
                   required ? "yes" : "");
    pd_docs_schema(s, out);

    if (s->description != NULL) {
        (void) fprintf(out, ". %s", s->description);
    }

    (void) fputs(" |\n", out);
}


static void
pd_docs_inputs(const pd_operation_t *op, FILE *out)
{
    size_t                i;
    const pd_member_t    *m;
    const pd_parameter_t *p;

    if (op->nparameters == 0 && op->body == NULL) {
        return;
    }

    (void) fputs("\n| In | Name | Required | Value |\n|---|---|---|---|\n",
                 out);

    for (i = 0; i < op->nparameters; i++) {
        p = &op->parameters[i];
        pd_docs_row(p->in == PD_IN_PATH ? "path" : "query", p->name,
                    p->required, p->schema, out);
    }

    for (i = 0; op->body != NULL && i < op->body->nmembers; i++) {
        m = &op->body->members[i];
        pd_docs_row("body", m->name, m->required, m->schema, out);
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
pd_docs_operation(const pd_operation_t *op, FILE *out)
{
    const char *text;

    (void) fprintf(out, "\n## %s %s\n\n%s (`%s`). ",
                   pd_method_name(op->method), op->path,
                   pd_docs_text(op->json, "summary"), op->id);
    pd_docs_scopes(op, out);

    text = pd_docs_text(op->json, "description");
    if (text[0] != '\0') {
        (void) fprintf(out, "\n%s\n", text);
    }

    pd_docs_inputs(op, out);
    (void) fprintf(out, "\nSuccess: %d%s.\n", op->status,
                   op->obeyed ? ", or 202 while gateways do not obey yet"
                              : "");
    pd_docs_codes(op, out);
}


int
pd_docs(const pd_service_t *s, FILE *out)
{
    size_t      i;
    json_t     *entry;
    const char *code;

    (void) fputs(pd_docs_head, out);

    for (i = 0; i < s->contract.noperations; i++) {
        pd_docs_operation(&s->contract.operations[i], out);
    }

    (void) fputs(pd_docs_errors, out);

    json_object_foreach(json_object_get(s->catalogue.root, "problems"), code,
                        entry)
    {
        (void) fprintf(
            out, "| `%s` | %lld | %s |\n", code,
            (long long) json_integer_value(json_object_get(entry, "status")),
            pd_docs_text(entry, "when"));
    }

    return fflush(out) == 0 && !ferror(out) ? 0 : -1;
}
