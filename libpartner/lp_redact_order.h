/*
 * Which of two profiles shows less.  What an action leaves to see, least first:
 *
 *     drop             nothing, not even that there was a value
 *     null, mask       that there is one
 *     hash, mask(N,M)  which values are the same, or some of the characters
 *     encrypt          all of it, to who has the partner's key
 *     pass, no rule    all of it
 *
 * Of what is in an object or array null and every mask leave nothing.
 *
 * One shows less than another that stands below it.  Of hash, mask(N,M) and
 * masks that keep other sides none always shows less: hash shows no character
 * and mask(N,M) not which values are the same; and a value that is too short
 * for mask(6,4), so that it is gone, still shows its end under mask(0,4).  Only
 * the same covers these, or what stands above them.
 */

#ifndef LP_REDACT_ORDER_H
#define LP_REDACT_ORDER_H


#include "lp_redact.h"


/*
 * LP_OK: there is no document with a value, and no mark, of which `profile`
 * shows anything that `other` does not.  LP_INVALID: err->text names the
 * first, as "$.x.email=mask", with what `profile` makes of it.  Refused without
 * need is little: any text may have what a detector finds, marks may be of any
 * class, and of paths with many ".." the two may differ in too many ways to
 * follow.
 */
int lp_redact_profile_covers(const lp_redact_profile_t *profile,
                             const lp_redact_profile_t *other,
                             lp_error_t                *err);


#endif
