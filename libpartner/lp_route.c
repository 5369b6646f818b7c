/*
 * A tree of path segments.  Its edges lie in one hash table, keyed by the node
 * above and the segment, so that a node with a thousand children is no slower
 * than one with two.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lp_arena.h"
#include "lp_fnv.h"
#include "lp_route.h"
#include "lp_target.h"


typedef struct lp_route_node_s lp_route_node_t;

struct lp_route_node_s {
    void *target;               /* NULL: no template ends here */
    const char *template;       /* the one that does */
    lp_route_node_t *parameter; /* child that takes any segment */
    uint32_t         id;        /* from 1 on; the root has 0 */
};

typedef struct {
    lp_route_node_t *child; /* NULL: free */
    const char      *segment;
    uint32_t         len;
    uint32_t         hash;
    uint32_t         parent;
} lp_route_edge_t;

struct lp_route_s {
    lp_route_node_t  root;
    lp_arena_t       arena;
    lp_route_edge_t *edges; /* open addressing, at most half full */
    uint32_t         mask;
    uint32_t         nedges;
    uint32_t         nnodes;
};

#define LP_ROUTE_EDGES 64 /* to begin with; a power of two */


static uint32_t
lp_route_hash(uint32_t parent, const char *segment, size_t len)
{
    uint64_t hash;

    hash = lp_fnv(LP_FNV_BASIS ^ parent, segment, len);

    return (uint32_t) (hash ^ hash >> 32);
}


/* Where the edge is, or the free place where it would be. */
static lp_route_edge_t *
lp_route_place(const lp_route_t *r, uint32_t parent, const char *segment,
               size_t len)
{
    uint32_t         hash, i;
    lp_route_edge_t *edge;

    hash = lp_route_hash(parent, segment, len);

    for (i = hash & r->mask;; i = (i + 1) & r->mask) {
        edge = &r->edges[i];

        if (edge->child == NULL
            || (edge->hash == hash && edge->parent == parent
                && edge->len == len
                && memcmp(edge->segment, segment, len) == 0)) {
            return edge;
        }
    }
}


lp_route_t *
lp_route_create(void)
{
    lp_route_t *r;

    r = calloc(1, sizeof(lp_route_t));
    if (r == NULL) {
        return NULL;
    }

    r->edges = calloc(LP_ROUTE_EDGES, sizeof(lp_route_edge_t));
    if (r->edges == NULL) {
        free(r);
        return NULL;
    }

    r->mask = LP_ROUTE_EDGES - 1;

    return r;
}


void
lp_route_free(lp_route_t *r)
{
    if (r != NULL) {
        lp_arena_free(&r->arena);
        free(r->edges);
        free(r);
    }
}


/* At most half full, a place is found in two looks on average. */
static int
lp_route_grow(lp_route_t *r)
{
    size_t           i, n;
    lp_route_t       wider;
    lp_route_edge_t *old;

    if ((r->nedges + 1) * 2 <= r->mask) {
        return 0;
    }

    n = ((size_t) r->mask + 1) * 2;
    wider = *r;
    wider.mask = (uint32_t) n - 1;
    wider.edges = calloc(n, sizeof(lp_route_edge_t));

    if (wider.edges == NULL) {
        return -1;
    }

    for (i = 0; i <= r->mask; i++) {
        old = &r->edges[i];

        if (old->child != NULL) {
            *lp_route_place(&wider, old->parent, old->segment, old->len)
                = *old;
        }
    }

    free(r->edges);
    r->edges = wider.edges;
    r->mask = wider.mask;

    return 0;
}


/* Zeroed, and the arena's: nothing is taken out of a tree. */
static lp_route_node_t *
lp_route_node(lp_route_t *r)
{
    lp_route_node_t *n;

    n = lp_arena_take(&r->arena, sizeof(lp_route_node_t));

    if (n != NULL) {
        n->id = ++r->nnodes;
    }

    return n;
}


/* The name of a parameter is no part of the tree. */
static lp_route_node_t *
lp_route_child(lp_route_t *r, lp_route_node_t *n, const char *segment,
               size_t len)
{
    lp_route_edge_t *edge;

    if (len > 0 && segment[0] == '{') {
        if (n->parameter == NULL) {
            n->parameter = lp_route_node(r);
        }
        return n->parameter;
    }

    if (lp_route_grow(r) != 0) {
        return NULL;
    }

    edge = lp_route_place(r, n->id, segment, len);

    if (edge->child == NULL) {
        /* It lies in the template's copy, which lives as long as the tree. */
        edge->segment = segment;
        edge->len = (uint32_t) len;
        edge->parent = n->id;
        edge->hash = lp_route_hash(n->id, segment, len);
        edge->child = lp_route_node(r);
        r->nedges += edge->child != NULL;
    }

    return edge->child;
}


/* A brace within a segment would look like a parameter and be none. */
static int
lp_route_segment_valid(const char *segment, size_t len)
{
    size_t i;

    if (len > 2 && segment[0] == '{' && segment[len - 1] == '}') {
        segment++;
        len -= 2;
    }

    for (i = 0; i < len; i++) {
        if (memchr("{}%?", segment[i], 4) != NULL) {
            return 0;
        }
    }

    return 1;
}


