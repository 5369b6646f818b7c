/*
 * Compiles documents into operations, and paths that lead to them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lp_arena.h"
#include "lp_contract.h"
#include "lp_pii_place.h"
#include "lp_servers.h"


#define LP_CONTRACT_ALLOW 128 /* bytes */


/* Where one path template leads. */
typedef struct {
    unsigned operations[LP_METHODS]; /* numbers from 1; 0: none */
    char     allow[LP_CONTRACT_ALLOW];
} lp_contract_path_t;

struct lp_contract_s {
    lp_arena_t      arena;
    lp_route_t     *route; /* to lp_contract_path_t */
    lp_operation_t *operations;
    size_t          n;
};

/* What is needed only while compiling. */
typedef struct {
    lp_contract_t *c;
    lp_openapi_t   api;
    json_t        *ids; /* of the operations so far, as members */
    const char    *prefix;
    lp_error_t    *err;
    lp_servers_t   servers; /* of the document that is read */
} lp_contract_compiler_t;


/* Documents name their own mistakes; the compiler knows which one is read. */
static int
lp_contract_wrong(lp_contract_compiler_t *k, const lp_spot_t *spot,
                  const char *text)
{
    return lp_spot_error(&k->api, spot, k->err, text);
}


/*
 * Room for one operation more.  They may move until all are read: paths hold
 * numbers, not pointers.
 */
static int
lp_contract_room(lp_contract_compiler_t *k, const lp_spot_t *spot)
{
    size_t          room;
    lp_contract_t  *c;
    lp_operation_t *wider;

    c = k->c;

    if (c->n == LP_CONTRACT_OPERATIONS) {
        return lp_contract_wrong(k, spot,
                                 "at most 10000 operations are "
                                 "allowed");
    }

    /* a power of two, doubled when it is full */
    if ((c->n & (c->n - 1)) != 0) {
        return LP_OK;
    }

    room = c->n == 0 ? 1 : c->n * 2;
    wider = realloc(c->operations, room * sizeof(lp_operation_t));

    if (wider == NULL) {
        return lp_contract_wrong(k, spot, "no memory");
    }

    c->operations = wider;

    return LP_OK;
}


static int
lp_contract_add(lp_contract_compiler_t *k, lp_contract_path_t *path,
                lp_method_t method, const lp_spot_t *item,
                const lp_spot_t *spot)
{
    lp_spot_t       id;
    lp_contract_t  *c;
    lp_operation_t *op;

    if (lp_contract_room(k, spot) != LP_OK) {
        return LP_INVALID;
    }

    c = k->c;
    op = &c->operations[c->n];
    memset(op, 0, sizeof(*op));
    op->method = method;

    if (lp_operation_read(op, &k->api, item, spot, &c->arena, k->err)
        != LP_OK) {
        return LP_INVALID;
    }

    id = lp_spot_member(spot, "operationId");

    /* Metrics, usage and invoices count by the id, over all documents. */
    if (json_object_get(k->ids, op->id) != NULL) {
        return lp_contract_wrong(k, &id, "another operation has this id");
    }

    if (json_object_set_new(k->ids, op->id, json_true()) != 0) {
        return lp_contract_wrong(k, &id, "no memory");
    }

    path->operations[method] = (unsigned) ++c->n;

    return LP_OK;
}


/* What a path item may hold besides operations. */
static int
lp_contract_other(lp_contract_compiler_t *k, const lp_spot_t *member,
                  const char *name)
{
    size_t i;

    static const char *const known[]
        = { "$ref", "summary", "description", "parameters" };

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(name, known[i]) == 0) {
            return LP_OK;
        }
    }

    if (strncmp(name, "x-", 2) == 0) {
        return LP_OK;
    }

    return lp_contract_wrong(
        k, member,
        strcmp(name, "servers") == 0
            ? "servers are allowed at the top of the "
              "document only"
            : "unknown member, allowed: a method in lower "
              "case, parameters, summary, description");
}


