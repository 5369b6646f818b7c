/*
 * Reads OpenAPI documents and follows what refers to what.
 */

#include <string.h>

#include "lp_document.h"
#include "lp_openapi.h"


#define LP_OPENAPI_HOPS 16  /* references that lead to references */
#define LP_OPENAPI_NAME 256 /* bytes of a token of a reference */


int
lp_spot_error(lp_openapi_t *api, const lp_spot_t *spot, lp_error_t *err,
              const char *text)
{
    api->wrong = spot->document;

    return lp_error(err, spot->at.text, "%s", text);
}


static int
lp_openapi_parse(lp_openapi_t *api, size_t i, lp_error_t *err)
{
    lp_spot_t   root;
    const char *version;

    api->wrong = i;
    /* Where nothing parses there is no place but the document. */
    api->roots[i] = lp_document_load(api->sources[i].text, api->sources[i].len,
                                     LP_OPENAPI_MAX, err);
    if (api->roots[i] == NULL) {
        return LP_INVALID;
    }

    root = lp_spot_root(api, i);
    root = lp_spot_member(&root, "openapi");
    version = json_string_value(root.value);

    /*
     * 3.0 has other schemas (nullable, boolean bounds): read as 3.1 they would
     * mark less than their author meant.
     */
    if (version == NULL || strncmp(version, "3.1.", 4) != 0) {
        return lp_spot_error(api, &root, err,
                             "required: \"3.1.0\" or another 3.1 version of "
                             "OpenAPI");
    }

    return LP_OK;
}


int
lp_openapi_open(lp_openapi_t *api, const lp_openapi_source_t *sources,
                size_t n, lp_error_t *err)
{
    size_t i;

    memset(api, 0, sizeof(*api));
    api->sources = sources;

    if (n == 0 || n > LP_OPENAPI_DOCUMENTS) {
        return lp_error(err, "", "a contract has 1 to %d documents",
                        LP_OPENAPI_DOCUMENTS);
    }

    for (i = 0; i < n; i++) {
        /*
         * Counted before it is parsed: closing drops what parsing left, NULL
         * too.
         */
        api->n = i + 1;

        if (lp_openapi_parse(api, i, err) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


void
lp_openapi_close(lp_openapi_t *api)
{
    for (; api->n > 0; api->n--) {
        json_decref(api->roots[api->n - 1]);
    }
}


lp_spot_t
lp_spot_root(const lp_openapi_t *api, size_t document)
{
    return (lp_spot_t){ .value = api->roots[document], .document = document };
}


lp_spot_t
lp_spot_member(const lp_spot_t *spot, const char *name)
{
    lp_spot_t member;

    member = *spot;
    member.value = json_object_get(spot->value, name);
    lp_pointer_name(&member.at, name);

    return member;
}


lp_spot_t
lp_spot_item(const lp_spot_t *spot, size_t index)
{
    lp_spot_t item;

    item = *spot;
    item.value = json_array_get(spot->value, index);
    lp_pointer_index(&item.at, index);

    return item;
}


/*
 * By name, since a gateway's documents need not lie where their author had
 * them.
 */
static int
lp_openapi_find(const lp_openapi_t *api, const char *name, size_t len,
                size_t *document)
{
    size_t i;

    for (i = 0; i < api->n; i++) {
        if (strlen(api->sources[i].name) == len
            && memcmp(api->sources[i].name, name, len) == 0) {
            *document = i;
            return LP_OK;
        }
    }

    return LP_INVALID;
}


/* One token of a pointer, unescaped; NULL when it is too long or wrong. */
static const char *
lp_openapi_token(const char *p, char token[LP_OPENAPI_NAME])
{
    size_t len;

    for (len = 0; *p != '\0' && *p != '/'; p++) {

        if (len == LP_OPENAPI_NAME - 1
            || (*p == '~' && p[1] != '0' && p[1] != '1')) {
            return NULL;
        }

        if (*p == '~') {
            p++;
            token[len++] = *p == '0' ? '~' : '/';
        } else {
            token[len++] = *p;
        }
    }

    token[len] = '\0';

    return p;
}


/* An index is only digits, and few of them. */
static lp_spot_t
lp_openapi_step(const lp_spot_t *spot, const char *token)
{
    size_t index;

    if (!json_is_array(spot->value)) {
        return lp_spot_member(spot, token);
    }

    if (*token == '\0' || strlen(token) > 9
        || strspn(token, "0123456789") != strlen(token)) {
        return (lp_spot_t){ .value = NULL };
    }

    for (index = 0; *token != '\0'; token++) {
        index = index * 10 + (size_t) (*token - '0');
    }

    return lp_spot_item(spot, index);
}


/*
 * RFC 3986, section 4.4, and RFC 6901, section 6: the fragment alone is this
 * document's. No URL is ever fetched.
 */
static lp_spot_t
lp_openapi_follow(const lp_openapi_t *api, const lp_spot_t *from,
                  const char *ref)
{
    char        token[LP_OPENAPI_NAME];
    size_t      document;
    lp_spot_t   to;
    const char *p;

    ref += strncmp(ref, "./", 2) == 0 ? 2 : 0;
    p = strchr(ref, '#');
    document = from->document;

    if (p == NULL
        || (p > ref
            && lp_openapi_find(api, ref, (size_t) (p - ref), &document)
                   != LP_OK)) {
        return (lp_spot_t){ .value = NULL };
    }

    to = lp_spot_root(api, document);

    for (p++; *p == '/' && to.value != NULL;) {
        p = lp_openapi_token(p + 1, token);

        if (p == NULL) {
            return (lp_spot_t){ .value = NULL };
        }

        to = lp_openapi_step(&to, token);
    }

    return *p == '\0' ? to : (lp_spot_t){ .value = NULL };
}


/*
 * The spot takes the place that it refers to, so an error names where the
 * mistake stands and not who refers to it.
 */
int
lp_spot_follow(lp_openapi_t *api, lp_spot_t *spot, lp_error_t *err)
{
    lp_spot_t to, ref;

    ref = lp_spot_member(spot, "$ref");

    if (ref.value == NULL) {
        return LP_OK;
    }

    if (!json_is_string(ref.value)) {
        return lp_spot_error(api, &ref, err, "allowed: a string");
    }

    to = lp_openapi_follow(api, spot, json_string_value(ref.value));

    if (to.value == NULL) {
        return lp_spot_error(
            api, &ref, err,
            "it leads nowhere; allowed: \"#/...\" in this "
            "document, \"FILE#/...\" in another of the contract");
    }

    *spot = to;

    return LP_OK;
}


int
lp_spot_resolve(lp_openapi_t *api, lp_spot_t *spot, lp_error_t *err)
{
    int       hops;
    lp_spot_t ref;

    for (hops = 0;; hops++) {
        ref = lp_spot_member(spot, "$ref");

        if (ref.value == NULL) {
            return LP_OK;
        }

        if (hops == LP_OPENAPI_HOPS) {
            return lp_spot_error(api, &ref, err,
                                 "references lead in a circle");
        }

        if (lp_spot_follow(api, spot, err) != LP_OK) {
            return LP_INVALID;
        }
    }
}
