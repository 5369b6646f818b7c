/*
 * Scopes: what a credential may do.
 *
 * A scope is a token of RFC 6749, section 3.3, at most LP_SCOPE_LEN bytes; a
 * scope set is its tokens with one space between them.  A granted `read:*`
 * covers every `read:` scope; nothing else is a wildcard: `*` alone is not a
 * scope, and `admin` covers `admin`.  A class is granted, never required.
 */

#ifndef LP_SCOPE_H
#define LP_SCOPE_H


#include <stddef.h>


#define LP_SCOPE_LEN     64   /* bytes in one scope */
#define LP_SCOPE_SET_LEN 1023 /* bytes in a set, spaces included */

#define LP_SCOPE_ALLOWED                                                      \
    "1 to 64 of the printable ASCII characters except space, \", \\ and *, "  \
    "or a class such as read:*"


#define LP_SCOPE_REQUIRED                                                     \
    "1 to 64 of the printable ASCII characters except space, \", \\ and *"

#define LP_SCOPE_ALTERNATIVES 16

/* A scope set; the text is its owner's. */
typedef struct {
    const char *text;
    size_t      len;
} lp_scope_set_t;

/* What is required: one of these sets, all of it.  None: nothing is. */
typedef struct {
    lp_scope_set_t sets[LP_SCOPE_ALTERNATIVES];
    size_t         n;
} lp_scope_need_t;


/* 1 when the text is one scope, which may be a wildcard class, else 0. */
int lp_scope_valid(const char *scope, size_t len);

/* 1 when the text is one scope and no wildcard class, else 0. */
int lp_scope_required_valid(const char *scope, size_t len);

/* Whether one granted scope covers one required scope. */
int lp_scope_covers(const char *granted, size_t granted_len,
                    const char *required, size_t required_len);

/* Whether any scope of a set covers the required one. */
int lp_scope_set_covers(const char *set, size_t set_len, const char *required,
                        size_t required_len);

/* Whether what is granted meets one alternative of what is required. */
int lp_scope_need_met(const lp_scope_need_t *need, const char *granted,
                      size_t granted_len);


#endif
