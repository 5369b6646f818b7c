/*
 * Scopes: what a credential may do.
 *
 * A scope is a token of RFC 6749, section 3.3, at most LP_SCOPE_LEN bytes; a
 * scope set is its tokens with one space between them.  A granted `read:*`
 * covers every `read:` scope; nothing else is a wildcard, and `*` alone is
 * not a scope.
 */

#ifndef LP_SCOPE_H
#define LP_SCOPE_H


#include <stddef.h>


#define LP_SCOPE_LEN     64   /* bytes in one scope */
#define LP_SCOPE_SET_LEN 1023 /* bytes in a set, spaces included */

#define LP_SCOPE_ALLOWED                                                      \
    "1 to 64 of the printable ASCII characters except space, \", \\ and *, "  \
    "or a class such as read:*"


/* 1 when the text is one scope, which may be a wildcard class, else 0. */
int lp_scope_valid(const char *scope, size_t len);

/* Whether one granted scope covers one required scope. */
int lp_scope_covers(const char *granted, size_t granted_len,
                    const char *required, size_t required_len);

/* Whether any scope of a set covers the required one. */
int lp_scope_set_covers(const char *set, size_t set_len, const char *required,
                        size_t required_len);


#endif
