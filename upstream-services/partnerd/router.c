/*
 * From method and path to what serves them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "router.h"


typedef struct pd_path_s pd_path_t;

struct pd_path_s {
    pd_path_t  *next;
    const void *targets[PD_METHODS]; /* NULL: not allowed */
    char template[];
};

struct pd_router_s {
    lp_route_t *route; /* leads to paths */
    pd_path_t  *paths; /* all of them, the latest first */
};


static const char *const pd_method_names[]
    = { "GET", "POST", "PUT", "PATCH", "DELETE" };


pd_router_t *
pd_router_create(void)
{
    pd_router_t *r;

    r = calloc(1, sizeof(pd_router_t));
    if (r == NULL) {
        return NULL;
    }

    r->route = lp_route_create();
    if (r->route == NULL) {
        free(r);
        return NULL;
    }

    return r;
}


void
pd_router_free(pd_router_t *r)
{
    pd_path_t *path;

    if (r == NULL) {
        return;
    }

    while ((path = r->paths) != NULL) {
        r->paths = path->next;
        free(path);
    }

    lp_route_free(r->route);
    free(r);
}


/* A contract names a path once, with all its methods: it is the latest. */
static pd_path_t *
pd_router_path(pd_router_t *r, const char *template, lp_error_t *err)
{
    pd_path_t *path;
    lp_error_t why;

    if (r->paths != NULL && strcmp(r->paths->template, template) == 0) {
        return r->paths;
    }

    path = calloc(1, sizeof(pd_path_t) + strlen(template) + 1);
    if (path == NULL) {
        (void) lp_error(err, "", "no memory");
        return NULL;
    }

    strcpy(path->template, template);

    if (lp_route_add(r->route, template, strlen(template), path, &why)
        != LP_OK) {
        (void) lp_error(err, "", "path %.80s: %s", template, why.text);
        free(path);
        return NULL;
    }

    path->next = r->paths;
    r->paths = path;

    return path;
}


int
pd_router_add(pd_router_t *r, pd_method_t method, const char *template,
              const void *target, lp_error_t *err)
{
    pd_path_t *path;

    path = pd_router_path(r, template, err);
    if (path == NULL) {
        return LP_INVALID;
    }

    if (path->targets[method] != NULL) {
        return lp_error(err, "", "%s %s is there twice",
                        pd_method_names[method], template);
    }

    path->targets[method] = target;

    return LP_OK;
}


/* OPTIONS is answered for every path (RFC 9110, section 9.3.7). */
static void
pd_router_allow(const pd_path_t *path, char out[PD_ALLOW_LEN])
{
    size_t i, len;

    len = 0;

    for (i = 0; i < PD_METHODS; i++) {
        if (path->targets[i] != NULL) {
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
    const pd_path_t *found;

    match->target = NULL;
    match->allow[0] = '\0';

    found = lp_route_find_encoded(r->route, path, len, &match->path);
    if (found == NULL) {
        return PD_ROUTE_NO_PATH;
    }

    if (method == PD_METHODS || found->targets[method] == NULL) {
        pd_router_allow(found, match->allow);
        return PD_ROUTE_NO_METHOD;
    }

    match->target = found->targets[method];

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
