/*
 * The opaque cursor of a keyset page: which list, and the sort key of the row
 * that the next page begins behind.
 */

#ifndef PD_CURSOR_H
#define PD_CURSOR_H


#include <stddef.h>
#include <jansson.h>


#define PD_CURSOR_MAX 512 /* characters */


/*
 * `keys` is the JSON array of scalars that the list's statement yields.
 * Writes base64url (RFC 4648, section 5) of [list, ...keys]; returns its
 * length, or 0 when it is no such array or does not fit.
 */
size_t pd_cursor_encode(const char *list, const char *keys,
                        char out[PD_CURSOR_MAX + 1]);

/* The keys as an array of strings, owned by the caller; NULL: not a cursor
 * of this list. */
json_t *pd_cursor_decode(const char *list, const char *text);


#endif
