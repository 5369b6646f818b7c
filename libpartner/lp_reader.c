/*
 * Words and numbers of a text of our own format.
 */

#include <string.h>

#include "lp_hex.h"
#include "lp_reader.h"


/* `word` ends with a zero, the text does not. */
int
lp_reader_expect(lp_reader_t *r, const char *word)
{
    size_t len = strlen(word);

    if ((size_t) (r->end - r->p) < len || memcmp(r->p, word, len) != 0) {
        return 0;
    }

    r->p += len;

    return 1;
}


/* Lower case alone, as we write it: one text, one value. */
int
lp_reader_hex(lp_reader_t *r, unsigned digits, uint64_t *value)
{
    int         digit;
    const char *p = r->p;

    for (*value = 0; digits > 0; digits--, p++) {
        digit = p < r->end ? lp_hex_lower(*p) : -1;

        if (digit < 0) {
            return 0;
        }

        *value = *value << 4 | (uint64_t) digit;
    }

    r->p = p;

    return 1;
}


/*
 * A leading zero, or many, is read as it is meant; a number beyond 64 bits is
 * refused rather than cut.
 */
int
lp_reader_number(lp_reader_t *r, uint64_t *value)
{
    const char *p = r->p;

    for (*value = 0; p < r->end && *p >= '0' && *p <= '9'; p++) {
        if (__builtin_mul_overflow(*value, 10, value)
            || __builtin_add_overflow(*value, (uint64_t) (*p - '0'), value)) {
            return 0;
        }
    }

    if (p == r->p) {
        return 0;
    }

    r->p = p;

    return 1;
}


int
lp_reader_word(lp_reader_t *r, size_t max, const char **word, size_t *len)
{
    const char *blank;

    blank = memchr(r->p, ' ', (size_t) (r->end - r->p));

    if (blank == NULL || blank == r->p
        || (size_t) (blank - r->p) > max
        /* A line that was cut short must not borrow from the next. */
        || memchr(r->p, '\n', (size_t) (blank - r->p)) != NULL
        || memchr(r->p, '\0', (size_t) (blank - r->p)) != NULL) {
        return 0;
    }

    *word = r->p;
    *len = (size_t) (blank - r->p);
    r->p = blank;

    return 1;
}
