/*
 * Seals and opens personal data.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "format.h"
#include "log.h"
#include "lp_hex.h"
#include "lp_json_text.h"
#include "lp_scan.h"
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
    char    *text;
    size_t   len, digits;
    json_t  *sealed;
    uint8_t *box;

    len = json_string_length(value);
    digits = 2 * (PD_BOX_HEAD + len);
    text = malloc(PD_SEALED_HEAD + digits + 1 + PD_BOX_HEAD + len);
    if (text == NULL) {
        return NULL;
    }

    memcpy(text, PD_SEALED, PD_SEALED_LEN);
    memcpy(text + PD_SEALED_LEN, id, PD_SUBJECT_LEN);
    text[PD_SEALED_HEAD - 1] = ':';
    box = (uint8_t *) text + PD_SEALED_HEAD + digits + 1;

    sealed
        = pd_box_seal(key, id, json_string_value(value), len, box) == 0
                  && OPENSSL_buf2hexstr_ex(text + PD_SEALED_HEAD, digits + 1,
                                           NULL, box, PD_BOX_HEAD + len, '\0')
                         == 1
              ? json_stringn_nocheck(text, PD_SEALED_HEAD + digits)
              : NULL;

    free(text);

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
    struct evbuffer     *out;
    const char          *rest; /* of the text, not in `out` yet */
} pd_opening_t;


static pd_subject_t
pd_opening_key(pd_opening_t *o, const char *id)
{
    if (memcmp(o->of.id, id, PD_SUBJECT_LEN) != 0) {
        memcpy(o->of.id, id, PD_SUBJECT_LEN);
        o->state = pd_subject_key(o->subjects, o->of.id, o->of.key);
    }

    return o->state;
}


static int
pd_opening_digits(const char *hex, size_t digits, uint8_t *box)
{
    int    high, low;
    size_t i;

    for (i = 0; i < digits / 2; i++) {
        high = lp_hex_digit(hex[2 * i]);
        low = lp_hex_digit(hex[2 * i + 1]);

        if (high < 0 || low < 0) {
            return -1;
        }

        box[i] = (uint8_t) (high << 4 | low);
    }

    return digits % 2 == 0 ? 0 : -1;
}


/* -1: it is not what was sealed. */
static int
pd_opening_box(const pd_opening_t *o, const char *hex, size_t digits)
{
    int      rc;
    size_t   len, n;
    uint8_t *box, *plain, *text;

    len = digits / 2;
    box = malloc(len + 6 * len + 2); /* behind it: what it holds, as JSON */

    if (box == NULL || pd_opening_digits(hex, digits, box) != 0
        || pd_box_open(o->of.key, o->of.id, box, len, box + PD_BOX_HEAD)
               != 0) {
        pd_log(PD_ERROR, "subject_key", "subject", o->of.id, "detail",
               "does not open what it sealed", NULL);
        free(box);
        return -1;
    }

    plain = box + PD_BOX_HEAD;
    text = box + len;
    n = lp_text_escape(plain, len - PD_BOX_HEAD, text + 1);
    text[0] = '"';
    text[n + 1] = '"';
    rc = evbuffer_add(o->out, text, n + 2);
    free(box);

    return rc;
}


/* The subject becomes part of a path: nothing but a UUID may. */
static int
pd_opening_sealed(const char *text, size_t len)
{
    return len >= PD_SEALED_HEAD && memcmp(text, PD_SEALED, PD_SEALED_LEN) == 0
           && pd_format_find("uuid")->matches(text + PD_SEALED_LEN,
                                              PD_SUBJECT_LEN)
           && text[PD_SEALED_HEAD - 1] == ':';
}


