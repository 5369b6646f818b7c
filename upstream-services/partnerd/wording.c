/*
 * Words for people about the contract.
 */

#include <string.h>

#include "wording.h"


const char *
pd_wording_text(const json_t *object, const char *name)
{
    const char *text;

    text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}


int
pd_wording_tagged(const pd_operation_t *op, const char *tag)
{
    const char *own;

    own = json_string_value(
        json_array_get(json_object_get(op->json, "tags"), 0));

    return own != NULL && strcmp(own, tag) == 0;
}


int
pd_wording_input(const pd_operation_t *op, size_t i, pd_input_t *input)
{
    const pd_member_t    *m;
    const pd_parameter_t *p;

    if (i < op->nparameters) {
        p = &op->parameters[i];
        *input = (pd_input_t){ p->in == PD_IN_PATH ? "path" : "query", p->name,
                               p->required, p->schema };
        return 1;
    }

    i -= op->nparameters;

    if (op->body == NULL || i >= op->body->nmembers) {
        return 0;
    }

    m = &op->body->members[i];
    *input = (pd_input_t){ "body", m->name, m->required, m->schema };

    return 1;
}


void
pd_wording_scopes(const pd_operation_t *op, FILE *out)
{
    size_t  i, n;
    json_t *scope;

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


static void pd_wording_value(const pd_schema_t *s, FILE *out);


/* null stands before all else: see pd_wording_value(). */
static void
pd_wording_values(const json_t *values, FILE *out)
{
    size_t      i;
    json_t     *value;
    const char *sep;

    sep = "";

    json_array_foreach(values, i, value)
    {
        if (!json_is_null(value)) {
            (void) fprintf(out, "%s%s", sep, json_string_value(value));
            sep = ", ";
        }
    }
}


static void
pd_wording_items(const pd_schema_t *s, FILE *out)
{
    (void) fputs("array", out);

    if (s->max_items != PD_UNBOUNDED && s->min_items > 0) {
        (void) fprintf(out, " of %lld to %lld", (long long) s->min_items,
                       (long long) s->max_items);
    } else if (s->max_items != PD_UNBOUNDED) {
        (void) fprintf(out, " of at most %lld", (long long) s->max_items);
    }

    (void) fputs(": ", out);
    pd_wording_value(s->items, out);
}


/* What has no bounds is said by its type. */
static void
pd_wording_type(const pd_schema_t *s, FILE *out)
{
    if (s->types & PD_TYPE_INTEGER && s->maximum != PD_UNBOUNDED) {
        (void) fprintf(out, "%lld to %lld", (long long) s->minimum,
                       (long long) s->maximum);
    } else if (s->types & PD_TYPE_NUMBER) {
        (void) fputs("a number", out);
    } else if (s->types & PD_TYPE_INTEGER && s->minimum != INT64_MIN) {
        (void) fprintf(out, "an integer from %lld on", (long long) s->minimum);
    } else if (s->types & PD_TYPE_INTEGER) {
        (void) fputs("an integer", out);
    } else if (s->types & PD_TYPE_BOOLEAN) {
        (void) fputs("true or false", out);
    } else if (s->types & PD_TYPE_OBJECT) {
        (void) fputs("an object", out);
    } else if (s->max_length != PD_UNBOUNDED) {
        (void) fprintf(out, "%lld to %lld characters",
                       (long long) s->min_length, (long long) s->max_length);
    } else {
        (void) fputs("a string", out);
    }
}


/*
 * The narrowest that is known: a format says more than a length, and a list of
 * values all there is.
 */
static void
pd_wording_value(const pd_schema_t *s, FILE *out)
{
    if (s->types & PD_TYPE_NULL) {
        (void) fputs("null or ", out);
    }

    if (s->format != NULL && s->max_length != PD_UNBOUNDED) {
        (void) fprintf(out, "%lld to %lld characters, %s",
                       (long long) s->min_length, (long long) s->max_length,
                       s->format->allowed);
    } else if (s->format != NULL) {
        (void) fputs(s->format->allowed, out);
    } else if (s->values != NULL) {
        pd_wording_values(s->values, out);
    } else if (s->pattern_text != NULL) {
        (void) fprintf(out, "`%s`", s->pattern_text);
    } else if (s->items != NULL) {
        pd_wording_items(s, out);
    } else {
        pd_wording_type(s, out);
    }
}


static void
pd_wording_default(const json_t *value, FILE *out)
{
    (void) fputs("; default ", out);

    if (json_is_string(value)) {
        (void) fputs(json_string_value(value), out);
    } else {
        (void) json_dumpf(value, out, JSON_ENCODE_ANY);
    }
}


void
pd_wording_schema(const pd_schema_t *s, FILE *out)
{
    pd_wording_value(s, out);

    if (s->fallback != NULL) {
        pd_wording_default(s->fallback, out);
    }

    if (s->description != NULL) {
        (void) fprintf(out, ". %s", s->description);
    }
}


void
pd_wording_ending(const pd_operation_t *op, FILE *out)
{
    if (op->ending.deprecation[0] != '\0') {
        (void) fprintf(out, "Deprecated since %s",
                       pd_wording_text(op->json, "x-deprecated-at"));

        if (op->ending.sunset[0] != '\0') {
            (void) fprintf(out, ", ends on %s",
                           pd_wording_text(op->json, "x-sunset"));
        }

        (void) fputs(".\n", out);
    }
}
