/*
 * Redacts documents that have one way down, and says how much is left to see of
 * the value at its end.
 */

#ifndef UNIT_WAY_H
#define UNIT_WAY_H


#include <jansson.h>
#include <stdio.h>

#include "unit_redact.h"


#define UNIT_WAY_STEPS 8

/* A way down into a document: names, or '0' and '1' for elements. */
typedef struct {
    size_t n;
    char   steps[UNIT_WAY_STEPS];
} unit_way_t;

static inline int
unit_way_is_element(char step)
{
    return step == '0' || step == '1';
}


/* The document that has the way alone; `leaf` "": not its last value. */
static inline void
unit_way_text(const unit_way_t *way, size_t n, const char *leaf, char *text)
{
    size_t i, len = 0;

    for (i = 0; i < n; i++) {
        if (unit_way_is_element(way->steps[i])) {
            len += (size_t) sprintf(text + len, "[%s",
                                    way->steps[i] == '0' ? "" : "0");
            len += (size_t) sprintf(
                text + len, "%s",
                way->steps[i] == '1' && (i + 1 < n || *leaf != '\0') ? ","
                                                                     : "");
        } else if (i + 1 < n || *leaf != '\0') {
            len += (size_t) sprintf(text + len, "{\"%c\":", way->steps[i]);
        } else {
            len += (size_t) sprintf(text + len, "{");
        }
    }

    len += (size_t) sprintf(text + len, "%s", leaf);

    while (i-- > 0) {
        text[len++] = unit_way_is_element(way->steps[i]) ? ']' : '}';
    }

    text[len] = '\0';
}


static inline json_t *
unit_way_redacted(const lp_redact_profile_t *profile, lp_partner_keys_t *keys,
                  const unit_way_t *way, size_t n, const char *leaf)
{
    char    text[256];
    json_t *json;

    static lp_redact_t   r;
    static unit_redact_t out;

    unit_way_text(way, n, leaf, text);
    out.len = 0;
    assert_int_equal(lp_redact_text(&r, profile, keys, text, strlen(text),
                                    unit_redact_emit, &out),
                     LP_OK);
    json = json_loadb((char *) out.text, out.len, JSON_DECODE_ANY, NULL);
    assert_non_null(json);

    return json;
}


/* Its child on the way, or NULL; an element is last, if it is there at all. */
static inline json_t *
unit_way_child(json_t *json, char step, size_t others)
{
    char   name[2] = { step, '\0' };
    size_t n = json_array_size(json);

    if (!unit_way_is_element(step)) {
        return json_object_get(json, name);
    }

    return n > others ? json_array_get(json, n - 1) : NULL;
}


/* How many elements stand before the value that the way has at level i. */
static inline size_t
unit_way_others(const lp_redact_profile_t *profile, lp_partner_keys_t *keys,
                const unit_way_t *way, size_t i)
{
    size_t  k, n;
    json_t *root, *json;

    root = json = unit_way_redacted(profile, keys, way, i + 1, "");

    for (k = 0; k < i; k++) {
        json = unit_way_child(json, way->steps[k], 0);
    }

    n = json_array_size(json);
    json_decref(root);

    return n;
}


/*
 * How much of the text is shown, by lp_redact_order.h, and by characters where
 * some are kept; 0: nothing.
 */
static inline int
unit_way_shown(json_t *json, const char *leaf, int whole)
{
    const char *text = json_string_value(json), *stars;

    if (text == NULL) {
        return whole ? 1 : 0;
    }

    stars = strstr(text, "***");

    if (stars != NULL) {
        return whole ? 10 + (int) strlen(text) - 3 : 0;
    }

    if (strncmp(text, "h:", 2) == 0) {
        return 100;
    }

    if (strncmp(text, "e:", 2) == 0) {
        return 200;
    }

    assert_memory_equal(text, leaf + 1, strlen(text));

    return 300;
}


static inline int
unit_way_shows(const lp_redact_profile_t *profile, const unit_way_t *way,
               lp_partner_keys_t *keys, const char *leaf)
{
    int     found;
    size_t  i, others;
    json_t *root, *json;

    root = json = unit_way_redacted(profile, keys, way, way->n, leaf);

    for (i = 0; i < way->n; i++) {
        others = way->steps[i] == '1' ? unit_way_others(profile, keys, way, i)
                                      : 0;
        json = unit_way_child(json, way->steps[i], others);

        if (json == NULL || !json_is_object(json) & !json_is_array(json)) {
            break;
        }
    }

    found = json == NULL ? 0 : unit_way_shown(json, leaf, i + 1 >= way->n);
    found = found == 10 ? 1 : found; /* no character is kept: as null */
    json_decref(root);

    return found;
}


#endif
