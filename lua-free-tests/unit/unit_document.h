/*
 * Random JSON documents, written token by token together with what a redactor
 * must make of them.
 */

#ifndef UNIT_DOCUMENT_H
#define UNIT_DOCUMENT_H


#include <stdio.h>

#include "unit.h"


#define UNIT_DOCUMENT_MAX 16384 /* bytes; far beyond what depth 5 gives */


/* Writes a document and what must come out of it, token by token. */
typedef struct {
    char     in[UNIT_DOCUMENT_MAX], expected[UNIT_DOCUMENT_MAX];
    size_t   in_len, expected_len;
    unsigned muted; /* within a value that is replaced */
    unsigned redactions;
    uint64_t seed;
} unit_document_t;


static inline void
unit_document_put(unit_document_t *w, const char *token)
{
    size_t len = strlen(token);

    memcpy(w->in + w->in_len, token, len);
    w->in_len += len;

    if (!w->muted) {
        memcpy(w->expected + w->expected_len, token, len);
        w->expected_len += len;
    }
}


static inline void
unit_document_put_space(unit_document_t *w)
{
    static const char *const spaces[]
        = { "",
            "",
            "",
            " ",
            "\n    ",
            "\t\r\n",
            "                                    " };

    unit_document_put(w, spaces[unit_below(&w->seed, UNIT_LEN(spaces))]);
}


static inline void
unit_document_put_string(unit_document_t *w, const char *plain)
{
    char     part[8];
    unsigned c;

    for (unit_document_put(w, "\""); *plain != '\0'; plain++) {
        c = (uint8_t) *plain;

        if (c < 0x80 && unit_below(&w->seed, 8) == 0) {
            (void) snprintf(part, sizeof(part),
                            unit_below(&w->seed, 2) ? "\\u%04x" : "\\u%04X",
                            c);

        } else if (c < 0x20 || c == '"' || c == '\\') {
            (void) snprintf(part, sizeof(part), "\\u%04x", c);

        } else {
            (void) snprintf(part, sizeof(part), "%c", (int) c);
        }

        unit_document_put(w, part);
    }

    unit_document_put(w, "\"");
}


static inline void
unit_document_put_scalar(unit_document_t *w)
{
    static const char *const scalars[]
        = { "0", "-12", "3.140", "1e3", "false", "true", "null" };
    static const char *const strings[]
        = { "", "email", "a\"b\\c\n", "0123456789abcdef0123456789abcdef",
            "J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x98\x80" };

    if (unit_below(&w->seed, 2)) {
        unit_document_put(w, scalars[unit_below(&w->seed, UNIT_LEN(scalars))]);

    } else {
        unit_document_put_string(
            w, strings[unit_below(&w->seed, UNIT_LEN(strings))]);
    }
}


static inline void unit_document_value(unit_document_t *w, unsigned depth);


static inline void
unit_document_put_replaced(unit_document_t *w, const char *replacement,
                           unsigned depth)
{
    unit_document_put_space(w);

    if (!w->muted) {
        w->redactions++;
        memcpy(w->expected + w->expected_len, replacement,
               strlen(replacement));
        w->expected_len += strlen(replacement);
    }

    w->muted++;
    unit_document_value(w, depth);
    w->muted--;
    unit_document_put_space(w);
}


static inline void
unit_document_put_member(unit_document_t *w, unsigned depth)
{
    size_t i;

    static const struct {
        const char *name, *replacement;
    } names[] = {
        { "email", "\"***\"" },
        { "EMail", "\"***\"" },
        { "phone", "null" },
        { "licenseplate", "\"***\"" },
        { "E", "null" },
        { "id", NULL },
        { "mail", NULL },
        { "emailAddress", NULL },
        { "a\"\\", NULL },
        { "", NULL },
        { "stra\xc3\x9f"
          "e",
          "\"***\"" },
        { "\xc3\xa9mail", NULL },
    };

    i = unit_below(&w->seed, UNIT_LEN(names));
    unit_document_put_space(w);
    unit_document_put_string(w, names[i].name);
    unit_document_put_space(w);
    unit_document_put(w, ":");

    if (names[i].replacement != NULL) {
        unit_document_put_replaced(w, names[i].replacement, depth);

    } else {
        unit_document_put_space(w);
        unit_document_value(w, depth);
        unit_document_put_space(w);
    }
}


static inline void
unit_document_value(unit_document_t *w, unsigned depth)
{
    int      object;
    unsigned n;

    if (depth == 0 || unit_below(&w->seed, 3) == 0) {
        unit_document_put_scalar(w);
        return;
    }

    object = (int) unit_below(&w->seed, 3);
    unit_document_put(w, object ? "{" : "[");

    for (n = (unsigned) unit_below(&w->seed, 4); n > 0; n--) {
        if (object) {
            unit_document_put_member(w, depth - 1);

        } else {
            unit_document_put_space(w);
            unit_document_value(w, depth - 1);
            unit_document_put_space(w);
        }

        unit_document_put(w, n > 1 ? "," : "");
    }

    unit_document_put(w, object ? "}" : "]");
}


#endif
