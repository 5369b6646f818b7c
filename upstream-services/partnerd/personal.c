/*
 * Seals and opens personal data.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "format.h"
#include "log.h"
#include "personal.h"


#define PD_SEALED      "sealed:"
#define PD_SEALED_LEN  (sizeof(PD_SEALED) - 1)
#define PD_SEALED_HEAD (PD_SEALED_LEN + PD_SUBJECT_LEN + 1)


/* ---- sealing ---- */

/* In hexadecimal, which JSON, SQL and a constraint on it read without escapes;
 * members are some hundred bytes at most. */
static json_t *
pd_personal_sealed(const json_t *value, const char *id, const uint8_t *key)
{
    char    *hex;
    size_t   len;
    json_t  *sealed;
    uint8_t *box;

    len = json_string_length(value);
    box = malloc(PD_BOX_HEAD + len);
    hex = malloc(2 * (PD_BOX_HEAD + len) + 1);

    sealed
        = box != NULL && hex != NULL
                  && pd_box_seal(key, id, json_string_value(value), len, box)
                         == 0
                  && OPENSSL_buf2hexstr_ex(hex, 2 * (PD_BOX_HEAD + len) + 1,
                                           NULL, box, PD_BOX_HEAD + len, '\0')
                         == 1
              ? json_sprintf(PD_SEALED "%s:%s", id, hex)
              : NULL;

    free(hex);
    free(box);

    return sealed;
}


int
pd_personal_seal(const pd_schema_t *schema, json_t *body, const char *id,
                 const uint8_t key[PD_BOX_KEY])
{
    size_t        i;
    const char   *name;
    const json_t *value;

    for (i = 0; i < schema->nmembers; i++) {
        name = schema->members[i].name;
        value = json_object_get(body, name);

        if (schema->members[i].schema->personal && json_is_string(value)
            && json_object_set_new(body, name,
                                   pd_personal_sealed(value, id, key))
                   != 0) {
            return -1;
        }
    }

    return 0;
}


/* ---- opening ---- */

/* The last subject's key: what a person has stands side by side. */
typedef struct {
    const pd_subjects_t *subjects;
    pd_person_t          of;
    pd_subject_t         state; /* of its key */
} pd_opening_t;


static pd_subject_t
pd_opening_key(pd_opening_t *o, const char *text)
{
    if (strncmp(o->of.id, text + PD_SEALED_LEN, PD_SUBJECT_LEN) != 0) {
        memcpy(o->of.id, text + PD_SEALED_LEN, PD_SUBJECT_LEN);
        o->state = pd_subject_key(o->subjects, o->of.id, o->of.key);
    }

    return o->state;
}


/* NULL: it is not what was sealed. */
static json_t *
pd_opening_box(const pd_opening_t *o, const char *hex)
{
    long     len;
    json_t  *plain;
    uint8_t *box, *data;

    box = OPENSSL_hexstr2buf(hex, &len);
    data = box != NULL && len >= PD_BOX_HEAD ? malloc((size_t) len) : NULL;
    plain
        = data != NULL
                  && pd_box_open(o->of.key, o->of.id, box, (size_t) len, data)
                         == 0
              ? json_stringn((const char *) data, (size_t) len - PD_BOX_HEAD)
              : NULL;

    free(data);
    OPENSSL_free(box);

    if (plain == NULL) {
        pd_log(PD_ERROR, "subject_key", "subject", o->of.id, "detail",
               "does not open what it sealed", NULL);
    }

    return plain;
}


/* The subject becomes part of a path: nothing but a UUID may. */
static int
pd_opening_sealed(const char *text)
{
    return strncmp(text, PD_SEALED, PD_SEALED_LEN) == 0
           && strlen(text) >= PD_SEALED_HEAD
           && pd_format_find("uuid")->matches(text + PD_SEALED_LEN,
                                              PD_SUBJECT_LEN)
           && text[PD_SEALED_HEAD - 1] == ':';
}


/* A new reference; `value` itself where it is not sealed. */
static json_t *
pd_opening_value(pd_opening_t *o, json_t *value)
{
    const char *text;

    text = json_string_value(value);

    if (text == NULL || !pd_opening_sealed(text)) {
        return json_incref(value);
    }

    switch (pd_opening_key(o, text)) {
    case PD_SUBJECT_KNOWN:
        return pd_opening_box(o, text + PD_SEALED_HEAD);
    case PD_SUBJECT_GONE:
        return json_null();
    default:
        return NULL;
    }
}


static int pd_opening_walk(pd_opening_t *o, const pd_schema_t *schema,
                           unsigned marked, json_t *json);


/* What is sealed elsewhere stays so: a caller's text is not opened for it. */
static json_t *
pd_opening_member(pd_opening_t *o, const pd_schema_t *schema, unsigned marked,
                  json_t *value)
{
    json_t *opened;

    marked = marked || (schema != NULL && schema->personal);
    opened = marked ? pd_opening_value(o, value) : json_incref(value);

    if (opened != NULL && pd_opening_walk(o, schema, marked, opened) != 0) {
        json_decref(opened);
        return NULL;
    }

    return opened;
}


/* `schema` is NULL where the contract says no more. */
static int
pd_opening_walk(pd_opening_t *o, const pd_schema_t *schema, unsigned marked,
                json_t *json)
{
    size_t             i;
    json_t            *value;
    const char        *name;
    const pd_schema_t *below;
    const pd_member_t *member;

    below = schema == NULL ? NULL : schema->items;

    for (i = 0; i < json_array_size(json); i++) {
        value = pd_opening_member(o, below, marked, json_array_get(json, i));

        if (value == NULL || json_array_set_new(json, i, value) != 0) {
            return -1;
        }
    }

    json_object_foreach(json, name, value)
    {
        member = schema == NULL ? NULL : pd_schema_member(schema, name);
        below = member == NULL ? NULL : member->schema;
        value = pd_opening_member(o, below, marked, value);

        /* The name is there already: the iteration goes on behind it. */
        if (value == NULL || json_object_set_new(json, name, value) != 0) {
            return -1;
        }
    }

    return 0;
}


char *
pd_personal_open(const pd_subjects_t *s, const pd_schema_t *schema,
                 const char *text, const pd_person_t *known)
{
    char        *out;
    json_t      *json;
    pd_opening_t o
        = { .subjects = s, .of = *known, .state = PD_SUBJECT_KNOWN };

    json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    out = json != NULL
                  && pd_opening_walk(&o, schema, schema->personal, json) == 0
              ? json_dumps(json, JSON_COMPACT)
              : NULL;

    OPENSSL_cleanse(&o, sizeof(o));
    json_decref(json);

    return out;
}
