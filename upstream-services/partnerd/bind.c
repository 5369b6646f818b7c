/*
 * Takes the values of a statement's parameters from the request.
 */

#include <stdlib.h>
#include <string.h>

#include "bind.h"


/* A cursor binds by position: its keys have no names.  What is given may be
 * null, which takes away what is there. */
static json_t *
pd_bind_look(const pd_binding_t *b, json_t *const inputs[PD_SOURCES])
{
    const json_t *input;

    input = inputs[b->source];

    if (b->source == PD_FROM_CURSOR) {
        return json_array_get(input, (size_t) atoi(b->name));
    }

    if (b->source == PD_FROM_GIVEN) {
        return json_boolean(json_object_get(inputs[PD_FROM_BODY], b->name)
                            != NULL);
    }

    return json_object_get(input, b->name);
}


/*
 * All values go as text, and the statement casts them; what is missing is
 * NULL.
 */
int
pd_bind(pd_values_t *v, const pd_statement_t *s,
        json_t *const inputs[PD_SOURCES])
{
    size_t  i;
    json_t *value;

    *v = (pd_values_t){ .n = s->nbindings };

    for (i = 0; i < s->nbindings; i++) {
        value = pd_bind_look(&s->bindings[i], inputs);

        if (json_is_string(value)) {
            v->values[i] = json_string_value(value);

        } else if (value != NULL && !json_is_null(value)) {
            v->owned[i] = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
            v->values[i] = v->owned[i];

            if (v->owned[i] == NULL) {
                pd_values_clear(v);
                return -1;
            }
        }
    }

    return 0;
}


void
pd_values_clear(pd_values_t *v)
{
    size_t i;

    for (i = 0; i < v->n; i++) {
        free(v->owned[i]);
    }

    v->n = 0;
}
