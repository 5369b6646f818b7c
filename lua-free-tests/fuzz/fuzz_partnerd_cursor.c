/*
 * Any text as a cursor, and any text as the keys that one is made of: what is
 * read as a cursor is strings, and comes back the same from one that is made
 * of them.
 */

#include "cursor.h"
#include "fuzz_partnerd.h"


#define LIST "partners.list"


/* `keys` as a cursor and back. */
static void
check_round(const json_t *keys)
{
    char    cursor[PD_CURSOR_MAX + 1];
    char   *text;
    size_t  len;
    json_t *again;

    text = json_dumps(keys, JSON_COMPACT);
    FUZZ_CHECK(text != NULL);
    len = pd_cursor_encode(LIST, text, cursor);
    FUZZ_CHECK(len > 0 && len <= PD_CURSOR_MAX && strlen(cursor) == len);

    again = pd_cursor_decode(LIST, cursor);
    FUZZ_CHECK(again != NULL && json_equal(keys, again));
    FUZZ_CHECK(pd_cursor_decode("keys.list", cursor) == NULL);

    json_decref(again);
    free(text);
}


static void
check_strings(const json_t *keys)
{
    size_t  i;
    json_t *key;

    json_array_foreach(keys, i, key)
    {
        FUZZ_CHECK(json_is_string(key));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char    cursor[PD_CURSOR_MAX + 1];
    char   *text;
    json_t *keys;

    text = fuzz_until(&data, &len, '\0');

    keys = pd_cursor_decode(LIST, text);

    if (keys != NULL) {
        check_strings(keys);
        check_round(keys);
        json_decref(keys);
    }

    if (pd_cursor_encode(LIST, text, cursor) > 0) {
        keys = pd_cursor_decode(LIST, cursor);

        if (keys != NULL) {
            check_round(keys);
        }

        json_decref(keys);
    }

    free(text);

    return 0;
}
