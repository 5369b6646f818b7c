/*
 * Makes and reads the opaque cursors of keyset pages.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "lp_base64url.h"
#include "lp_error.h"


/*
 * The name of the list is sealed by nothing: it stops mistakes, not attacks.
 * A forged cursor shows no more than its caller may see, since row-level
 * security stands behind each list.
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

    len = LP_BASE64URL_LEN(len) > PD_CURSOR_MAX
              ? 0
              : lp_base64url_encode(text, len, out);
    out[len] = '\0';
    free(text);

    return len;
}


/*
 * Strings alone come back: statements cast their keys, and a number of another
 * shape would fail there as an error of ours.
 */
json_t *
pd_cursor_decode(const char *list, const char *text)
{
    size_t  len, i;
    uint8_t data[LP_BASE64URL_BYTES(PD_CURSOR_MAX)];
    json_t *array, *key;

    len = strlen(text);

    if (len > PD_CURSOR_MAX
        || lp_base64url_decode(text, len, data, &len) != LP_OK) {
        return NULL;
    }

    array = json_loadb((char *) data, len, JSON_REJECT_DUPLICATES, NULL);

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
