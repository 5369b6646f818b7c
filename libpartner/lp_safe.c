/*
 * Addresses for logs.
 */

#include "lp_safe.h"

#include <string.h>


typedef struct {
    char  *out;
    size_t len;
    size_t room;
} lp_safe_text_t;


static void
lp_safe_put(lp_safe_text_t *text, const char *bytes, size_t len)
{
    /* A log line that is cut says less, never more. */
    if (len > text->room - text->len) {
        len = text->room - text->len;
    }

    if (len > 0) {
        memcpy(text->out + text->len, bytes, len);
        text->len += len;
    }
}


/*
 * Digits are counted, since a number is the name of something: a ride, an
 * account, a person.
 */
static int
lp_safe_is_word(const char *s, size_t len)
{
    size_t i, digits;

    if (len > LP_SAFE_WORD) {
        return 0;
    }

    for (digits = 0, i = 0; i < len; i++) {

        if (s[i] >= '0' && s[i] <= '9') {
            digits++;

        } else if (!((s[i] >= 'a' && s[i] <= 'z')
                     || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '-'
                     || s[i] == '_')) {
            return 0;
        }
    }

    return digits <= LP_SAFE_DIGITS;
}


static void
lp_safe_word(lp_safe_text_t *text, const char *s, size_t len)
{
    if (lp_safe_is_word(s, len)) {
        lp_safe_put(text, s, len);

    } else {
        lp_safe_put(text, "*", 1);
    }
}


/*
 * Asked of no bytes memchr() may still not be given NULL (C11, 7.1.4), which
 * an empty query is.
 */
static size_t
lp_safe_until(const char *s, size_t len, char c)
{
    const char *end;

    end = (len > 0) ? memchr(s, c, len) : NULL;

    return (end != NULL) ? (size_t) (end - s) : len;
}


/* What stands before the leading slash is an empty word, and stays. */
size_t
lp_safe_path(const char *path, size_t len, char *out, size_t room)
{
    size_t         n;
    lp_safe_text_t text = { out, 0, room };

    for (;;) {
        n = lp_safe_until(path, len, '/');
        lp_safe_word(&text, path, n);

        if (n == len) {
            return text.len;
        }

        lp_safe_put(&text, "/", 1);
        path += n + 1;
        len -= n + 1;
    }
}


/* That there was a value is told, not how long it was. */
static void
lp_safe_argument(lp_safe_text_t *text, const char *s, size_t len)
{
    size_t name;

    name = lp_safe_until(s, len, '=');

    if (name == len) {
        lp_safe_put(text, "*", len > 0);
        return;
    }

    lp_safe_word(text, s, name);
    lp_safe_put(text, "=", 1);
    lp_safe_put(text, "*", len > name + 1);
}


size_t
lp_safe_query(const char *query, size_t len, char *out, size_t room)
{
    size_t         n;
    lp_safe_text_t text = { out, 0, room };

    for (;;) {
        n = lp_safe_until(query, len, '&');
        lp_safe_argument(&text, query, n);

        if (n == len) {
            return text.len;
        }

        lp_safe_put(&text, "&", 1);
        query += n + 1;
        len -= n + 1;
    }
}
