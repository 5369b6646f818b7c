/*
 * Asks the JSON scanner for its verdict on a text in two pieces.
 */

#ifndef UNIT_JSON_H
#define UNIT_JSON_H


#include <stdlib.h>

#include "unit.h"
#include "lp_json.h"


/* Behind a number, read naively (RFC 8259, section 6), or NULL. */
static inline const char *
unit_json_number(const char *p)
{
    size_t n;

    static const char digits[] = "0123456789";

    p += *p == '-';
    n = strspn(p, digits);

    if (n == 0 || (*p == '0' && n > 1)) {
        return NULL;
    }

    p += n;

    if (*p == '.') {
        n = strspn(p + 1, digits);
        p += n + 1;

        if (n == 0) {
            return NULL;
        }
    }

    if (*p == 'e' || *p == 'E') {
        p += 1 + (p[1] == '+' || p[1] == '-');
        n = strspn(p, digits);
        p += n;

        if (n == 0) {
            return NULL;
        }
    }

    return p;
}


/* Feeds the pieces before and after the split; 1 when it is one JSON text. */
static inline int
unit_json_valid_for(const lp_json_filter_t *filter, const char *text,
                    size_t len, size_t split)
{
    int             i;
    uint8_t        *piece[2];
    size_t          size[2] = { split, len - split };
    lp_json_t       j;
    const uint8_t  *p, *end;
    lp_json_event_t event = LP_JSON_MORE;

    lp_json_init(&j, filter);

    for (i = 0; i < 2; i++) {
        /* A buffer of exactly that size lets a sanitizer see an overread. */
        piece[i] = malloc(size[i] > 0 ? size[i] : 1);
        assert_non_null(piece[i]);
        memcpy(piece[i], text + (i ? split : 0), size[i]);
        p = piece[i];
        end = p + size[i];

        do {
            event = lp_json_next(&j, &p, end);
        } while (event == LP_JSON_NAME);

        assert_true(event == LP_JSON_MORE || event == LP_JSON_ERROR);
        assert_true(event == LP_JSON_ERROR || p == end);
        free(piece[i]);
    }

    return event == LP_JSON_MORE && lp_json_finish(&j);
}


/* The verdict must not depend on which names matter. */
static inline int
unit_json_valid(const char *text, size_t len, size_t split)
{
    int valid;

    static const lp_json_filter_t no_names;

    valid = unit_json_valid_for(NULL, text, len, split);
    assert_int_equal(unit_json_valid_for(&no_names, text, len, split), valid);

    return valid;
}


#endif
