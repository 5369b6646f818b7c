/*
 * Says where a body is not JSON, and why.
 */

#include <string.h>

#include "lp_json.h"
#include "malformed.h"


#define PD_ZERO     "\\u0000"
#define PD_ZERO_LEN (sizeof(PD_ZERO) - 1)
#define PD_NAME_MAX 80 /* bytes of a name that are shown */


/* What the scanner takes; its ceilings are another matter. */
static const struct {
    enum json_error_code code;
    const char          *text;
} pd_malformed_reasons[] = {
    { json_error_null_character, PD_ZERO " is allowed in no string" },
    { json_error_null_byte_in_key, PD_ZERO " is allowed in no string" },
    { json_error_invalid_syntax,
      "the string that ends here has half of a pair of \\u" },
    { json_error_numeric_overflow,
      "the number that ends here is too large; allowed: what fits into 64 "
      "bits" },
};


/* The first of them: all before it was taken, so there a backslash begins an
 * escape. */
static size_t
pd_malformed_zero(const char *data, size_t len)
{
    size_t i;

    for (i = 0; i + PD_ZERO_LEN <= len; i++) {
        if (memcmp(data + i, PD_ZERO, PD_ZERO_LEN) == 0) {
            return i;
        }

        i += data[i] == '\\';
    }

    return 0;
}


/* Why, and at which byte. */
static const char *
pd_malformed_reason(const char *data, size_t len, const json_error_t *where,
                    size_t *at)
{
    size_t                        i;
    lp_json_t                     j;
    const uint8_t                *pos;
    lp_json_event_t               event;
    enum json_error_code          code;
    static const lp_json_filter_t none;

    lp_json_init(&j, &none);
    pos = (const uint8_t *) data;

    do {
        event = lp_json_next(&j, &pos, (const uint8_t *) data + len);
    } while (event != LP_JSON_MORE && event != LP_JSON_ERROR);

    *at = (size_t) (pos - (const uint8_t *) data);

    if (event == LP_JSON_ERROR || !lp_json_finish(&j)) {
        return lp_json_reason((lp_json_reason_t) j.reason);
    }

    code = json_error_code(where);
    *at = code == json_error_null_character
                  || code == json_error_null_byte_in_key
              ? pd_malformed_zero(data, len)
              : (size_t) where->position - (where->position > 0);

    for (i = 0;
         i < sizeof(pd_malformed_reasons) / sizeof(pd_malformed_reasons[0]);
         i++) {
        if (pd_malformed_reasons[i].code == code) {
            return pd_malformed_reasons[i].text;
        }
    }

    return lp_json_reason(LP_JSON_REFUSED_GRAMMAR);
}


/* Where the name begins that ends before `end`: its quotes inside stand behind
 * an odd number of backslashes. */
static size_t
pd_malformed_name(const char *data, size_t end)
{
    size_t i, slashes;

    for (i = end - 1; i > 0;) {
        if (data[--i] != '"') {
            continue;
        }

        for (slashes = i; slashes > 0 && data[slashes - 1] == '\\';) {
            slashes--;
        }

        if ((i - slashes) % 2 == 0) {
            break;
        }
    }

    return i;
}


static void
pd_malformed_place(const char *data, size_t at, int *line, int *column)
{
    size_t i;

    *line = 1;
    *column = 1;

    for (i = 0; i < at; i++) {
        if (data[i] == '\n') {
            (*line)++;
            *column = 1;

        } else if ((data[i] & 0xc0) != 0x80) {
            (*column)++;
        }
    }
}


/* Cut between characters. */
static int
pd_malformed_shown(const char *name, size_t len)
{
    if (len <= PD_NAME_MAX) {
        return (int) len;
    }

    for (len = PD_NAME_MAX; (name[len] & 0xc0) == 0x80;) {
        len--;
    }

    return (int) len;
}


void
pd_malformed(const char *data, size_t len, const json_error_t *where,
             pd_problem_t *p)
{
    int         line, column;
    size_t      at, end;
    const char *reason;

    if (json_error_code(where) == json_error_duplicate_key) {
        end = (size_t) where->position;
        at = pd_malformed_name(data, end);
        pd_malformed_place(data, at, &line, &column);
        (void) pd_problem(p, "duplicate_member",
                          "line %d, column %d: there is another %.*s before",
                          line, column,
                          pd_malformed_shown(data + at, end - at), data + at);
        return;
    }

    reason = pd_malformed_reason(data, len, where, &at);
    pd_malformed_place(data, at, &line, &column);
    (void) pd_problem(p, "malformed_json", "line %d, column %d: %s", line,
                      column, reason);
}
