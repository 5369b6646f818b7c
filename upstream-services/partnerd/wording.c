/*
 * Words for people about the contract.
 */

#include "wording.h"


const char *
pd_wording_text(const json_t *object, const char *name)
{
    const char *text;

    text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
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


/*
 * The narrowest that is known: a format says more than a length, and a list of
 * values all there is.
 */
static void
pd_wording_value(const pd_schema_t *s, FILE *out)
{
    size_t  i;
    json_t *value;

    if (s->format != NULL) {
        (void) fputs(s->format->allowed, out);
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
        pd_wording_value(s->items, out);
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


void
pd_wording_schema(const pd_schema_t *s, FILE *out)
{
    pd_wording_value(s, out);

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
