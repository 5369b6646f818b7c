/*
 * Reads `servers`: only their paths matter here.
 */

#include <string.h>

#include "lp_servers.h"
#include "lp_target.h"


/* The path of a URL (RFC 3986, section 3); NULL: it is not plain. */
static const char *
lp_servers_path(const char *url)
{
    const char *host;

    host = strstr(url, "://");

    if (host == NULL) {
        return url[0] == '/' && url[1] != '/' ? url : NULL;
    }

    return host + 3 + strcspn(host + 3, "/?#");
}


/* Documents list production and staging of one API: the path is mostly one. */
static int
lp_servers_known(const lp_servers_t *servers, const char *path, size_t len)
{
    size_t i;

    for (i = 0; i < servers->n; i++) {
        if (strlen(servers->bases[i]) == len
            && memcmp(servers->bases[i], path, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
lp_servers_add(lp_servers_t *servers, lp_openapi_t *api, const lp_spot_t *url,
               const char *text, lp_error_t *err)
{
    size_t      len;
    const char *path;

    path = text == NULL ? NULL : lp_servers_path(text);
    len = path == NULL ? 0 : strlen(path);

    /* Templates bring the slash that they begin with. */
    while (len > 0 && path[len - 1] == '/') {
        len--;
    }

    /*
     * A variable would stand for paths that nobody knows here, and a query or
     * an escape for some that no request has.
     */
    if (path == NULL || len > LP_SERVERS_LEN
        || (len > 0 && !lp_target_plain(path, len, 0))
        || strcspn(path, "{}?%") < len) {
        return lp_spot_error(api, url, err,
                             "where the API begins is not plain from it: "
                             "allowed is an absolute URL or path without "
                             "variables, or a prefix in its place");
    }

    if (lp_servers_known(servers, path, len)) {
        return LP_OK;
    }

    if (servers->n == LP_SERVERS) {
        return lp_spot_error(api, url, err,
                             "at most 8 servers with different paths are "
                             "allowed");
    }

    memcpy(servers->bases[servers->n], path, len);
    servers->bases[servers->n++][len] = '\0';

    return LP_OK;
}


int
lp_servers_read(lp_servers_t *servers, lp_openapi_t *api,
                const lp_spot_t *root, const char *prefix, lp_error_t *err)
{
    size_t    i, n;
    lp_spot_t list, url;

    servers->n = 0;
    list = lp_spot_member(root, "servers");
    n = json_array_size(list.value);

    /* OpenAPI 3.1, section 4.8.1: without servers it is the one of "/". */
    if (prefix != NULL || n == 0) {
        return lp_servers_add(servers, api, root, prefix ? prefix : "/", err);
    }

    for (i = 0; i < n; i++) {
        url = lp_spot_item(&list, i);
        url = lp_spot_member(&url, "url");

        if (lp_servers_add(servers, api, &url, json_string_value(url.value),
                           err)
            != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}
