/*
 * Merges the OpenAPI documents of the contract folder into one.
 */

#include <string.h>

#include "document.h"
#include "extension.h"
#include "file.h"


#define PD_COMMON "common.json" /* its info is the merged document's */
#define PD_ERRORS "errors.json" /* the catalogue, no OpenAPI */

/* By their titles, in the order in which readers meet them. */
static const char *const pd_document_resources[]
    = { "Partners",
        "Applications",
        "API keys",
        "Clients of other issuers",
        "Revocations of tokens",
        "Usage",
        "Service levels",
        "The audit trail",
        "Erasures of data subjects",
        "The platform itself" };

#define PD_RESOURCES                                                          \
    (sizeof(pd_document_resources) / sizeof(pd_document_resources[0]))


/* Objects are shared, not copied: the merged document keeps them alive. */
static int
pd_document_merge(json_t *into, const json_t *from, const char *file,
                  lp_error_t *err)
{
    void       *iter;
    const char *name;

    for (iter = json_object_iter((json_t *) from); iter != NULL;
         iter = json_object_iter_next((json_t *) from, iter)) {
        name = json_object_iter_key(iter);

        /*
         * Whatever both say of it: one of the two would be passed over, and
         * which one would hang on the names of the files.
         */
        if (json_object_get(into, name) != NULL) {
            return lp_error(err, "", "%s: %s is declared elsewhere too", file,
                            name);
        }

        if (json_object_set(into, name, json_object_iter_value(iter)) != 0) {
            return lp_error(err, "", "%s: no memory", file);
        }
    }

    return LP_OK;
}


/* "partners.json#/components/..." becomes "#/components/...". */
static void
pd_document_localise(json_t *value)
{
    void       *iter;
    size_t      i;
    json_t     *item;
    const char *ref;

    if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            pd_document_localise(item);
        }
        return;
    }

    ref = json_string_value(json_object_get(value, "$ref"));

    if (ref != NULL && ref[0] != '#' && strchr(ref, '#') != NULL) {
        (void) json_object_set_new(value, "$ref",
                                   json_string(strchr(ref, '#')));
    }

    for (iter = json_object_iter(value); iter != NULL;
         iter = json_object_iter_next(value, iter)) {
        pd_document_localise(json_object_iter_value(iter));
    }
}


/* For readers, each document is a tag: its title and version. */
static int
pd_document_tag(json_t *document, const json_t *one, const char *file,
                lp_error_t *err)
{
    json_t     *tag, *path, *operation;
    const char *name, *method;

    tag = json_sprintf("%s %s",
                       json_string_value(json_object_get(
                           json_object_get(one, "info"), "title")),
                       json_string_value(json_object_get(
                           json_object_get(one, "info"), "version")));

    if (tag == NULL
        || json_array_append_new(json_object_get(document, "tags"),
                                 json_pack("{s:O}", "name", tag))
               != 0) {
        json_decref(tag);
        return lp_error(err, "", "%s: no memory", file);
    }

    json_object_foreach(json_object_get(one, "paths"), name, path)
    {
        json_object_foreach(path, method, operation)
        {
            if (json_is_object(operation)) {
                (void) json_object_set_new(operation, "tags",
                                           json_pack("[O]", tag));
            }
        }
    }

    json_decref(tag);

    return LP_OK;
}


/* Behind the title stands the version; PD_RESOURCES: another resource. */
static size_t
pd_document_rank(const json_t *tag)
{
    size_t      i, len;
    const char *name;

    name = json_string_value(json_object_get(tag, "name"));
    len = strrchr(name, ' ') == NULL ? 0
                                     : (size_t) (strrchr(name, ' ') - name);

    for (i = 0; i < PD_RESOURCES; i++) {
        if (strlen(pd_document_resources[i]) == len
            && memcmp(pd_document_resources[i], name, len) == 0) {
            break;
        }
    }

    return i;
}


/* Tags came in the order of the files' names. */
static int
pd_document_order(json_t *document, lp_error_t *err)
{
    size_t  rank, i;
    json_t *tag, *tags, *ordered;

    tags = json_object_get(document, "tags");
    ordered = json_array();

    for (rank = 0; rank <= PD_RESOURCES; rank++) {
        json_array_foreach(tags, i, tag)
        {
            if (pd_document_rank(tag) == rank) {
                (void) json_array_append(ordered, tag);
            }
        }
    }

    if (json_array_size(ordered) != json_array_size(tags)
        || json_object_set(document, "tags", ordered) != 0) {
        json_decref(ordered);
        return lp_error(err, "", "no memory");
    }

    json_decref(ordered);

    return LP_OK;
}


/* Sections of components: schemas, parameters, responses and so on. */
static int
pd_document_add(json_t *document, const char *path, lp_error_t *err)
{
    int         rc;
    json_t     *one, *section, *components;
    const char *file, *name;

    one = pd_file_json(path, err);
    if (one == NULL) {
        return LP_INVALID;
    }

    file = pd_file_name(path);
    components = json_object_get(document, "components");

    if (strcmp(file, PD_COMMON) == 0) {
        (void) json_object_set(document, "info", json_object_get(one, "info"));
    }

    rc = pd_extensions_check(one, file, err);

    if (rc == LP_OK && json_object_size(json_object_get(one, "paths")) > 0) {
        rc = pd_document_tag(document, one, file, err);
    }

    if (rc == LP_OK) {
        rc = pd_document_merge(json_object_get(document, "paths"),
                               json_object_get(one, "paths"), file, err);
    }

    json_object_foreach(json_object_get(one, "components"), name, section)
    {
        if (rc == LP_OK && json_object_get(components, name) == NULL) {
            (void) json_object_set_new(components, name, json_object());
        }

        if (rc == LP_OK) {
            rc = pd_document_merge(json_object_get(components, name), section,
                                   file, err);
        }
    }

    json_decref(one);

    return rc;
}


json_t *
pd_document_load(const char *dir, lp_error_t *err)
{
    int        rc;
    size_t     i;
    json_t    *document;
    pd_files_t files;

    document = json_pack("{s:s, s:{}, s:[], s:{}, s:{}}", "openapi", "3.1.0",
                         "info", "tags", "paths", "components");
    if (document == NULL) {
        (void) lp_error(err, "", "no memory");
        return NULL;
    }

    rc = pd_files_list(&files, dir, ".json", err);

    for (i = 0; rc == LP_OK && i < files.n; i++) {
        if (strcmp(pd_file_name(files.paths[i]), PD_ERRORS) != 0) {
            rc = pd_document_add(document, files.paths[i], err);
        }
    }

    pd_files_free(&files);

    if (rc == LP_OK) {
        rc = pd_document_order(document, err);
    }

    if (rc != LP_OK) {
        json_decref(document);
        return NULL;
    }

    pd_document_localise(document);

    return document;
}


/* Resources are merged into one document, so the file part means nothing. */
const json_t *
pd_document_resolve(const json_t *root, const json_t *value)
{
    char        name[64];
    size_t      len;
    const char *ref;

    ref = json_string_value(json_object_get(value, "$ref"));
    if (ref == NULL) {
        return value;
    }

    ref = strchr(ref, '#');

    for (value = root; ref != NULL && ref[1] != '\0' && value != NULL;) {
        ref += 2;
        len = strcspn(ref, "/");

        if (ref[-1] != '/' || len >= sizeof(name)) {
            return NULL;
        }

        memcpy(name, ref, len);
        name[len] = '\0';
        value = json_object_get(value, name);
        ref += len - 1;
    }

    return value;
}
