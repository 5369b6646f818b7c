/*
 * Reads one operation of a contract, part by part.
 */

#include <string.h>

#include "lp_id.h"
#include "lp_operation.h"


#define LP_OPERATION_ALLOWED "1 to 63 letters, digits, ., _ and -, not - alone"


static const struct {
    const char *lower;
    const char *upper;
} lp_methods[LP_METHODS] = {
    [LP_GET] = { "get", "GET" },
    [LP_HEAD] = { "head", "HEAD" },
    [LP_POST] = { "post", "POST" },
    [LP_PUT] = { "put", "PUT" },
    [LP_PATCH] = { "patch", "PATCH" },
    [LP_DELETE] = { "delete", "DELETE" },
    [LP_OPTIONS] = { "options", "OPTIONS" },
    [LP_TRACE] = { "trace", "TRACE" },
};


typedef struct {
    lp_operation_t  *op;
    lp_openapi_t    *api;
    const lp_spot_t *item;
    const lp_spot_t *spot;
    lp_arena_t      *arena;
    lp_error_t      *err;
} lp_operation_reader_t;


const char *
lp_method_name(lp_method_t method)
{
    return lp_methods[method].upper;
}


lp_method_t
lp_method_parse(const char *name)
{
    unsigned m;

    for (m = 0; m < LP_METHODS; m++) {
        if (strcmp(name, lp_methods[m].lower) == 0) {
            break;
        }
    }

    return (lp_method_t) m;
}


/*
 * Most errors of a contract come from here: place and text is all they have.
 */
static int
lp_operation_wrong(lp_operation_reader_t *r, const lp_spot_t *spot,
                   const char *text)
{
    return lp_spot_error(r->api, spot, r->err, text);
}


/* A copy of a text that stays within the letters of an id, or NULL. */
static const char *
lp_operation_plain(lp_operation_reader_t *r, const json_t *value)
{
    size_t      len;
    const char *text;

    text = json_string_value(value);
    len = json_string_length(value);

    /* "-" stands for "no operation" in metrics and logs. */
    if (!lp_id_plain(text, len) || strcmp(text, "-") == 0) {
        return NULL;
    }

    return lp_arena_text(r->arena, text, len);
}


static int
lp_operation_id(lp_operation_reader_t *r)
{
    lp_spot_t id;

    id = lp_spot_member(r->spot, "operationId");
    r->op->id = lp_operation_plain(r, id.value);

    return r->op->id != NULL
               ? LP_OK
               : lp_operation_wrong(r, &id, "required: " LP_OPERATION_ALLOWED);
}


/* A tag is written for readers, so what an id may not hold becomes "-". */
static int
lp_operation_tag(lp_operation_reader_t *r, const lp_spot_t *tag)
{
    size_t len;
    char  *group, *p;

    len = json_string_length(tag->value);

    if (len == 0 || len > LP_OPERATION_ID) {
        return lp_operation_wrong(r, tag,
                                  "allowed: 1 to 63 bytes, or x-limit-group "
                                  "beside it");
    }

    group = lp_arena_text(r->arena, json_string_value(tag->value), len);
    if (group == NULL) {
        return lp_operation_wrong(r, tag, "no memory");
    }

    for (p = group; *p != '\0'; p++) {
        if (!lp_id_plain(p, 1)) {
            *p = '-';
        }
    }

    r->op->group = group;

    return LP_OK;
}


/* Said outright, or what its author sorts it under; else it has no group. */
static int
lp_operation_group(lp_operation_reader_t *r)
{
    lp_spot_t spot;

    r->op->group = "";
    spot = lp_spot_member(r->spot, "x-limit-group");

    if (spot.value != NULL) {
        r->op->group = lp_operation_plain(r, spot.value);

        return r->op->group != NULL
                   ? LP_OK
                   : lp_operation_wrong(r, &spot,
                                        "allowed: " LP_OPERATION_ALLOWED);
    }

    spot = lp_spot_member(r->spot, "tags");
    spot = lp_spot_item(&spot, 0);

    return spot.value == NULL ? LP_OK : lp_operation_tag(r, &spot);
}


/* So that a slip of the pen is no scheme of its own. */
static int
lp_operation_scheme(lp_operation_reader_t *r, const char *scheme)
{
    size_t    i;
    lp_spot_t spot;

    for (i = 0; i < r->api->n; i++) {
        spot = lp_spot_root(r->api, i);
        spot = lp_spot_member(&spot, "components");
        spot = lp_spot_member(&spot, "securitySchemes");

        if (json_object_get(spot.value, scheme) != NULL) {
            return 1;
        }
    }

    return 0;
}


/* Appends the scopes that one scheme lists to the text of the alternative. */
static int
lp_operation_scopes(lp_operation_reader_t *r, const lp_spot_t *list,
                    char text[LP_SCOPE_SET_LEN + 1], size_t *len)
{
    size_t      i, n;
    lp_spot_t   item;
    const char *scope;

    if (!json_is_array(list->value)) {
        return lp_operation_wrong(r, list, "allowed: an array of scopes");
    }

    for (i = 0; i < json_array_size(list->value); i++) {
        item = lp_spot_item(list, i);
        scope = json_string_value(item.value);
        n = json_string_length(item.value);

        if (!lp_scope_required_valid(scope, n)) {
            return lp_operation_wrong(r, &item,
                                      "allowed: a scope, " LP_SCOPE_REQUIRED);
        }

        /* As if a blank stood before the first one too: a byte is no loss. */
        if (*len + 1 + n > LP_SCOPE_SET_LEN) {
            return lp_operation_wrong(r, list, "too many scopes");
        }

        if (*len > 0) {
            text[(*len)++] = ' ';
        }

        memcpy(text + *len, scope, n);
        *len += n;
    }

    return LP_OK;
}


