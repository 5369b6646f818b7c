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


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int     valid;
    size_t  piece;
    json_t *root;

    static const lp_json_filter_t no_names;

    FUZZ_CHECK(valid_in_pieces(data, len, len, &no_names)
               == valid_in_pieces(data, len, len, NULL));
    valid = valid_in_pieces(data, len, len, NULL);

    for (piece = 1; piece < 19; piece += 1 + piece / 4) {
        FUZZ_CHECK(valid_in_pieces(data, len, piece, NULL) == valid);
        FUZZ_CHECK(valid_in_pieces(data, len, 3 * piece, &no_names) == valid);
    }

    root = json_loadb((const char *) data, len,
                      JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    if (root != NULL) {
        json_decref(root);

        /*
         * jansson nests deeper, has no ceiling for digits and loses a zero
         * byte behind a number.
         */
        FUZZ_CHECK(valid || len > LP_JSON_DEPTH
                   || memchr(data, '\0', len) != NULL);
    }

    return 0;
}
