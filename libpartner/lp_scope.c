/*
 * Scopes: their form, and whether what was granted covers what is required.
 */

#include <string.h>

#include "lp_scope.h"


/*
 * scope-token of RFC 6749, appendix A.4, less the asterisk: a scope that holds
 * one could be taken for a class.
 */
static int
lp_scope_char(unsigned char c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '*';
}


/* A class ends in ":*" and names something before it. */
static int
lp_scope_is_class(const char *scope, size_t len)
{
    return len > 2 && scope[len - 2] == ':' && scope[len - 1] == '*';
}


int
lp_scope_valid(const char *scope, size_t len)
{
    size_t i, plain;

    if (len == 0 || len > LP_SCOPE_LEN) {
        return 0;
    }

    plain = lp_scope_is_class(scope, len) ? len - 1 : len;

    for (i = 0; i < plain; i++) {
        if (!lp_scope_char((unsigned char) scope[i])) {
            return 0;
        }
    }

    return 1;
}


int
lp_scope_required_valid(const char *scope, size_t len)
{
    return lp_scope_valid(scope, len) && !lp_scope_is_class(scope, len);
}


/*
 * The colon is a part of the class: "read:*" covers "read:" and all below it,
 * never "reader:x".
 */
int
lp_scope_covers(const char *granted, size_t granted_len, const char *required,
                size_t required_len)
{
    if (lp_scope_is_class(granted, granted_len)) {
        granted_len--;

        return required_len >= granted_len
               && memcmp(granted, required, granted_len) == 0;
    }

    /* An empty scope is what a set of two spaces in a row would hold. */
    return granted_len == required_len && granted_len > 0
           && memcmp(granted, required, granted_len) == 0;
}


int
lp_scope_set_covers(const char *set, size_t set_len, const char *required,
                    size_t required_len)
{
    const char *end, *space;

    for (end = set + set_len; set < end; set = space + 1) {
        space = memchr(set, ' ', (size_t) (end - set));

        if (space == NULL) {
            space = end;
        }

        if (lp_scope_covers(set, (size_t) (space - set), required,
                            required_len)) {
            return 1;
        }
    }

    return 0;
}


/* A set of no scope is met: it asks for a credential and nothing more. */
static int
lp_scope_set_met(const lp_scope_set_t *required, const char *granted,
                 size_t granted_len)
{
    const char *p, *end, *space;

    end = required->text + required->len;

    for (p = required->text; p < end; p = space + 1) {
        space = memchr(p, ' ', (size_t) (end - p));

        if (space == NULL) {
            space = end;
        }

        if (!lp_scope_set_covers(granted, granted_len, p,
                                 (size_t) (space - p))) {
            return 0;
        }
    }

    return 1;
}


/*
 * No alternative at all is no requirement, which the caller has to have meant:
 * a contract says `security: []`.
 */
int
lp_scope_need_met(const lp_scope_need_t *need, const char *granted,
                  size_t granted_len)
{
    size_t i;

    for (i = 0; i < need->n; i++) {
        if (lp_scope_set_met(&need->sets[i], granted, granted_len)) {
            return 1;
        }
    }

    return need->n == 0;
}
