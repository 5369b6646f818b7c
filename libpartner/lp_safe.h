/*
 * Addresses for logs: what of a path and a query is plainly a word of the
 * interface stays, and everything else becomes "*".
 *
 * What may be logged is said, not what may not: a detector knows the personal
 * data that somebody thought of, and sees none through an encoding.
 */

#ifndef LP_SAFE_H
#define LP_SAFE_H


#include <stddef.h>


#define LP_SAFE_WORD   32 /* bytes of a word, at most */
#define LP_SAFE_DIGITS 2  /* in one word, at most: "v1", "oauth2" */


/*
 * A path with a leading "/", as it came, without its query.  Each segment of
 * ASCII letters, "-", "_" and few digits stays: with a point it may be an
 * account, "ada.lovelace".  Returns the bytes that were written, at most `len`
 * and at most `room`.
 */
size_t lp_safe_path(const char *path, size_t len, char *out, size_t room);

/*
 * A query without its "?": names that are words stay, no value does.  An
 * argument without "=" is all value.
 */
size_t lp_safe_query(const char *query, size_t len, char *out, size_t room);


#endif
