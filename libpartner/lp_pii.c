/*
 * Which schemas answers and parameters have.
 */

#include <stdio.h>
#include <string.h>

#include "lp_pii.h"
#include "lp_pii_walk.h"


/* The schemas that an answer or a parameter has for each type of body. */
static int
lp_pii_content(lp_pii_walk_t *w, const lp_spot_t *holder)
{
    json_t     *media;
    lp_spot_t   spot, content, schema;
    const char *type;

    content = lp_spot_member(holder, "content");

    json_object_foreach((json_t *) content.value, type, media)
    {
        spot = lp_spot_member(&content, type);
        schema = lp_spot_member(&spot, "schema");
        w->len = (size_t) snprintf(w->path, sizeof(w->path), "$");

        if (lp_pii_schema(w, &schema) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


int
lp_pii_parameter(lp_openapi_t *api, const lp_spot_t *parameter,
                 unsigned *marked, lp_error_t *err)
{
    lp_spot_t     schema, spot;
    lp_pii_walk_t walk = { .api = api, .err = err, .path = "$", .len = 1 };

    spot = *parameter;

    /* marks beside its references first, then what they lead to */
    if (lp_pii_schema(&walk, &spot) != LP_OK
        || lp_spot_resolve(api, &spot, err) != LP_OK) {
        return LP_INVALID;
    }

    schema = lp_spot_member(&spot, "schema");

    if (lp_pii_schema(&walk, &schema) != LP_OK
        || lp_pii_content(&walk, &spot) != LP_OK) {
        return LP_INVALID;
    }

    *marked |= walk.marks > 0;

    return LP_OK;
}


/* What a header's schema refers to may be marked for the sake of bodies. */
static int
lp_pii_headers(lp_openapi_t *api, const lp_spot_t *response, lp_error_t *err)
{
    json_t     *value;
    unsigned    marked = 0;
    lp_spot_t   headers, header;
    const char *name;

    headers = lp_spot_member(response, "headers");

    json_object_foreach((json_t *) headers.value, name, value)
    {
        header = lp_spot_member(&headers, name);

        if (lp_pii_parameter(api, &header, &marked, err) != LP_OK) {
            return LP_INVALID;
        }

        if (marked) {
            return lp_spot_error(api, &header, err,
                                 "an x-pii lies in it, and no header is "
                                 "redacted; " LP_PII_WHERE);
        }
    }

    return LP_OK;
}


int
lp_pii_read(lp_pii_t *pii, lp_openapi_t *api, const lp_spot_t *responses,
            lp_arena_t *arena, lp_error_t *err)
{
    json_t       *value;
    lp_spot_t     response;
    const char   *status;
    lp_pii_rule_t rules[LP_PII_RULES];
    lp_pii_walk_t walk
        = { .pii = pii, .api = api, .arena = arena, .err = err };

    pii->n = 0;
    pii->rules = rules;

    json_object_foreach((json_t *) responses->value, status, value)
    {
        response = lp_spot_member(responses, status);

        if (lp_spot_resolve(api, &response, err) != LP_OK
            || lp_pii_content(&walk, &response) != LP_OK
            || lp_pii_headers(api, &response, err) != LP_OK) {
            pii->n = 0;
            pii->rules = NULL;
            return LP_INVALID;
        }
    }

    pii->rules = lp_arena_take(arena, pii->n * sizeof(lp_pii_rule_t));

    if (pii->rules == NULL && pii->n > 0) {
        return lp_spot_error(api, responses, err, "no memory");
    }

    if (pii->n > 0) {
        memcpy(pii->rules, rules, pii->n * sizeof(lp_pii_rule_t));
    }

    return LP_OK;
}
