/*
 * Conditions on the one who calls: a table of names, and whether they are met.
 */

#include <string.h>

#include "lp_id.h"
#include "lp_redact_for.h"
#include "lp_scope.h"


#define LP_FOR_SHOWN 64 /* bytes of a text that an error shows */

#define LP_FOR_TIERS   "tier"
#define LP_FOR_ALLOWED "tier=, category=, partner=, application=, scope="


static const struct {
    const char *name;
    size_t      field;
    int (*valid)(const char *text, size_t len);
    const char *allowed;
} lp_for_texts[] = {
    { "category", offsetof(lp_redact_for_t, category), lp_id_plain,
      LP_ID_ALLOWED },
    { "partner", offsetof(lp_redact_for_t, partner), lp_id_plain,
      LP_ID_ALLOWED },
    { "application", offsetof(lp_redact_for_t, application), lp_id_plain,
      LP_ID_ALLOWED },
    { "scope", offsetof(lp_redact_for_t, scope), lp_scope_required_valid,
      LP_SCOPE_REQUIRED },
};

#define LP_FOR_TEXTS (sizeof(lp_for_texts) / sizeof(lp_for_texts[0]))


/* The caller's text may be anything, and what is allowed stands behind it. */
static int
lp_for_shown(size_t len)
{
    return (int) (len < LP_FOR_SHOWN ? len : LP_FOR_SHOWN);
}


static int
lp_for_wrong(lp_error_t *err, const char *name, lp_redact_text_t value,
             const char *allowed)
{
    return lp_error(err, "", "invalid value \"%.*s\" of \"%s\", allowed is %s",
                    lp_for_shown(value.len), value.text, name, allowed);
}


static int
lp_for_twice(lp_error_t *err, const char *name)
{
    return lp_error(err, "", "\"%s\" is given twice", name);
}


static int
lp_for_add_tiers(lp_redact_for_t *conditions, lp_redact_text_t value,
                 lp_error_t *err)
{
    if (conditions->tiers != 0) {
        return lp_for_twice(err, LP_FOR_TIERS);
    }

    return lp_tiers_parse(value.text, value.len, &conditions->tiers) == LP_OK
               ? LP_OK
               : lp_for_wrong(err, LP_FOR_TIERS, value, LP_TIERS_ALLOWED);
}


static int
lp_for_add_text(lp_redact_for_t *conditions, size_t i, lp_redact_text_t value,
                lp_error_t *err)
{
    lp_redact_text_t *field;

    field = (lp_redact_text_t *) (void *) ((char *) conditions
                                           + lp_for_texts[i].field);

    if (field->len != 0) {
        return lp_for_twice(err, lp_for_texts[i].name);
    }

    if (!lp_for_texts[i].valid(value.text, value.len)) {
        return lp_for_wrong(err, lp_for_texts[i].name, value,
                            lp_for_texts[i].allowed);
    }

    *field = value;

    return LP_OK;
}


int
lp_redact_for_add(lp_redact_for_t *conditions, const char *text, size_t len,
                  lp_error_t *err)
{
    size_t           i, name;
    const char      *equal = memchr(text, '=', len);
    lp_redact_text_t value = { NULL, 0 };

    name = equal != NULL ? (size_t) (equal - text) : 0;

    if (name > 0) {
        value.text = equal + 1;
        value.len = len - name - 1;
    }

    if (name == strlen(LP_FOR_TIERS)
        && memcmp(text, LP_FOR_TIERS, name) == 0) {
        return lp_for_add_tiers(conditions, value, err);
    }

    for (i = 0; i < LP_FOR_TEXTS; i++) {
        if (name == strlen(lp_for_texts[i].name)
            && memcmp(text, lp_for_texts[i].name, name) == 0) {
            return lp_for_add_text(conditions, i, value, err);
        }
    }

    return lp_error(err, "",
                    "unknown parameter \"%.*s\", allowed are " LP_FOR_ALLOWED,
                    lp_for_shown(equal != NULL ? name + 1 : len), text);
}


static int
lp_for_is(const lp_redact_text_t *known, const lp_redact_text_t *wanted)
{
    return wanted->len == 0
           || (known->len == wanted->len
               && memcmp(known->text, wanted->text, wanted->len) == 0);
}


int
lp_redact_for_met(const lp_redact_for_t    *conditions,
                  const lp_redact_caller_t *caller)
{
    const lp_redact_text_t *scope = &conditions->scope;

    /* LP_TIERS, no tier, is a bit that no condition has */
    if (conditions->tiers != 0 && !(conditions->tiers >> caller->tier & 1)) {
        return 0;
    }

    /* the scopes last: of all that is compared they are the longest */
    return lp_for_is(&caller->partner, &conditions->partner)
           && lp_for_is(&caller->application, &conditions->application)
           && lp_for_is(&caller->category, &conditions->category)
           && (scope->len == 0
               || lp_scope_set_covers(caller->scopes.text, caller->scopes.len,
                                      scope->text, scope->len));
}
