/*
 * The grammar of JSON numbers as a table.
 */

#include "lp_json_state.h"


typedef enum {
    LP_NUMBER_ENDS = 0,
    LP_NUMBER_BEGINS,
    LP_NUMBER_MINUS,
    LP_NUMBER_ZERO,
    LP_NUMBER_INTEGER,
    LP_NUMBER_POINT,
    LP_NUMBER_FRACTION,
    LP_NUMBER_E,
    LP_NUMBER_E_SIGN,
    LP_NUMBER_EXPONENT,
    LP_NUMBER_STATES
} lp_json_number_t;

/* clang-format off */
static const uint8_t lp_json_number_chars[256] = {
    ['0'] = 1, ['1' ... '9'] = 2, ['-'] = 3, ['+'] = 4, ['.'] = 5,
    ['e'] = 6, ['E'] = 6,
};

/* Columns: none of these, 0, 1 to 9, -, +, point, e. */
static const uint8_t lp_json_number_rows[LP_NUMBER_STATES][7] = {
    [LP_NUMBER_BEGINS] = { 0, LP_NUMBER_ZERO, LP_NUMBER_INTEGER,
                           LP_NUMBER_MINUS, 0, 0, 0 },
    [LP_NUMBER_MINUS] = { 0, LP_NUMBER_ZERO, LP_NUMBER_INTEGER, 0, 0, 0, 0 },
    [LP_NUMBER_ZERO] = { 0, 0, 0, 0, 0, LP_NUMBER_POINT, LP_NUMBER_E },
    [LP_NUMBER_INTEGER] = { 0, LP_NUMBER_INTEGER, LP_NUMBER_INTEGER, 0, 0,
                            LP_NUMBER_POINT, LP_NUMBER_E },
    [LP_NUMBER_POINT] = { 0, LP_NUMBER_FRACTION, LP_NUMBER_FRACTION,
                          0, 0, 0, 0 },
    [LP_NUMBER_FRACTION] = { 0, LP_NUMBER_FRACTION, LP_NUMBER_FRACTION, 0, 0,
                             0, LP_NUMBER_E },
    [LP_NUMBER_E] = { 0, LP_NUMBER_EXPONENT, LP_NUMBER_EXPONENT,
                      LP_NUMBER_E_SIGN, LP_NUMBER_E_SIGN, 0, 0 },
    [LP_NUMBER_E_SIGN] = { 0, LP_NUMBER_EXPONENT, LP_NUMBER_EXPONENT,
                           0, 0, 0, 0 },
    [LP_NUMBER_EXPONENT] = { 0, LP_NUMBER_EXPONENT, LP_NUMBER_EXPONENT,
                             0, 0, 0, 0 },
};
/* clang-format on */


int
lp_json_number_complete(const lp_json_t *j)
{
    return j->number == LP_NUMBER_ZERO || j->number == LP_NUMBER_INTEGER
           || j->number == LP_NUMBER_FRACTION
           || j->number == LP_NUMBER_EXPONENT;
}


/* A number ends at the first byte that is not its own, which stays. */
const uint8_t *
lp_json_number(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    uint8_t        next;
    const uint8_t *start;

    start = p;
    next = LP_NUMBER_BEGINS;

    for (; p < end; p++) {
        next = lp_json_number_rows[j->number][lp_json_number_chars[*p]];

        if (next == LP_NUMBER_ENDS) {
            break;
        }

        j->number = next;
    }

    j->number_len += (uint32_t) (p - start);

    if (j->number_len > LP_JSON_NUMBER) {
        return lp_json_fail(j, p - (j->number_len - LP_JSON_NUMBER),
                            LP_JSON_REFUSED_NUMBER);
    }

    if (next == LP_NUMBER_ENDS) {
        if (!lp_json_number_complete(j)) {
            return lp_json_fail(j, p, LP_JSON_REFUSED_GRAMMAR);
        }

        lp_json_value_ends(j);
    }

    return p;
}


const uint8_t *
lp_json_begin_number(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    j->state = LP_JSON_IN_NUMBER;
    j->number = LP_NUMBER_BEGINS;
    j->number_len = 0;

    return lp_json_number(j, p, end);
}
