/*
 * The insides of JSON strings, unescaped and escaped (RFC 8259, section 7).
 */

#include <string.h>

#include "lp_json_text.h"


#define LP_HIGH        0xd800u
#define LP_LOW         0xdc00u
#define LP_SURROGATES  0xfc00u /* the bits that tell them apart */
#define LP_REPLACEMENT 0xfffdu

/* Pairs: what follows the backslash, and what it means. */
static const char lp_escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";


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


static uint32_t
lp_hex(const uint8_t *p)
{
    unsigned i;
    uint32_t code = 0;

    for (i = 0; i < 4; i++) {
        code = code << 4 | ((p[i] & 0x0fu) + (p[i] > '9' ? 9u : 0u));
    }

    return code;
}


/* The character of \uXXXX at p, and of a pair of them. */
static uint32_t
lp_unicode(const uint8_t **pos, const uint8_t *end)
{
    uint32_t       code, low;
    const uint8_t *p = *pos;

    code = lp_hex(p + 2);
    *pos = p + 6;

    if ((code & LP_SURROGATES) == LP_HIGH && end - p >= 12 && p[6] == '\\'
        && p[7] == 'u') {
        low = lp_hex(p + 8);

        if ((low & LP_SURROGATES) == LP_LOW) {
            *pos = p + 12;
            return 0x10000 + ((code - LP_HIGH) << 10) + low - LP_LOW;
        }
    }

    return code >= LP_HIGH && code < LP_HIGH + 0x800 ? LP_REPLACEMENT : code;
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
            n = lp_utf8_write(out + written, lp_unicode(&p, end));

        } else {
            out[written] = (uint8_t) strchr(lp_escapes, p[1])[1];
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

    static const char hex[] = "0123456789abcdef";

    for (i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            *p++ = '\\';
            *p++ = text[i];

        } else if (text[i] < 0x20) {
            memcpy(p, "\\u00", 4);
            p[4] = (uint8_t) hex[text[i] >> 4];
            p[5] = (uint8_t) hex[text[i] & 15];
            p += 6;

        } else {
            *p++ = text[i];
        }
    }

    return (size_t) (p - out);
}
