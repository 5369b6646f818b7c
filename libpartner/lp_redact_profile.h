/*
 * What the parts of the redactor share: a profile and the ways of a value.
 */

#ifndef LP_REDACT_PROFILE_H
#define LP_REDACT_PROFILE_H


#include "lp_pii_rules.h"
#include "lp_redact.h"
#include "lp_redact_rule.h"


typedef struct {
    uint8_t            name[LP_REDACT_FIELD_LEN]; /* folded, unless exact */
    size_t             len;
    lp_redact_action_t action;
} lp_redact_field_t;

/* What becomes of values that a contract marks, of a class or of any. */
typedef struct {
    char class[LP_PII_CLASS + 1]; /* "": of those that no other names */
    lp_redact_action_t action;
    uint8_t            passes;
} lp_redact_mark_t;

/* A bit of the masks stands for a field. */
struct lp_redact_profile_s {
    size_t             n;
    lp_json_filter_t   filter;
    uint64_t           by_first[256]; /* byte of a name */
    uint64_t           by_len[LP_REDACT_FIELD_LEN + 1];
    lp_redact_field_t  fields[LP_REDACT_FIELDS];
    lp_paths_t         paths;
    int                n_paths;
    lp_redact_action_t by_path[LP_REDACT_PATHS];
    uint8_t            counts_as[LP_REDACT_PATHS]; /* a class of counts */
    unsigned           detects;                    /* a bit a class */
    lp_redact_action_t by_class[LP_DETECT_CLASSES];
    size_t             n_marks;
    lp_redact_mark_t   marks[LP_REDACT_MARKS];
    uint8_t            exact;
    uint8_t            drops; /* some rule does */
    uint8_t            needs_keys;
};


/*
 * The action for a member of that name, of kind LP_REDACT_NONE if none is.
 * `name` is unescaped; longer ones than LP_REDACT_FIELD_LEN are no rule's.
 */
const lp_redact_action_t *lp_redact_match(const lp_redact_profile_t *profile,
                                          const uint8_t *name, size_t len);

/* What becomes of marks of that class: the rule for it, else for all, else
   a mask. */
const lp_redact_mark_t *lp_redact_mark_of(const lp_redact_profile_t *profile,
                                          const char *class);

/* Room for what an action makes of a value of so many bytes. */
#define LP_REDACT_MADE(n) (6 * (n) + 64 + LP_ENCRYPTED_LEN(n))

/*
 * What stands in the place of a JSON value, of which `raw` is the text;
 * returns its length.  Too long is what was not kept: it is masked.
 */
size_t lp_redact_value(lp_redact_action_t action, lp_partner_keys_t *keys,
                       const uint8_t *raw, size_t len, uint8_t *out);

/* The same for text within a string; what it makes needs no escape. */
size_t lp_redact_part(lp_redact_action_t action, lp_partner_keys_t *keys,
                      const uint8_t *text, size_t len, uint8_t *out);

/* What stands in the place of every value, whatever it is; len 0: it hangs. */
typedef struct {
    size_t      len;
    const char *text;
} lp_redact_fixed_t;


static inline lp_redact_fixed_t
lp_redact_fixed(const lp_redact_action_t *action)
{
    static const lp_redact_fixed_t stars = { 5, "\"***\"" };
    static const lp_redact_fixed_t null = { 4, "null" };
    static const lp_redact_fixed_t none = { 0, "" };

    if (action->kind == LP_REDACT_MASK) {
        return action->first + action->last == 0 ? stars : none;
    }

    return action->kind == LP_REDACT_NULL ? null : none;
}


/*
 * What happens to the bytes that come.  Between two feeds nothing points into
 * an input: what was not emitted by then is in `kept`, of a value that is
 * needed whole, or in `held`, where a value may take it along, never in both.
 */
enum {
    LP_PASSING = 0,
    LP_SKIPPING, /* within a value that was replaced or is dropped */
    LP_KEEPING,  /* within a value that is needed whole */
    LP_READING   /* within a string or number that detectors look at */
};


static inline int
lp_redact_pass(lp_redact_t *r, const uint8_t *from, const uint8_t *to)
{
    return to > from ? r->emit(r->ctx, from, (size_t) (to - from), 0) : LP_OK;
}


static inline void
lp_redact_count(lp_redact_t *r)
{
    r->redactions++;
    r->counts[r->class]++;
}


/* The byte at p of the running feed is refused; LP_INVALID. */
int lp_redact_refuse(lp_redact_t *r, const uint8_t *p, unsigned reason);

/* Bytes up to p stay; from there on they may go with the next value. */
int lp_redact_hold_from(lp_redact_t *r, const uint8_t *p, int comma);

static inline int
lp_redact_hold(lp_redact_t *r, const uint8_t *p, int comma)
{
    return r->profile->drops ? lp_redact_hold_from(r, p, comma) : LP_OK;
}


/* What is held ends at p. */
int lp_redact_hold_to(lp_redact_t *r, const uint8_t *p);

static inline int
lp_redact_settle(lp_redact_t *r, const uint8_t *p)
{
    return r->holding ? lp_redact_hold_to(r, p) : LP_OK;
}


/* What is held, as far as it came with earlier input, turns out to stay. */
static inline int
lp_redact_release(lp_redact_t *r)
{
    size_t len = r->held_len;

    r->held_len = 0;

    return len > 0 ? r->emit(r->ctx, r->held, len, 1) : LP_OK;
}


/* The end of the input, maybe within what is held or needed whole. */
int lp_redact_pause(lp_redact_t *r, const uint8_t *end);

/* It ends at p: what the action makes of it, or what detectors leave of it. */
int lp_redact_make(lp_redact_t *r, const uint8_t *p);
int lp_redact_read(lp_redact_t *r, const uint8_t *p);


#endif
