/*
 * Refuses members of the contract that begin with x- and mean nothing.
 */

#include <string.h>
#include <strings.h>

#include "extension.h"
#include "lp_pointer.h"


#define PD_ALLOWED "x-pii, x-subject, x-deprecated-at, x-sunset"

static const char *const pd_extensions[]
    = { "x-pii", "x-subject", "x-deprecated-at", "x-sunset", NULL };

/* Members that hold names of the author's own, and those that hold data. */
static const char *const pd_maps[]
    = { "properties", "patternProperties", "$defs",     "headers", "content",
        "schemas",    "securitySchemes",   "variables", NULL };

static const char *const pd_data[]
    = { "example", "examples", "default", "const", "enum", NULL };


static int
pd_extension_in(const char *const names[], const char *name)
{
    size_t i;

    for (i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return 1;
        }
    }

    return 0;
}


/* `named`: the members of the object are the author's own. */
static int
pd_extension_walk(const json_t *json, int named, lp_pointer_t at,
                  const char *file, lp_error_t *err)
{
    int          rc;
    size_t       i;
    json_t      *value;
    const char  *name;
    lp_pointer_t below;

    rc = LP_OK;

    json_array_foreach(json, i, value)
    {
        below = at;
        lp_pointer_index(&below, i);
        rc = rc == LP_OK ? pd_extension_walk(value, 0, below, file, err) : rc;
    }

    json_object_foreach((json_t *) json, name, value)
    {
        below = at;
        lp_pointer_name(&below, name);

        if (!named && strncasecmp(name, "x-", 2) == 0
            && !pd_extension_in(pd_extensions, name)) {
            return lp_error(err, below.text,
                            "%s: %s is unknown; allowed: " PD_ALLOWED, file,
                            below.text);
        }

        if (rc == LP_OK && (named || !pd_extension_in(pd_data, name))) {
            rc = pd_extension_walk(value,
                                   !named && pd_extension_in(pd_maps, name),
                                   below, file, err);
        }
    }

    return rc;
}


int
pd_extensions_check(const json_t *document, const char *file, lp_error_t *err)
{
    return pd_extension_walk(document, 0, (lp_pointer_t){ .len = 0 }, file,
                             err);
}
