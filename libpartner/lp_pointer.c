/*
 * JSON pointers, token by token.
 */

#include <stdio.h>
#include <string.h>

#include "lp_pointer.h"


/*
 * The zero at its end has its place too, so a pointer is a C string at any
 * time.
 */
static int
lp_pointer_put(lp_pointer_t *p, const char *text, size_t len)
{
    if (len >= sizeof(p->text) - p->len) {
        return 0;
    }

    memcpy(p->text + p->len, text, len);
    p->len += len;
    p->text[p->len] = '\0';

    return 1;
}


void
lp_pointer_name(lp_pointer_t *p, const char *name)
{
    int    fits;
    size_t begin;

    begin = p->len;
    fits = lp_pointer_put(p, "/", 1);

    for (; fits && *name != '\0'; name++) {

        switch (*name) {

        /* RFC 6901, section 3. */
        case '~':
            fits = lp_pointer_put(p, "~0", 2);
            break;

        case '/':
            fits = lp_pointer_put(p, "~1", 2);
            break;

        default:
            fits = lp_pointer_put(p, name, 1);
        }
    }

    /* Half a token would name another member. */
    if (!fits) {
        p->len = begin;
        p->text[begin] = '\0';
    }
}


void
lp_pointer_index(lp_pointer_t *p, size_t index)
{
    char text[24];

    (void) snprintf(text, sizeof(text), "%zu", index);
    lp_pointer_name(p, text);
}
