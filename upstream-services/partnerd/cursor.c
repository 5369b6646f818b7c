/*
 * Makes and reads the opaque cursors of keyset pages.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"


#define PD_CURSOR_BYTES (PD_CURSOR_MAX / 4 * 3)


static const char pd_base64url[]
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";


/* No padding: the length says what is missing (RFC 4648, section 3.2). */
static size_t
pd_cursor_put(const char *data, size_t len, char *out)
{
    size_t   i, n;
    uint32_t bits;
    unsigned held;

    bits = 0;
    held = 0;
    n = 0;

    for (i = 0; i < len; i++) {
        bits = bits << 8 | (uint8_t) data[i];

        for (held += 8; held >= 6; held -= 6) {
            out[n++] = pd_base64url[bits >> (held - 6) & 0x3f];
        }
    }

    if (held > 0) {
        out[n++] = pd_base64url[bits << (6 - held) & 0x3f];
    }

    out[n] = '\0';

    return n;
}


/* Bits that are left over are dropped; what was encoded has them zero. */
static size_t
pd_cursor_take(const char *text, char out[PD_CURSOR_BYTES])
{
    size_t      n;
    uint32_t    bits;
    unsigned    held;
    const char *digit;

    bits = 0;
    held = 0;
    n = 0;

    for (; *text != '\0'; text++) {
        digit = strchr(pd_base64url, *text);
        if (digit == NULL) {
            return 0;
        }

        bits = bits << 6 | (uint32_t) (digit - pd_base64url);
        held += 6;

        if (held >= 8) {
            held -= 8;
            out[n++] = (char) (bits >> held & 0xff);
        }
    }

    return n;
}


/*
 * The list's name goes in front, so that a cursor of one list is none of
 * another's.
 */
size_t
pd_cursor_encode(const char *list, const char *keys,
                 char out[PD_CURSOR_MAX + 1])
{
    char   *text;
    size_t  len;
    json_t *array;

    array = json_loads(keys, JSON_REJECT_DUPLICATES, NULL);

    if (!json_is_array(array)
        || json_array_insert_new(array, 0, json_string(list)) != 0) {
        json_decref(array);
        return 0;
    }

    text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    len = text == NULL ? 0 : strlen(text);

    len = len > PD_CURSOR_BYTES ? 0 : pd_cursor_put(text, len, out);
    free(text);

    return len;
}


json_t *
pd_cursor_decode(const char *list, const char *text)
{
    char    data[PD_CURSOR_BYTES];
    size_t  len, i;
    json_t *array, *key;

    len = strlen(text) > PD_CURSOR_MAX ? 0 : pd_cursor_take(text, data);
    array = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);

    key = json_array_get(array, 0);
    if (!json_is_string(key) || strcmp(json_string_value(key), list) != 0) {
        json_decref(array);
        return NULL;
    }

    (void) json_array_remove(array, 0);

    json_array_foreach(array, i, key)
    {
        if (!json_is_string(key)) {
            json_decref(array);
            return NULL;
        }
    }

    return array;
}
