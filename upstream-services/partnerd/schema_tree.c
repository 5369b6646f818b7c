/*
 * What is done with a schema once it is compiled, but for holding values
 * against it.
 */

#include <stdlib.h>
#include <string.h>

#include "schema.h"


/*
 * Fallbacks, values and patterns' texts belong to the document, which outlives
 * what is compiled of it.
 */
void
pd_schema_free(pd_schema_t *s)
{
    size_t i;

    if (s == NULL) {
        return;
    }

    for (i = 0; i < s->nmembers; i++) {
        pd_schema_free(s->members[i].schema);
    }

    if (s->pattern != NULL) {
        regfree(s->pattern);
    }

    pd_schema_free(s->items);
    free(s->pattern);
    free(s->members);
    free(s);
}


/*
 * A schema has a dozen members: looking through them costs less than a table
 * would.
 */
const pd_member_t *
pd_schema_named(const pd_schema_t *s, const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < s->nmembers; i++) {
        if (strncmp(s->members[i].name, name, len) == 0
            && s->members[i].name[len] == '\0') {
            return &s->members[i];
        }
    }

    return NULL;
}


const pd_member_t *
pd_schema_member(const pd_schema_t *s, const char *name)
{
    return name == NULL ? NULL : pd_schema_named(s, name, strlen(name));
}


/*
 * Schemas are trees: a $ref that leads back was refused when it was compiled.
 */
int
pd_schema_personal(const pd_schema_t *s)
{
    size_t i;

    if (s == NULL || s->personal) {
        return s != NULL;
    }

    for (i = 0; i < s->nmembers; i++) {
        if (pd_schema_personal(s->members[i].schema)) {
            return 1;
        }
    }

    return pd_schema_personal(s->items);
}
