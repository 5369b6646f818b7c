/*
 * Reads a static key registry: all of it is checked, then all of it is told.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lp_document.h"
#include "lp_registry.h"


#define LP_REGISTRY_DIGEST   "sha256"
#define LP_REGISTRY_PEPPERED "hmacSha256"
#define LP_REGISTRY_PEPPER   "pepper"


typedef struct {
    uint8_t     digest[LP_DIGEST_LEN];
    const char *id;    /* of the document */
    size_t      index; /* in the file */
} lp_registry_key_t;

typedef struct {
    json_t             *entries; /* borrowed from the document */
    const lp_peppers_t *peppers; /* borrowed */
    size_t              n;
    lp_registry_key_t  *keys;   /* in the order of the file */
    lp_registry_key_t **sorted; /* by what must differ, then as in the file */
} lp_registry_t;


/*
 * A pointer names the entry by its number in the file; the entry itself may be
 * a key that was pasted in the wrong place.
 */
static int
lp_registry_refuse(lp_error_t *err, size_t index, const char *member,
                   const char *text)
{
    char pointer[64];

    (void) snprintf(pointer, sizeof(pointer), "/keys/%zu/%s", index, member);

    return lp_error(err, pointer, "%s", text);
}


/* Puts the place of the entry before the place within it. */
static int
lp_registry_locate(lp_error_t *err, size_t index)
{
    lp_error_t inner = *err;

    (void) snprintf(err->pointer, sizeof(err->pointer), "/keys/%zu%.96s",
                    index, inner.pointer);

    return LP_INVALID;
}


/*
 * Which of the two members has the digest; NULL: keys are not looked up by it
 * here, and this one would be refused for ever.
 */
static const char *
lp_registry_way(const lp_registry_t *r, size_t index, lp_error_t *err)
{
    int         peppered;
    json_t     *entry;
    const char *name;

    entry = json_array_get(r->entries, index);
    peppered = json_object_get(entry, LP_REGISTRY_PEPPERED) != NULL;
    name = peppered
               ? json_string_value(json_object_get(entry, LP_REGISTRY_PEPPER))
               : LP_PEPPER_PLAIN;

    if (name == NULL) {
        (void) lp_registry_refuse(err, index, LP_REGISTRY_PEPPER,
                                  "required: the name of the pepper, as text");
        return NULL;
    }

    if (!lp_peppers_have(r->peppers, name, strlen(name))) {
        (void) lp_registry_refuse(
            err, index, peppered ? LP_REGISTRY_PEPPER : LP_REGISTRY_DIGEST,
            peppered ? "names no pepper by which keys are looked up here"
                     : "keys are looked up with a pepper alone here; allowed: "
                       "\"" LP_REGISTRY_PEPPERED "\"");
        return NULL;
    }

    return peppered ? LP_REGISTRY_PEPPERED : LP_REGISTRY_DIGEST;
}


/*
 * Takes the digest out of the entry, which leaves a principal; what else was
 * said of a digest stays, and is then a member that no principal has.
 */
static int
lp_registry_read_digest(lp_registry_t *r, size_t index, lp_error_t *err)
{
    json_t            *entry, *value;
    const char        *way;
    lp_registry_key_t *key;

    entry = json_array_get(r->entries, index);
    key = &r->keys[index];
    key->index = index;
    r->sorted[index] = key;

    if (!json_is_object(entry)) {
        (void) lp_error(err, "", "allowed: an object");
        return lp_registry_locate(err, index);
    }

    way = lp_registry_way(r, index, err);

    if (way == NULL) {
        return LP_INVALID;
    }

    value = json_object_get(entry, way);

    if (!json_is_string(value)
        || lp_digest_from_hex(json_string_value(value),
                              json_string_length(value), key->digest)
               != LP_OK) {
        return lp_registry_refuse(err, index, way,
                                  "required: the digest of the key as 64 "
                                  "hexadecimal digits");
    }

    if (strcmp(way, LP_REGISTRY_PEPPERED) == 0) {
        (void) json_object_del(entry, LP_REGISTRY_PEPPER);
    }

    (void) json_object_del(entry, way);

    return LP_OK;
}


/* The id stays the document's: the principal is gone when it is compared. */
static int
lp_registry_read_principal(lp_registry_t *r, size_t index, lp_principal_t *p,
                           lp_error_t *err)
{
    if (lp_principal_from_json(p, json_array_get(r->entries, index), LP_STRICT,
                               err)
        != LP_OK) {
        return lp_registry_locate(err, index);
    }

    /* such a key would be an operator's that no database knows */

    if (strcmp(p->partner, LP_PLATFORM) == 0) {
        return lp_registry_refuse(err, index, "partnerId",
                                  "\"" LP_PLATFORM
                                  "\" is the operators', whose keys are "
                                  "made by partnerd operator-key");
    }

    r->keys[index].id = json_string_value(
        json_object_get(json_array_get(r->entries, index), "id"));

    return LP_OK;
}