/* From the quote that begins it to behind the one that ends it. */
static int
pd_opening_string(pd_opening_t *o, const char *from, const char *to)
{
    size_t      len;
    const char *text;

    text = from + 1;
    len = (size_t) (to - from) - 2;

    if (!pd_opening_sealed(text, len)) {
        return 0;
    }

    if (evbuffer_add(o->out, o->rest, (size_t) (from - o->rest)) != 0) {
        return -1;
    }

    o->rest = to;

    switch (pd_opening_key(o, text + PD_SEALED_LEN)) {
    case PD_SUBJECT_KNOWN:
        return pd_opening_box(o, text + PD_SEALED_HEAD, len - PD_SEALED_HEAD);
    case PD_SUBJECT_GONE:
        return evbuffer_add(o->out, "null", 4);
    default:
        return -1;
    }
}


/* Where a string ends that begins here, or NULL: at a quote that no odd number
 * of backslashes stands before. */
static const char *
pd_opening_quoted(const char *p)
{
    const char *end, *escapes;

    if (*p != '"') {
        return NULL;
    }

    for (end = strchr(p + 1, '"'); end != NULL; end = strchr(end + 1, '"')) {
        for (escapes = end; escapes[-1] == '\\'; escapes--) {
        }

        if ((end - escapes) % 2 == 0) {
            return end + 1;
        }
    }

    return NULL;
}


static const char *
pd_opening_blanks(const char *p)
{
    while (lp_scan_is_space((uint8_t) *p)) {
        p++;
    }

    return p;
}


/* Where the member's value begins, or NULL; `schema` becomes the value's. */
static const char *
pd_opening_name(const pd_schema_t **schema, const char *p)
{
    const char        *name;
    const pd_member_t *member;

    name = p + 1;
    p = pd_opening_quoted(p);
    if (p == NULL) {
        return NULL;
    }

    member = *schema == NULL
                 ? NULL
                 : pd_schema_named(*schema, name, (size_t) (p - name) - 1);
    *schema = member == NULL ? NULL : member->schema;
    p = pd_opening_blanks(p);

    return *p == ':' ? pd_opening_blanks(p + 1) : NULL;
}


static const char *pd_opening_walk(pd_opening_t *o, const pd_schema_t *schema,
                                   unsigned marked, const char *p);


static const char *
pd_opening_inside(pd_opening_t *o, const pd_schema_t *schema, unsigned marked,
                  const char *p)
{
    char               end;
    const pd_schema_t *below;

    end = *p == '{' ? '}' : ']';
    p = pd_opening_blanks(p + 1);

    while (p != NULL && *p != end) {
        below = schema;

        if (end == '}') {
            p = pd_opening_name(&below, p);
        } else {
            below = schema == NULL ? NULL : schema->items;
        }

        p = p == NULL ? NULL : pd_opening_walk(o, below, marked, p);
        p = p == NULL ? NULL : pd_opening_blanks(p);

        if (p != NULL && *p != end) {
            p = *p == ',' ? pd_opening_blanks(p + 1) : NULL;
        }
    }

    return p == NULL ? NULL : p + 1;
}


/* From a value to behind it, or NULL.  What is sealed elsewhere stays so: a
 * caller's text is not opened for it.  `schema` is NULL where the contract says
 * no more. */
static const char *
pd_opening_walk(pd_opening_t *o, const pd_schema_t *schema, unsigned marked,
                const char *p)
{
    const char *end;

    marked = marked || (schema != NULL && schema->personal);

    switch (*p) {
    case '{':
    case '[':
        return pd_opening_inside(o, schema, marked, p);
    case '"':
        end = pd_opening_quoted(p);
        return end == NULL || !marked || pd_opening_string(o, p, end) == 0
                   ? end
                   : NULL;
    default:
        return p + strcspn(p, ",]} \t\r\n");
    }
}


int
pd_personal_open(const pd_subjects_t *s, const pd_schema_t *schema,
                 const char *text, const pd_person_t *known,
                 struct evbuffer *out)
{
    int          rc;
    pd_opening_t o = {
        .subjects = s,
        .of = *known,
        .state = PD_SUBJECT_KNOWN,
        .out = out,
        .rest = text,
    };

    rc = pd_opening_walk(&o, schema, 0, pd_opening_blanks(text)) != NULL
             ? evbuffer_add(out, o.rest, strlen(o.rest))
             : -1;

    OPENSSL_cleanse(&o, sizeof(o));

    return rc;
}
