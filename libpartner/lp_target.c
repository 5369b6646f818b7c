/*
 * Paths that cannot be read in two ways.
 */

#include <string.h>

#include "lp_hex.h"
#include "lp_target.h"


/*
 * The next character of a segment, decoded where it was encoded; -1: an
 * encoding that is none.
 */
static int
lp_target_next(const char **p, const char *end, int encoded)
{
    int high, low;

    if (**p != '%' || !encoded) {
        return (unsigned char) *(*p)++;
    }

    if (end - *p < 3) {
        return -1;
    }

    high = lp_hex_digit((*p)[1]);
    low = lp_hex_digit((*p)[2]);
    *p += 3;

    return high < 0 || low < 0 ? -1 : high << 4 | low;
}


/*
 * A dot segment is removed by some servers (RFC 3986, section 5.2.4); ";"
 * begins a parameter for others, "\" is a slash for a third kind, and "#" ends
 * the path.
 */
static int
lp_target_segment(const char *p, const char *end, int encoded)
{
    int    c;
    size_t len, dots;

    for (len = 0, dots = 0; p < end; len++) {
        c = lp_target_next(&p, end, encoded);

        if (c < ' ' || c == 0x7f || strchr("/;\\#", c) != NULL) {
            return 0;
        }

        dots += c == '.';
    }

    return len == 0 || len > 2 || dots != len;
}


int
lp_target_plain(const char *path, size_t len, int encoded)
{
    const char *end, *slash;

    end = path + len;

    if (len == 0 || *path != '/') {
        return 0;
    }

    for (; path < end; path = slash) {
        path++;
        slash = memchr(path, '/', (size_t) (end - path));

        if (slash == NULL) {
            slash = end;

            /* Two slashes are one to some. */
        } else if (slash == path) {
            return 0;
        }

        if (!lp_target_segment(path, slash, encoded)) {
            return 0;
        }
    }

    return 1;
}