/* An unknown member is a method that nobody would ever reach. */
static int
lp_contract_members(lp_contract_compiler_t *k, lp_contract_path_t *path,
                    const lp_spot_t *item)
{
    int         rc;
    json_t     *value;
    lp_spot_t   member;
    lp_method_t method;
    const char *name;

    json_object_foreach((json_t *) item->value, name, value)
    {
        member = lp_spot_member(item, name);
        method = lp_method_parse(name);
        rc = method == LP_METHODS
                 ? lp_contract_other(k, &member, name)
                 : lp_contract_add(k, path, method, item, &member);

        if (rc != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/* RFC 9110, section 9.3.2: HEAD is GET without the content. */
static void
lp_contract_allow(lp_contract_path_t *path)
{
    size_t   len;
    unsigned m;

    if (path->operations[LP_HEAD] == 0) {
        path->operations[LP_HEAD] = path->operations[LP_GET];
    }

    for (m = 0, len = 0; m < LP_METHODS; m++) {
        if (path->operations[m] != 0) {
            len += (size_t) snprintf(
                path->allow + len, sizeof(path->allow) - len, "%s%s",
                len > 0 ? ", " : "", lp_method_name((lp_method_t) m));
        }
    }
}


/* The path below each base that the document has. */
static int
lp_contract_route(lp_contract_compiler_t *k, const lp_spot_t *item,
                  const char *name, lp_contract_path_t *path)
{
    int        n;
    char       text[LP_ROUTE_LEN + 2];
    size_t     i;
    lp_error_t why;

    for (i = 0; i < k->servers.n; i++) {
        n = snprintf(text, sizeof(text), "%s%s", k->servers.bases[i], name);

        /* cut here, it is still too long there */
        if ((size_t) n >= sizeof(text)) {
            n = (int) sizeof(text) - 1;
        }

        if (name[0] != '/'
            || lp_route_add(k->c->route, text, (size_t) n, path, &why)
                   != LP_OK) {
            return lp_contract_wrong(k, item,
                                     name[0] != '/' ? "a path begins with a "
                                                      "slash"
                                                    : why.text);
        }
    }

    return LP_OK;
}


/*
 * Its templates lead to the path before its operations are known: they are
 * filled in where it lies.
 */
static int
lp_contract_item(lp_contract_compiler_t *k, const lp_spot_t *spot,
                 const char *name)
{
    lp_spot_t           item;
    lp_contract_path_t *path;

    item = *spot;
    path = lp_arena_take(&k->c->arena, sizeof(lp_contract_path_t));

    if (path == NULL) {
        return lp_contract_wrong(k, spot, "no memory");
    }

    if (lp_contract_route(k, spot, name, path) != LP_OK
        || lp_spot_resolve(&k->api, &item, k->err) != LP_OK) {
        return LP_INVALID;
    }

    if (!json_is_object(item.value)) {
        return lp_contract_wrong(k, &item, "allowed: an object");
    }

    if (lp_contract_members(k, path, &item) != LP_OK) {
        return LP_INVALID;
    }

    lp_contract_allow(path);

    return LP_OK;
}


/* A document without paths holds what others refer to. */
static int
lp_contract_document(lp_contract_compiler_t *k, size_t document)
{
    json_t     *value;
    lp_spot_t   root, paths, item;
    const char *name;

    root = lp_spot_root(&k->api, document);
    paths = lp_spot_member(&root, "paths");

    if (paths.value != NULL && !json_is_object(paths.value)) {
        return lp_contract_wrong(k, &paths, "allowed: an object");
    }

    if (lp_pii_place(&k->api, &root, k->err) != LP_OK
        || lp_servers_read(&k->servers, &k->api, &root, k->prefix, k->err)
               != LP_OK) {
        return LP_INVALID;
    }

    json_object_foreach((json_t *) paths.value, name, value)
    {
        item = lp_spot_member(&paths, name);

        if (strncmp(name, "x-", 2) != 0
            && lp_contract_item(k, &item, name) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/*
 * In the order in which they were given: the first mistake is the one told,
 * and of two operations of one id the second is refused.
 */
static int
lp_contract_documents(lp_contract_compiler_t *k)
{
    size_t i;

    for (i = 0; i < k->api.n; i++) {
        if (lp_contract_document(k, i) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/*
 * The documents are closed at the end: what outlives them was copied to the
 * arena.
 */
lp_contract_t *
lp_contract_compile(const lp_openapi_source_t *sources, size_t n,
                    const char *prefix, size_t *wrong, lp_error_t *err)
{
    int                    rc;
    lp_contract_t         *c;
    lp_contract_compiler_t k = { .prefix = prefix, .err = err };

    *wrong = 0;
    c = calloc(1, sizeof(lp_contract_t));
    k.c = c;
    k.ids = json_object();

    if (c != NULL) {
        c->route = lp_route_create();
    }

    if (c == NULL || c->route == NULL || k.ids == NULL) {
        rc = lp_error(err, "", "no memory");

    } else {
        rc = lp_openapi_open(&k.api, sources, n, err);
        rc = rc == LP_OK ? lp_contract_documents(&k) : rc;
        *wrong = k.api.wrong;
        lp_openapi_close(&k.api);
    }

    json_decref(k.ids);

    if (rc != LP_OK) {
        lp_contract_free(c);
        return NULL;
    }

    return c;
}


void
lp_contract_free(lp_contract_t *c)
{
    if (c != NULL) {
        lp_route_free(c->route);
        lp_arena_free(&c->arena);
        free(c->operations);
        free(c);
    }
}


size_t
lp_contract_size(const lp_contract_t *c)
{
    return c->n;
}


const lp_operation_t *
lp_contract_operation(const lp_contract_t *c, size_t i)
{
    return &c->operations[i];
}


int
lp_contract_reaches(const lp_contract_t *c, const char *begin, size_t len)
{
    return lp_route_reaches(c->route, begin, len);
}


lp_contract_result_t
lp_contract_find(const lp_contract_t *c, lp_method_t method, const char *path,
                 size_t len, lp_contract_match_t *match)
{
    const lp_contract_path_t *found;

    found = lp_route_find(c->route, path, len, &match->path);

    if (found == NULL) {
        return LP_CONTRACT_NO_PATH;
    }

    match->allow = found->allow;

    if (method == LP_METHODS || found->operations[method] == 0) {
        return LP_CONTRACT_NO_METHOD;
    }

    /* 0 stood for none. */
    match->operation = found->operations[method] - 1;

    return LP_CONTRACT_FOUND;
}