/* The later of two alike is the one that is refused. */
static int
lp_registry_compare(const void *one, const void *two)
{
    int                      rc;
    const lp_registry_key_t *a = *(const lp_registry_key_t *const *) one;
    const lp_registry_key_t *b = *(const lp_registry_key_t *const *) two;

    rc = memcmp(a->digest, b->digest, LP_DIGEST_LEN);

    return rc != 0 ? rc : (a->index > b->index) - (a->index < b->index);
}


/* The same by ids; both orders are total, so one file has one error. */
static int
lp_registry_compare_ids(const void *one, const void *two)
{
    int                      rc;
    const lp_registry_key_t *a = *(const lp_registry_key_t *const *) one;
    const lp_registry_key_t *b = *(const lp_registry_key_t *const *) two;

    rc = strcmp(a->id, b->id);

    return rc != 0 ? rc : (a->index > b->index) - (a->index < b->index);
}


/* A limit's bucket in Redis has the name of the id. */
static int
lp_registry_check_ids(lp_registry_t *r, lp_error_t *err)
{
    char   text[64];
    size_t i;

    qsort(r->sorted, r->n, sizeof(*r->sorted), lp_registry_compare_ids);

    for (i = 1; i < r->n; i++) {
        if (strcmp(r->sorted[i - 1]->id, r->sorted[i]->id) == 0) {
            (void) snprintf(text, sizeof(text),
                            "the id of /keys/%zu too, once is allowed",
                            r->sorted[i - 1]->index);
            return lp_registry_refuse(err, r->sorted[i]->index, "id", text);
        }
    }

    return LP_OK;
}


/* Neighbours after sorting: a file of 16 MiB holds some 100,000 keys. */
static int
lp_registry_check_unique(lp_registry_t *r, lp_error_t *err)
{
    char   text[64];
    size_t i;

    qsort(r->sorted, r->n, sizeof(*r->sorted), lp_registry_compare);

    for (i = 1; i < r->n; i++) {
        if (memcmp(r->sorted[i - 1]->digest, r->sorted[i]->digest,
                   LP_DIGEST_LEN)
            == 0) {
            (void) snprintf(text, sizeof(text),
                            "the same key as /keys/%zu, once is allowed",
                            r->sorted[i - 1]->index);
            return lp_registry_refuse(err, r->sorted[i]->index,
                                      LP_REGISTRY_DIGEST, text);
        }
    }

    return LP_OK;
}


/* Principals are read twice rather than kept: each is 1.3 KB in memory. */
static int
lp_registry_check(lp_registry_t *r, lp_error_t *err)
{
    size_t         i;
    lp_principal_t p;

    for (i = 0; i < r->n; i++) {
        if (lp_registry_read_digest(r, i, err) != LP_OK
            || lp_registry_read_principal(r, i, &p, err) != LP_OK) {
            return LP_INVALID;
        }

        lp_principal_free(&p);
    }

    return lp_registry_check_unique(r, err) == LP_OK
               ? lp_registry_check_ids(r, err)
               : LP_INVALID;
}


/*
 * Nothing was told before all was found right, so a reload is whole or not at
 * all.
 */
static int
lp_registry_tell(lp_registry_t *r, lp_registry_entry_pt entry, void *ctx,
                 lp_error_t *err)
{
    int            rc;
    size_t         i;
    lp_principal_t p;

    for (i = 0; i < r->n; i++) {
        if (lp_registry_read_principal(r, i, &p, err) != LP_OK) {
            return LP_INVALID;
        }

        rc = entry(ctx, r->keys[i].digest, &p);
        lp_principal_free(&p);

        if (rc != LP_OK) {
            return rc;
        }
    }

    return LP_OK;
}


static int
lp_registry_open(lp_registry_t *r, json_t *root, lp_error_t *err)
{
    json_t     *value;
    const char *name;

    json_object_foreach(root, name, value)
    {
        if (strcmp(name, "keys") != 0) {
            return lp_document_unknown(err, name, "keys");
        }
    }

    r->entries = json_object_get(root, "keys");

    if (!json_is_array(r->entries)) {
        return lp_error(err, json_is_object(root) ? "/keys" : "",
                        "required: {\"keys\": [...]}");
    }

    r->n = json_array_size(r->entries);

    /* One more, so that an empty registry is not taken for lack of memory. */
    r->keys = calloc(r->n + 1, sizeof(*r->keys));
    r->sorted = calloc(r->n + 1, sizeof(*r->sorted));

    return r->keys != NULL && r->sorted != NULL
               ? LP_OK
               : lp_error(err, "", "out of memory");
}


int
lp_registry_parse(const char *text, size_t len, const lp_peppers_t *peppers,
                  lp_registry_entry_pt entry, void *ctx, lp_error_t *err)
{
    int           rc;
    json_t       *root;
    lp_registry_t r = { .peppers = peppers };

    root = lp_document_load(text, len, LP_REGISTRY_MAX, err);

    if (root == NULL) {
        return LP_INVALID;
    }

    rc = lp_registry_open(&r, root, err);

    if (rc == LP_OK) {
        rc = lp_registry_check(&r, err);
    }

    if (rc == LP_OK) {
        rc = lp_registry_tell(&r, entry, ctx, err);
    }

    free(r.keys);
    free(r.sorted);
    json_decref(root);

    return rc;
}
