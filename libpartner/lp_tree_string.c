/*
 * Unescapes JSON strings in place and holds them to UTF-8.
 */

#include "lp_tree_string.h"

#include "lp_error.h"
#include "lp_scan.h"
#include "lp_hex.h"


/* Four hexadecimal digits, or -1. */
static int
lp_tree_hex(const char *p, const char *end)
{
    int i, digit, n;

    if (end - p < 4) {
        return -1;
    }

    for (n = 0, i = 0; i < 4; i++) {
        digit = lp_hex_digit(p[i]);

        if (digit < 0) {
            return -1;
        }

        n = n << 4 | digit;
    }

    return n;
}


/*
 * RFC 3629, section 3. It is never longer than the escape it came from: 3
 * bytes of 6, 4 of 12.
 */
static char *
lp_tree_put(char *out, int c)
{
    if (c < 0x80) {
        *out++ = (char) c;
        return out;
    }

    if (c < 0x800) {
        *out++ = (char) (0xc0 | c >> 6);

    } else {
        if (c < 0x10000) {
            *out++ = (char) (0xe0 | c >> 12);

        } else {
            *out++ = (char) (0xf0 | c >> 18);
            *out++ = (char) (0x80 | (c >> 12 & 0x3f));
        }

        *out++ = (char) (0x80 | (c >> 6 & 0x3f));
    }

    *out++ = (char) (0x80 | (c & 0x3f));

    return out;
}


/* Behind `\u`: one code point, of one escape or of two. */
static int
lp_tree_unicode(char **p, char *end, char **out)
{
    int c, low;

    c = lp_tree_hex(*p, end);

    /*
     * U+0000 would end a text early for whoever reads it as a C string; a low
     * surrogate has no high one before it.
     */
    if (c <= 0 || (c >= 0xdc00 && c <= 0xdfff)) {
        return LP_INVALID;
    }

    *p += 4;

    if (c >= 0xd800 && c <= 0xdbff) {

        /* A lone surrogate is no character (RFC 8259, section 8.2). */
        if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u') {
            return LP_INVALID;
        }

        low = lp_tree_hex(*p + 2, end);

        if (low < 0xdc00 || low > 0xdfff) {
            return LP_INVALID;
        }

        c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
        *p += 6;
    }

    *out = lp_tree_put(*out, c);

    return LP_OK;
}


/* RFC 8259, section 7: these and no others. */
static int
lp_tree_escape(char **p, char *end, char **out)
{
    char c;

    static const char plain[256]
        = { ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
            ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t' };

    if (*p == end) {
        return LP_INVALID;
    }

    c = *(*p)++;

    if (c == 'u') {
        return lp_tree_unicode(p, end, out);
    }

    if (plain[(uint8_t) c] == '\0') {
        return LP_INVALID;
    }

    *(*out)++ = plain[(uint8_t) c];

    return LP_OK;
}


/* Bytes of the well-formed sequence that begins here (RFC 3629), or 0. */
static size_t
lp_tree_sequence(const uint8_t *p, size_t left)
{
    size_t  i, n;
    uint8_t low, high;

    /*
     * Only the second byte is bounded more closely, which leaves out overlong
     * forms, surrogates and what is above U+10FFFF.
     */
    low = 0x80;
    high = 0xbf;

    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        n = 2;

    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        n = 3;
        low = p[0] == 0xe0 ? 0xa0 : low;
        high = p[0] == 0xed ? 0x9f : high;

    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        n = 4;
        low = p[0] == 0xf0 ? 0x90 : low;
        high = p[0] == 0xf4 ? 0x8f : high;

    } else {
        return 0;
    }

    if (left < n || p[1] < low || p[1] > high) {
        return 0;
    }

    for (i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    return n;
}


/*
 * The text is written over itself: escapes are longer than what they stand
 * for.
 */
int
lp_tree_string_read(char **p, char *end, lp_text_t *text)
{
    char   *in, *out;
    size_t  n;
    uint8_t c;

    /* up to the first escape nothing moves */
    text->text = *p;
    in = out
        = *p
          + (lp_scan_string((uint8_t *) *p, (uint8_t *) end) - (uint8_t *) *p);

    while (in < end && *in != '"') {
        c = (uint8_t) *in;

        if (c == '\\') {
            in++;

            if (lp_tree_escape(&in, end, &out) != LP_OK) {
                return LP_INVALID;
            }

        } else if (c >= 0x20 && c < 0x80) {
            *out++ = *in++;

        } else {
            n = lp_tree_sequence((uint8_t *) in, (size_t) (end - in));

            if (n == 0) {
                return LP_INVALID;
            }

            while (n-- > 0) {
                *out++ = *in++;
            }
        }
    }

    if (in == end) {
        return LP_INVALID;
    }

    text->len = (size_t) (out - text->text);
    *p = in + 1;

    return LP_OK;
}