/* One requirement object: the scopes of all its schemes are needed. */
static int
lp_operation_alternative(lp_operation_reader_t *r, const lp_spot_t *spot)
{
    char             text[LP_SCOPE_SET_LEN + 1];
    size_t           len;
    json_t          *value;
    lp_spot_t        list;
    const char      *scheme;
    lp_scope_need_t *need;

    need = &r->op->need;
    len = 0;

    if (!json_is_object(spot->value)) {
        return lp_operation_wrong(r, spot, "allowed: an object");
    }

    /*
     * Schemes beside each other are all needed, and alternatives stand in the
     * array around them (OpenAPI 3.1, section 4.8.30).
     */
    json_object_foreach((json_t *) spot->value, scheme, value)
    {
        list = lp_spot_member(spot, scheme);

        if (!lp_operation_scheme(r, scheme)) {
            return lp_operation_wrong(r, &list,
                                      "there is no such security scheme in "
                                      "/components/securitySchemes");
        }

        if (lp_operation_scopes(r, &list, text, &len) != LP_OK) {
            return LP_INVALID;
        }
    }

    need->sets[need->n].len = len;
    need->sets[need->n].text = lp_arena_text(r->arena, text, len);

    return need->sets[need->n++].text != NULL
               ? LP_OK
               : lp_operation_wrong(r, spot, "no memory");
}


/* Required, so that nothing becomes open by being forgotten. */
static int
lp_operation_security(lp_operation_reader_t *r)
{
    size_t    i, n;
    lp_spot_t spot, root;

    spot = lp_spot_member(r->spot, "security");

    if (spot.value == NULL) {
        root = lp_spot_root(r->api, r->spot->document);
        root = lp_spot_member(&root, "security");
        spot = root.value != NULL ? root : spot;
    }

    n = json_array_size(spot.value);

    if (!json_is_array(spot.value) || n > LP_SCOPE_ALTERNATIVES) {
        return lp_operation_wrong(r, &spot,
                                  "required, here or at /security: an array "
                                  "of at most 16 alternatives; [] needs no "
                                  "scope");
    }

    for (i = 0; i < n; i++) {
        root = lp_spot_item(&spot, i);

        if (lp_operation_alternative(r, &root) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/* Parameters stand in the path item and in the operation. */
static int
lp_operation_parameters(lp_operation_reader_t *r, const lp_spot_t *holder)
{
    size_t    i;
    lp_spot_t list, spot;
    unsigned  marked;

    marked = 0;
    list = lp_spot_member(holder, "parameters");

    for (i = 0; i < json_array_size(list.value); i++) {
        spot = lp_spot_item(&list, i);

        if (lp_pii_parameter(r->api, &spot, &marked, r->err) != LP_OK) {
            return LP_INVALID;
        }
    }

    r->op->personal |= marked;

    return LP_OK;
}


/*
 * What a caller sends is personal data as well: it ends up in the access log
 * of somebody.
 */
static int
lp_operation_personal(lp_operation_reader_t *r)
{
    lp_spot_t responses;

    responses = lp_spot_member(r->spot, "responses");

    if (lp_pii_read(&r->op->pii, r->api, &responses, r->arena, r->err) != LP_OK
        || lp_operation_parameters(r, r->item) != LP_OK
        || lp_operation_parameters(r, r->spot) != LP_OK) {
        return LP_INVALID;
    }

    r->op->personal |= r->op->pii.n > 0;

    return LP_OK;
}


/*
 * Refused rather than ignored: an author who marks a field and keeps the
 * answer has to choose.
 */
static int
lp_operation_cache(lp_operation_reader_t *r)
{
    lp_spot_t     spot;
    json_int_t    seconds;
    const char   *wrong;
    const json_t *value;

    spot = lp_spot_member(r->spot, "x-cache");
    value = spot.value;

    if (value == NULL) {
        return LP_OK;
    }

    wrong = NULL;
    seconds = json_integer_value(value);

    if (!json_is_integer(value) || seconds < 1
        || seconds > LP_OPERATION_CACHE) {
        wrong = "allowed: whole seconds, 1 to 86400";

    } else if (r->op->method != LP_GET) {
        wrong = "only the answers of GET are kept";

    } else if (r->op->personal) {
        wrong = "personal data is never kept, and x-pii marks some here";
    }

    if (wrong != NULL) {
        return lp_operation_wrong(r, &spot, wrong);
    }

    r->op->cache = (unsigned) seconds;

    return LP_OK;
}


/* Operations of one path may not lie below different paths. */
static int
lp_operation_servers(lp_operation_reader_t *r)
{
    lp_spot_t spot;

    spot = lp_spot_member(r->spot, "servers");

    return spot.value == NULL
               ? LP_OK
               : lp_operation_wrong(r, &spot,
                                    "servers are allowed at the top of the "
                                    "document only");
}


int
lp_operation_read(lp_operation_t *op, lp_openapi_t *api, const lp_spot_t *item,
                  const lp_spot_t *spot, lp_arena_t *arena, lp_error_t *err)
{
    size_t                i;
    lp_operation_reader_t r = { op, api, item, spot, arena, err };

    /* what is personal is known before it is kept */
    static int (*const parts[])(lp_operation_reader_t * r)
        = { lp_operation_id,      lp_operation_group,    lp_operation_security,
            lp_operation_servers, lp_operation_personal, lp_operation_cache };

    if (!json_is_object(spot->value)) {
        return lp_spot_error(api, spot, err, "allowed: an object");
    }

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i](&r) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}
