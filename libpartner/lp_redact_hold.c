/*
 * What stands before a value that may be dropped, and why a text is refused.
 */

#include <string.h>

#include "lp_redact_profile.h"


#define LP_TEXT(n)   LP_QUOTED(n)
#define LP_QUOTED(n) #n


const char *
lp_redact_reason(unsigned reason)
{
    static const char *const texts[] = {
        [LP_REDACT_REFUSED_HELD]
        = "more than " LP_TEXT(LP_REDACT_HELD) " bytes stand between values, "
                                               "of which a rule may drop one",
        [LP_REDACT_REFUSED_FIELD]
        = "a field of an event is too long or holds what it may not",
        [LP_REDACT_REFUSED_SEPARATOR]
        = "a sequence does not begin with its separator",
    };

    return reason < LP_JSON_REFUSED_REASONS
               ? lp_json_reason((lp_json_reason_t) reason)
               : texts[reason];
}


int
lp_redact_refuse(lp_redact_t *r, const uint8_t *p, unsigned reason)
{
    r->reason = reason;
    r->offset = r->fed + (uint64_t) (p - r->data);

    return LP_INVALID;
}


/*
 * More than there is room for is refused where it lies in one piece as well, or
 * the outcome would hang on the split.  A bracket that is refused lies before
 * what it would have held.
 */
int
lp_redact_hold_to(lp_redact_t *r, const uint8_t *p)
{
    r->holding = 0;

    if (p - r->start <= (ptrdiff_t) (LP_REDACT_HELD - r->held_len)) {
        return LP_OK;
    }

    return lp_redact_refuse(r, r->start + LP_REDACT_HELD - r->held_len,
                            LP_REDACT_REFUSED_HELD);
}


int
lp_redact_hold_from(lp_redact_t *r, const uint8_t *p, int comma)
{
    int rc;

    rc = lp_redact_pass(r, r->start, p);
    r->start = p;
    r->holding = 1;
    r->comma = (uint8_t) comma;

    return rc;
}
