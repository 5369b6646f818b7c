/*
 * Reads If-Match.
 */

#include <string.h>

#include "match.h"


/* After an element: the next one, or the end of the list. */
static const char *
pd_match_next(const char *p)
{
    p += strspn(p, " \t");

    if (*p == ',') {
        p++;
        p += strspn(p, " \t,");
    } else if (*p != '\0') {
        return NULL;
    }

    return p;
}


json_t *
pd_match_tags(const char *list)
{
    json_t     *tags;
    const char *p, *end;

    tags = json_array();

    for (p = list + strspn(list, " \t,"); p != NULL && *p != '\0';) {
        /*
         * No tag of ours is weak: what made it so, such as nginx's gzip,
         * changed bytes, and a tag names what is stored.
         */
        p += strncmp(p, "W/", 2) == 0 ? 2 : 0;
        end = *p == '"' ? strchr(p + 1, '"') : NULL;

        /* A tag that is no UTF-8 is none of ours. */
        if (end != NULL) {
            (void) json_array_append_new(
                tags, json_stringn(p + 1, (size_t) (end - p) - 1));
        }

        p = end == NULL ? NULL : pd_match_next(end + 1);
    }

    if (p == NULL) {
        json_decref(tags);
        return NULL;
    }

    return tags;
}


static int
pd_match_refuse(pd_request_t *r, const char *why)
{
    pd_problem_add(&r->problem, "parameter", "If-Match", "%s", why);

    return pd_problem_plain(&r->problem, "invalid_parameter");
}


/*
 * Without the field, and with "*", any state of the thing will do.  Where there
 * is no state to compare, nothing is done (RFC 9110, section 13.1.1); what
 * changes nothing may ignore the field.
 */
int
pd_match_read(pd_request_t *r)
{
    json_t     *tags;
    const char *list;

    list = pd_request_header(r, "If-Match");

    if (list == NULL || r->served->operation->method == PD_GET) {
        return PD_OK;
    }

    if (!r->served->operation->heeds) {
        return pd_match_refuse(r, "must be left out: nothing that is there "
                                  "already is changed");
    }

    if (strcmp(list, "*") == 0) {
        return PD_OK;
    }

    tags = pd_match_tags(list);

    if (tags == NULL) {
        return pd_match_refuse(r, "must be *, or entity tags such as \"7\"");
    }

    r->inputs[PD_FROM_MATCH] = json_pack("{s:o}", "tags", tags);

    return r->inputs[PD_FROM_MATCH] != NULL
               ? PD_OK
               : pd_problem_plain(&r->problem, "internal_error");
}
