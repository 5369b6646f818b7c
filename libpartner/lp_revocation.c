/*
 * Revocations of tokens: what two of the same subject come to.
 */

#include "lp_revocation.h"


/* Digits up to a blank or the end; NULL where there are none, or too many. */
static const char *
lp_revocation_number(const char *p, const char *end, int64_t *number)
{
    const char *begin;

    begin = p;

    for (*number = 0; p < end && *p != ' '; p++) {
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(*number, 10, number)
            || __builtin_add_overflow(*number, *p - '0', number)) {
            return NULL;
        }
    }

    return (p > begin) ? p : NULL;
}


int
lp_revocation_parse(lp_revocation_t *revocation, const char *text, size_t len)
{
    const char *p, *end;

    end = text + len;
    p = lp_revocation_number(text, end, &revocation->before);

    if (p == NULL || p == end) {
        return -1;
    }

    return (lp_revocation_number(p + 1, end, &revocation->end) == end) ? 0
                                                                       : -1;
}


/* The later of two moments, of which 0 is the latest. */
static int64_t
lp_revocation_later(int64_t a, int64_t b)
{
    if (a == 0 || b == 0) {
        return 0;
    }

    return (a > b) ? a : b;
}


/*
 * Of two without a version the wider counts.  One without that comes behind a
 * version is of a platform that was set back to a time before there were any:
 * it refuses what it names, and takes nothing back.
 */
int
lp_revocation_merge(lp_revocation_t *known, const lp_revocation_t *told)
{
    lp_revocation_t merged;

    if (told->end >= LP_REVOCATION_VERSION) {

        if (known->end >= told->end) {
            return 0;
        }

        *known = *told;

        return 1;
    }

    merged.before = lp_revocation_later(known->before, told->before);
    merged.end = (known->end >= LP_REVOCATION_VERSION)
                     ? known->end
                     : lp_revocation_later(known->end, told->end);

    if (merged.before == known->before && merged.end == known->end) {
        return 0;
    }

    *known = merged;

    return 1;
}
