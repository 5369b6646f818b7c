/*
 * The rules of a profile as people write them, TARGET=ACTION, and what they say
 * of values that a contract marks: the same for a gateway and for a platform.
 */

#ifndef LP_REDACT_RULE_H
#define LP_REDACT_RULE_H


#include "lp_redact.h"


#define LP_REDACT_MARKS 64 /* classes of marks in one profile */


/*
 * Adds a rule: FIELD=ACTION, PATH=ACTION or @CLASS=ACTION, or, for values that
 * a contract marks, x-pii=ACTION or x-pii:CLASS=ACTION, where ACTION may be
 * "pass" as well.  LP_INVALID: err->text says what is allowed, and leaves it to
 * the caller to name the rule.
 */
int lp_redact_profile_rule(lp_redact_profile_t *profile, const char *rule,
                           size_t len, lp_error_t *err);

/*
 * The class of the i-th rule for marks, "" that of all, owned by the profile;
 * NULL: there are no more.
 */
const char *lp_redact_profile_marks(const lp_redact_profile_t *profile,
                                    size_t                     i);

/* Whether a rule needs keys, be it one for marks that nothing bears. */
int lp_redact_profile_wants_keys(const lp_redact_profile_t *profile);

/* `to` is any memory of lp_redact_profile_size(). */
void lp_redact_profile_copy(lp_redact_profile_t       *to,
                            const lp_redact_profile_t *from);

/*
 * A contract marks what stands at `path` with `class`: adds what the profile's
 * rule for the class makes of it, else that of all, else a mask.  Rules that
 * were added before go first.  LP_INVALID: too many, or no path of lp_path.h.
 */
int lp_redact_profile_mark(lp_redact_profile_t *profile, const char *path,
                           const char *class, lp_error_t            *err);


#endif
