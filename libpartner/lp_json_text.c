/*
 * The insides of JSON strings, unescaped and escaped (RFC 8259, section 7).
 */

#include <string.h>

#include "lp_hex.h"
#include "lp_json_text.h"


size_t
lp_utf8_write(uint8_t *out, uint32_t code)
{
    size_t i, n;

    static const uint8_t marks[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

    n = 1u + (code > 0x7f) + (code > 0x7ff) + (code > 0xffff);

    for (i = n - 1; i > 0; i--) {
        out[i] = (uint8_t) (0x80 | (code & 0x3f));
        code >>= 6;
    }

    out[0] = (uint8_t) (marks[n] | code);

    return n;
}


/* The digits of \uXXXX, which are some. */
static uint32_t
lp_text_code(const uint8_t *digits)
{
    unsigned i;
    uint32_t code = 0;

    for (i = 0; i < 4; i++) {
        code = code << 4 | lp_hex_known(digits[i]);
    }

    return code;
}


/* The character of \uXXXX at *pos, or of a pair of them, and behind it. */
static uint32_t
lp_text_character(const uint8_t **pos, const uint8_t *end)
{
    uint32_t       code, low;
    const uint8_t *p = *pos;

    code = lp_text_code(p + 2);
    *pos = p + 6;

    if (lp_utf16_is_high(code) && end - p >= 12 && p[6] == '\\'
        && p[7] == 'u') {
        low = lp_text_code(p + 8);

        if (lp_utf16_is_low(low)) {
            *pos = p + 12;
            return lp_utf16_pair(code, low);
        }
    }

    return lp_utf16_is_high(code) || lp_utf16_is_low(code) ? LP_REPLACEMENT
                                                           : code;
}


size_t
lp_text_unescape(const uint8_t *raw, size_t len, uint8_t *out, uint16_t *map)
{
    size_t         n, from, written = 0;
    const uint8_t *p = raw, *end = raw + len;

    while (p < end) {
        from = (size_t) (p - raw);

        if (*p != '\\') {
            out[written] = *p++;
            n = 1;

        } else if (p[1] == 'u') {
            n = lp_utf8_write(out + written, lp_text_character(&p, end));

        } else {
            out[written] = lp_text_escaped(p[1]);
            p += 2;
            n = 1;
        }

        for (; n > 0; n--, written++) {
            if (map != NULL) {
                map[written] = (uint16_t) from;
            }
        }
    }

    if (map != NULL) {
        map[written] = (uint16_t) len;
    }

    return written;
}


size_t
lp_text_escape(const uint8_t *text, size_t len, uint8_t *out)
{
    size_t   i;
    uint8_t *p = out;

    for (i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            *p++ = '\\';
            *p++ = text[i];

        } else if (text[i] < 0x20) {
            memcpy(p, "\\u00", 4);
            lp_hex_write((char *) p + 4, &text[i], 1);
            p += 6;

        } else {
            *p++ = text[i];
        }
    }

    return (size_t) (p - out);
}