/* The form of a template, and that it stays within the limits. */
static int
lp_route_check(const char *template, size_t len, lp_error_t *err)
{
    size_t      segments, parameters;
    const char *p, *end, *slash;

    segments = 0;
    parameters = 0;
    end = template + len;

    if (len > LP_ROUTE_LEN || !lp_target_plain(template, len, 0)) {
        return lp_error(err, "",
                        "no path template: allowed is at most %d bytes, a "
                        "slash at the beginning, no segment empty, . or .., "
                        "and none of ; \\ #",
                        LP_ROUTE_LEN);
    }

    for (p = template; p < end; p = slash) {
        p++;
        slash = memchr(p, '/', (size_t) (end - p));
        slash = slash == NULL ? end : slash;
        segments++;
        parameters += p < end && *p == '{';

        if (!lp_route_segment_valid(p, (size_t) (slash - p))) {
            return lp_error(err, "",
                            "no path template: a segment is fixed, without "
                            "{ } %% ?, or as a whole one {parameter}");
        }
    }

    if (segments > LP_ROUTE_SEGMENTS || parameters > LP_ROUTE_PARAMETERS) {
        return lp_error(err, "",
                        "a path template has at most %d segments and %d "
                        "parameters",
                        LP_ROUTE_SEGMENTS, LP_ROUTE_PARAMETERS);
    }

    return LP_OK;
}


int
lp_route_add(lp_route_t *r, const char *template, size_t len, void *target,
             lp_error_t *err)
{
    const char      *p, *end, *slash;
    lp_route_node_t *n;

    if (lp_route_check(template, len, err) != LP_OK) {
        return LP_INVALID;
    }

    template = lp_arena_text(&r->arena, template, len);
    if (template == NULL) {
        return lp_error(err, "", "no memory");
    }

    end = template + len;

    for (p = template, n = &r->root; p < end && n != NULL; p = slash) {
        p++;
        slash = memchr(p, '/', (size_t) (end - p));
        slash = slash == NULL ? end : slash;
        n = lp_route_child(r, n, p, (size_t) (slash - p));
    }

    if (n == NULL) {
        return lp_error(err, "", "no memory");
    }

    if (n->target != NULL) {
        return lp_error(err, "", "it matches the same paths as %.120s",
                        n->template);
    }

    n->target = target;
    n->template = template;

    return LP_OK;
}


/*
 * Goes back from a fixed segment that leads nowhere to the parameter beside
 * it, so /a/{x}/b is found below /a/c too.  Each node lies on one way from the
 * root, so none is visited twice, and no way is longer than a template.
 */
static const lp_route_node_t *
lp_route_walk(const lp_route_t *r, const lp_route_node_t *n, const char *path,
              const char *end, lp_route_match_t *match)
{
    size_t                 len;
    const char            *slash;
    const lp_route_node_t *found;

    if (path == end) {
        return n->target != NULL ? n : NULL;
    }

    path++;
    slash = memchr(path, '/', (size_t) (end - path));
    slash = slash == NULL ? end : slash;
    len = (size_t) (slash - path);

    found = lp_route_place(r, n->id, path, len)->child;

    if (found != NULL) {
        found = lp_route_walk(r, found, slash, end, match);
    }

    if (found != NULL || n->parameter == NULL || len == 0) {
        return found;
    }

    match->values[match->n++] = (lp_slice_t){ path, len };
    found = lp_route_walk(r, n->parameter, slash, end, match);
    /* What a way that ended nowhere has taken is given back. */
    match->n -= found == NULL;

    return found;
}


void *
lp_route_find_encoded(const lp_route_t *r, const char *path, size_t len,
                      lp_route_match_t *match)
{
    const lp_route_node_t *n;

    match->n = 0;
    n = len > 0 && path[0] == '/'
            ? lp_route_walk(r, &r->root, path, path + len, match)
            : NULL;

    return n == NULL ? NULL : n->target;
}


/*
 * Fixed segments are equal byte for byte.  A value that servers read in
 * different ways makes it no match, and is no reason to look for another: its
 * sender must not choose the operation.
 */
void *
lp_route_find(const lp_route_t *r, const char *path, size_t len,
              lp_route_match_t *match)
{
    void  *target;
    size_t i;

    target = lp_route_find_encoded(r, path, len, match);

    for (i = 0; target != NULL && i < match->n; i++) {

        /* the slash before the segment is a part of the path as well */
        if (!lp_target_plain(match->values[i].data - 1,
                             match->values[i].len + 1, 0)) {
            target = NULL;
        }
    }

    return target;
}


/* Whether a segment below the node begins so. */
static int
lp_route_continues(const lp_route_t *r, const lp_route_node_t *n,
                   const char *begin, size_t len)
{
    uint32_t               i;
    const lp_route_edge_t *edge;

    if (n->parameter != NULL) {
        return 1;
    }

    for (i = 0; i <= r->mask; i++) {
        edge = &r->edges[i];

        if (edge->child != NULL && edge->parent == n->id && edge->len >= len
            && memcmp(edge->segment, begin, len) == 0) {
            return 1;
        }
    }

    return 0;
}


/* Each node was made for a template, so one lies at it or below. */
static int
lp_route_descend(const lp_route_t *r, const lp_route_node_t *n,
                 const char *begin, const char *end)
{
    const char            *slash;
    const lp_route_node_t *child;

    if (begin == end) {
        return 1;
    }

    if (*begin != '/') {
        return 0;
    }

    begin++;
    slash = memchr(begin, '/', (size_t) (end - begin));

    if (slash == NULL) {
        return lp_route_continues(r, n, begin, (size_t) (end - begin));
    }

    child = lp_route_place(r, n->id, begin, (size_t) (slash - begin))->child;

    return (child != NULL && lp_route_descend(r, child, slash, end))
           || (n->parameter != NULL && slash > begin
               && lp_route_descend(r, n->parameter, slash, end));
}


int
lp_route_reaches(const lp_route_t *r, const char *begin, size_t len)
{
    return lp_route_descend(r, &r->root, begin, begin + len);
}
