/*
 * From method and path to what serves them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "router.h"


typedef struct pd_node_s pd_node_t;

struct pd_node_s {
    pd_node_t  *next;      /* sibling */
    pd_node_t  *fixed;     /* first child with a segment of its own */
    pd_node_t  *parameter; /* child that takes any segment */
    const void *targets[PD_METHODS];
    size_t      len;
    char        segment[];
};

struct pd_router_s {
    pd_node_t *root;
};


static const char *const pd_method_names[]
    = { "GET", "POST", "PUT", "PATCH", "DELETE" };


static pd_node_t *
pd_node_create(const char *segment, size_t len)
{
    pd_node_t *n;

    n = calloc(1, sizeof(pd_node_t) + len);
    if (n == NULL) {
        return NULL;
    }

    n->len = len;
    memcpy(n->segment, segment, len);

    return n;
}


/* Siblings in a loop, children by recursion: depth is bounded, width is not. */
static void
pd_node_free(pd_node_t *n)
{
    pd_node_t *next;

    for (; n != NULL; n = next) {
        next = n->next;
        pd_node_free(n->fixed);
        pd_node_free(n->parameter);
        free(n);
    }
}


pd_router_t *
pd_router_create(void)
{
    pd_router_t *r;

    r = calloc(1, sizeof(pd_router_t));
    if (r == NULL) {
        return NULL;
    }

    r->root = pd_node_create("", 0);
    if (r->root == NULL) {
        free(r);
        return NULL;
    }

    return r;
}


void
pd_router_free(pd_router_t *r)
{
    if (r != NULL) {
        pd_node_free(r->root);
        free(r);
    }
}


static pd_node_t *
pd_node_fixed(const pd_node_t *n, const char *segment, size_t len)
{
    pd_node_t *child;

    for (child = n->fixed; child != NULL; child = child->next) {
        if (child->len == len && memcmp(child->segment, segment, len) == 0) {
            return child;
        }
    }

    return NULL;
}


/* The name of a parameter belongs to the operation, not to the tree. */
static pd_node_t *
pd_node_grow(pd_node_t *n, const char *segment, size_t len)
{
    pd_node_t *child;

    if (segment[0] == '{') {
        if (n->parameter == NULL) {
            n->parameter = pd_node_create("", 0);
        }
        return n->parameter;
    }

    child = pd_node_fixed(n, segment, len);

    if (child == NULL) {
        child = pd_node_create(segment, len);
        if (child != NULL) {
            child->next = n->fixed;
            n->fixed = child;
        }
    }

    return child;
}


/* All of it is a parameter, or nothing of it. */
static int
pd_segment_wrong(const char *segment, size_t len)
{
    size_t name;

    name = strcspn(segment, "{}/");

    if (segment[0] == '{') {
        name = 1 + strcspn(segment + 1, "{}/");
        return name < 2 || segment[name] != '}' || name + 1 != len;
    }

    return len == 0 || name != len;
}


int
pd_router_add(pd_router_t *r, pd_method_t method, const char *template,
              const void *target, lp_error_t *err)
{
    size_t      len, segments, parameters;
    pd_node_t  *n;
    const char *p;

    n = r->root;
    segments = 0;
    parameters = 0;

    for (p = template; *p == '/' && n != NULL; p += len) {
        p++;
        len = strcspn(p, "/");
        parameters += *p == '{';

        if (pd_segment_wrong(p, len)) {
            return lp_error(err, "", "path %s is malformed", template);
        }

        if (++segments > PD_PATH_SEGMENTS) {
            return lp_error(err, "", "path %s has more than %d segments",
                            template, PD_PATH_SEGMENTS);
        }

        n = pd_node_grow(n, p, len);
    }

    if (n == NULL || *p != '\0' || n == r->root
        || parameters > PD_PATH_PARAMETERS) {
        return lp_error(err, "", "path %s is malformed", template);
    }

    if (n->targets[method] != NULL) {
        return lp_error(err, "", "%s %s is there twice",
                        pd_method_names[method], template);
    }

    n->targets[method] = target;

    return LP_OK;
}


/* An inner node, such as /api, is no path. */
static int
pd_node_serves(const pd_node_t *n)
{
    size_t i;

    for (i = 0; i < PD_METHODS; i++) {
        if (n->targets[i] != NULL) {
            return 1;
        }
    }

    return 0;
}


/*
 * The node that the path ends in.  Goes back from a fixed segment that leads
 * nowhere to the parameter beside it, so /a/{x}/b is found below /a/c too.
 */
static const pd_node_t *
pd_node_find(const pd_node_t *n, const char *path, size_t len, unsigned depth,
             pd_match_t *match)
{
    size_t           segment;
    const char      *end;
    const pd_node_t *child, *found;

    if (len == 0) {
        return pd_node_serves(n) ? n : NULL;
    }

    if (path[0] != '/' || depth == PD_PATH_SEGMENTS) {
        return NULL;
    }

    path++;
    len--;
    end = memchr(path, '/', len);
    segment = end == NULL ? len : (size_t) (end - path);

    child = pd_node_fixed(n, path, segment);
    found = child == NULL ? NULL
                          : pd_node_find(child, path + segment, len - segment,
                                         depth + 1, match);

    if (found != NULL || n->parameter == NULL || segment == 0) {
        return found;
    }

    match->values[match->nvalues++] = (pd_slice_t){ path, segment };

    found = pd_node_find(n->parameter, path + segment, len - segment,
                         depth + 1, match);
    if (found == NULL) {
        match->nvalues--;
    }

    return found;
}


/* OPTIONS is answered for every path (RFC 9110, section 9.3.7). */
static void
pd_node_allow(const pd_node_t *n, char out[PD_ALLOW_LEN])
{
    size_t i, len;

    len = 0;

    for (i = 0; i < PD_METHODS; i++) {
        if (n->targets[i] != NULL) {
            len += (size_t) snprintf(out + len, PD_ALLOW_LEN - len, "%s%s",
                                     pd_method_names[i],
                                     i == PD_GET ? ", HEAD, " : ", ");
        }
    }

    (void) snprintf(out + len, PD_ALLOW_LEN - len, "OPTIONS");
}


pd_route_t
pd_router_match(const pd_router_t *r, pd_method_t method, const char *path,
                size_t len, pd_match_t *match)
{
    const pd_node_t *n;

    match->target = NULL;
    match->nvalues = 0;
    match->allow[0] = '\0';

    n = pd_node_find(r->root, path, len, 0, match);
    if (n == NULL || n == r->root) {
        return PD_ROUTE_NO_PATH;
    }

    if (method == PD_METHODS || n->targets[method] == NULL) {
        pd_node_allow(n, match->allow);
        return PD_ROUTE_NO_METHOD;
    }

    match->target = n->targets[method];

    return PD_ROUTE_FOUND;
}


pd_method_t
pd_method_parse(const char *name)
{
    unsigned m;

    for (m = 0; m < PD_METHODS; m++) {
        if (strcasecmp(name, pd_method_names[m]) == 0) {
            return (pd_method_t) m;
        }
    }

    return strcasecmp(name, "HEAD") == 0 ? PD_GET : PD_METHODS;
}


const char *
pd_method_name(pd_method_t method)
{
    return pd_method_names[method];
}
