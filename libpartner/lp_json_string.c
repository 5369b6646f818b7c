/*
 * The insides of JSON strings: UTF-8, escapes, and the unescaped parts of
 * member names.
 */

#include "lp_hex.h"
#include "lp_json_state.h"
#include "lp_json_text.h"
#include "lp_scan.h"


/* Bounds of the byte after a lead byte (RFC 3629, section 4). */
typedef struct {
    uint8_t from, to; /* lead bytes */
    uint8_t left, first, last;
} lp_json_lead_t;

static const lp_json_lead_t lp_json_leads[] = {
    { 0xc2, 0xdf, 1, 0x80, 0xbf }, { 0xe0, 0xe0, 2, 0xa0, 0xbf },
    { 0xe1, 0xec, 2, 0x80, 0xbf }, { 0xed, 0xed, 2, 0x80, 0x9f },
    { 0xee, 0xef, 2, 0x80, 0xbf }, { 0xf0, 0xf0, 3, 0x90, 0xbf },
    { 0xf1, 0xf3, 3, 0x80, 0xbf }, { 0xf4, 0xf4, 3, 0x80, 0x8f },
};

#define LP_JSON_LEADS (sizeof(lp_json_leads) / sizeof(lp_json_leads[0]))


/* The high surrogate that waits has no low one behind it. */
static void
lp_json_lone(lp_json_t *j)
{
    size_t n;

    j->high = 0;
    n = lp_utf8_write(j->bytes, LP_REPLACEMENT);
    lp_json_name(j, j->bytes, n, 0);
}


/* A \u escape of a name is complete; a high surrogate waits for the next. */
static void
lp_json_unescape(lp_json_t *j)
{
    size_t   n = 0;
    uint32_t code = j->code, high = j->high;

    j->high = 0;

    if (high != 0 && lp_utf16_is_low(code)) {
        code = lp_utf16_pair(high, code);

    } else if (high != 0) {
        n = lp_utf8_write(j->bytes, LP_REPLACEMENT);
    }

    if (lp_utf16_is_high(code)) {
        j->high = (uint16_t) code;

        if (n > 0) {
            lp_json_name(j, j->bytes, n, 0);
        }

        return;
    }

    n += lp_utf8_write(j->bytes + n,
                       lp_utf16_is_low(code) ? LP_REPLACEMENT : code);
    lp_json_name(j, j->bytes, n, 0);
}


/* The code counts in names alone: in values it need only be well-formed. */
static const uint8_t *
lp_json_hex(lp_json_t *j, const uint8_t *p)
{
    int digit;

    digit = lp_hex_digit((char) *p);

    if (digit < 0) {
        return lp_json_fail(j, p, LP_JSON_REFUSED_GRAMMAR);
    }

    j->code = (uint16_t) (j->code << 4 | (uint16_t) digit);

    if (++j->digits == 4) {
        j->state = LP_JSON_IN_STRING;

        if (j->in_name) {
            lp_json_unescape(j);
        }
    }

    return p + 1;
}


/* A pair of surrogates is two escapes, so anything but \u ends the wait. */
static const uint8_t *
lp_json_escape(lp_json_t *j, const uint8_t *p)
{
    uint8_t means;

    if (*p == 'u') {
        j->code = 0;
        j->digits = 0;
        j->state = LP_JSON_IN_HEX;
        return p + 1;
    }

    if (j->high != 0) {
        lp_json_lone(j);
        return p;
    }

    means = lp_text_escaped(*p);

    if (means == 0) {
        return lp_json_fail(j, p, LP_JSON_REFUSED_GRAMMAR);
    }

    j->state = LP_JSON_IN_STRING;

    if (j->in_name) {
        j->bytes[0] = means;
        lp_json_name(j, j->bytes, 1, 0);
    }

    return p + 1;
}


static int
lp_json_utf8_lead(lp_json_t *j, uint8_t c)
{
    const lp_json_lead_t *lead;

    for (lead = lp_json_leads; lead < lp_json_leads + LP_JSON_LEADS; lead++) {
        if (c >= lead->from && c <= lead->to) {
            j->utf8_left = lead->left;
            j->utf8_first = lead->first;
            j->utf8_last = lead->last;
            return 1;
        }
    }

    return 0;
}


/* Passes over characters beyond ASCII. */
static const uint8_t *
lp_json_utf8(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    for (; p < end && (j->utf8_left > 0 || *p >= 0x80); p++) {
        if (j->utf8_left == 0) {
            if (!lp_json_utf8_lead(j, *p)) {
                return lp_json_fail(j, p, LP_JSON_REFUSED_UTF8);
            }

            continue;
        }

        if (*p < j->utf8_first || *p > j->utf8_last) {
            return lp_json_fail(j, p, LP_JSON_REFUSED_UTF8);
        }

        j->utf8_left--;
        j->utf8_first = 0x80;
        j->utf8_last = 0xbf;
    }

    return p;
}


/*
 * Up to the quote or backslash, or to the end of the input.  The fast scan
 * stops at what is not ASCII, which alone is looked at byte by byte.
 */
static const uint8_t *
lp_json_run(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    do {
        p = lp_json_utf8(j, p, end);

        if (j->event == LP_JSON_ERROR) {
            return p;
        }

        p = lp_scan_string(p, end);

    } while (p < end && *p >= 0x80);

    return p < end && *p < 0x20 ? lp_json_fail(j, p, LP_JSON_REFUSED_GRAMMAR)
                                : p;
}


static const uint8_t *
lp_json_quote(lp_json_t *j, const uint8_t *start, const uint8_t *p)
{
    if (j->in_name) {
        j->state = LP_JSON_AT_COLON;
        lp_json_name(j, start, (size_t) (p - start), 1);

    } else {
        lp_json_value_ends(j);
    }

    return p + 1;
}


static const uint8_t *
lp_json_plain(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *start;

    if (j->high != 0 && *p != '\\') {
        lp_json_lone(j);
        return p;
    }

    start = p;
    p = lp_json_run(j, p, end);

    if (j->event == LP_JSON_ERROR) {
        return p;
    }

    if (p < end && *p == '"') {
        return lp_json_quote(j, start, p);
    }

    if (j->in_name && p > start) {
        lp_json_name(j, start, (size_t) (p - start), 0);
    }

    if (p == end) {
        return p;
    }

    j->state = LP_JSON_IN_ESCAPE;

    return p + 1;
}


const uint8_t *
lp_json_string(lp_json_t *j, const uint8_t *p, const uint8_t *end)
{
    while (p < end && j->event == LP_JSON_MORE) {
        switch (j->state) {

        case LP_JSON_IN_ESCAPE:
            p = lp_json_escape(j, p);
            break;

        case LP_JSON_IN_HEX:
            p = lp_json_hex(j, p);
            break;

        case LP_JSON_IN_STRING:
            p = lp_json_plain(j, p, end);
            break;

        default: /* the string is complete */
            return p;
        }
    }

    return p;
}
