/*
 * Any bytes to the JSON scanner: the same verdict in one piece, in pieces of
 * each small size, and from jansson where both know the rule.
 */

#include <jansson.h>

#include "fuzz.h"
#include "lp_json.h"


static int
valid_in_pieces(const uint8_t *data, size_t len, size_t piece,
                const lp_json_filter_t *filter)
{
    size_t          n;
    lp_json_t       j;
    const uint8_t  *p, *end;
    lp_json_event_t event;

    lp_json_init(&j, filter);

    for (p = data; len > 0; len -= n) {
        n = piece < len ? piece : len;
        end = p + n;

        do {
            event = lp_json_next(&j, &p, end);

            if (event == LP_JSON_NAME && j.text_ends) {
                if (j.text_len > 3) {
                    lp_json_watch(&j);

                } else {
                    lp_json_decline(&j);
                }
            }
        } while (event != LP_JSON_MORE && event != LP_JSON_ERROR);

        if (event == LP_JSON_ERROR) {
            FUZZ_CHECK(lp_json_next(&j, &end, end) == LP_JSON_ERROR);
            FUZZ_CHECK(!lp_json_finish(&j));
            return 0;
        }

        FUZZ_CHECK(p == end);
    }

    return lp_json_finish(&j);
}


/* What each of the two has a ceiling or a hole for, told by the bytes alone. */
typedef struct {
    size_t depth;     /* most arrays and objects that are open */
    size_t number;    /* longest run of a number's characters */
    int    zero;      /* a zero byte stands behind such a run */
    int    surrogate; /* an escape in a string is half of a character */
} extent_t;


/* Counts brackets and numbers outside of strings, escapes inside. */
static extent_t
extent(const uint8_t *data, size_t len)
{
    int      in_string = 0;
    size_t   i, depth = 0, number = 0;
    extent_t e = { 0, 0, 0, 0 };

    for (i = 0; i < len; i++) {
        if (in_string) {
            in_string = data[i] != '"';

            if (data[i] == '\\') {
                i++;
                e.surrogate |= len - i > 2 && data[i] == 'u'
                               && (data[i + 1] | 0x20) == 'd'
                               && data[i + 2] >= '8';
            }

            continue;
        }

        in_string = data[i] == '"';
        depth += data[i] == '[' || data[i] == '{';
        depth -= depth > 0 && (data[i] == ']' || data[i] == '}');
        e.depth = depth > e.depth ? depth : e.depth;
        e.zero |= data[i] == '\0' && number > 0;
        number = data[i] != '\0' && strchr("0123456789+-.eE", data[i]) != NULL
                     ? number + 1
                     : 0;
        e.number = number > e.number ? number : e.number;
    }

    return e;
}


/*
 * jansson nests deeper, has no ceiling for digits and loses a zero byte behind
 * a number; it refuses numbers that no double holds, a zero in a name, and
 * escapes of half a character, all of which the grammar has (RFC 8259, sections
 * 6, 7 and 8.2).
 */
static void
compare(const uint8_t *data, size_t len, int valid)
{
    int          code;
    json_t      *root;
    extent_t     e = extent(data, len);
    json_error_t error;

    root = json_loadb((const char *) data, len,
                      JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

    if (root != NULL) {
        json_decref(root);
        FUZZ_CHECK(valid || e.depth > LP_JSON_DEPTH
                   || e.number > LP_JSON_NUMBER || e.zero);
        return;
    }

    code = json_error_code(&error);
    FUZZ_CHECK(!valid || code == json_error_numeric_overflow
               || code == json_error_null_byte_in_key
               || (code == json_error_invalid_syntax && e.surrogate));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int    valid;
    size_t piece;

    static const lp_json_filter_t no_names;

    FUZZ_CHECK(valid_in_pieces(data, len, len, &no_names)
               == valid_in_pieces(data, len, len, NULL));
    valid = valid_in_pieces(data, len, len, NULL);

    for (piece = 1; piece < 19; piece += 1 + piece / 4) {
        FUZZ_CHECK(valid_in_pieces(data, len, piece, NULL) == valid);
        FUZZ_CHECK(valid_in_pieces(data, len, 3 * piece, &no_names) == valid);
    }

    compare(data, len, valid);

    return 0;
}
