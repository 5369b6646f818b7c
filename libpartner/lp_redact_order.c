/*
 * Compares two profiles by what they name: each place is walked down in both as
 * a value of a document would be.
 */

#include <stdio.h>
#include <string.h>

#include "lp_redact_order.h"
#include "lp_redact_profile.h"


#define LP_ORDER_TEXT 80 /* bytes of a path that an error shows */


/* A path of a profile; its steps stand at the array's end. */
typedef struct {
    unsigned              from;
    const lp_path_step_t *steps[LP_PATH_STEPS];
    uint64_t              descends; /* a bit a step */
    int                   exact;    /* the case of its names matters */
} lp_order_place_t;

/* The two that are compared, and where that is said. */
typedef struct {
    const lp_redact_profile_t *profile;
    const lp_redact_profile_t *other;
    lp_error_t                *err;
} lp_order_t;

static const lp_redact_action_t lp_order_no_rule = { LP_REDACT_NONE, 0, 0 };


/* How much is left to see. */
static unsigned
lp_order_shown(lp_redact_action_t action)
{
    switch (action.kind) {

    case LP_REDACT_DROP:
        return 0;

    case LP_REDACT_NULL:
        return 1;

    case LP_REDACT_MASK:
        return action.first + action.last == 0 ? 1 : 2;

    case LP_REDACT_HASH:
        return 2;

    case LP_REDACT_ENCRYPT:
        return 3;

    default:
        return 4;
    }
}


static int
lp_order_is_less(lp_redact_action_t a, lp_redact_action_t b)
{
    unsigned shown = lp_order_shown(a), most = lp_order_shown(b);

    if (shown != most) {
        return shown < most;
    }

    return a.kind == LP_REDACT_MASK && b.kind == LP_REDACT_MASK
           && a.first <= b.first && a.last <= b.last
           && a.first + a.last < b.first + b.last;
}


/* `nothing` is what it is called that a profile makes nothing of it. */
static int
lp_order_judge(const lp_order_t *o, const char *target, size_t len,
               lp_redact_action_t ours, lp_redact_action_t theirs,
               const char *nothing)
{
    char less[LP_REDACT_ACTION_TEXT], more[LP_REDACT_ACTION_TEXT];

    if (!lp_order_is_less(theirs, ours)) {
        return LP_OK;
    }

    len = len < LP_ORDER_TEXT ? len : LP_ORDER_TEXT;
    lp_redact_action_text(theirs, less);
    lp_redact_action_text(ours, more);

    return lp_error(o->err, "", "\"%.*s=%s\" instead of %s", (int) len, target,
                    less, *more != '\0' ? more : nothing);
}


/* A rule that minds the case covers a name of any case in one spelling only. */
static int
lp_order_spells(const lp_redact_profile_t *profile,
                const lp_order_place_t *place, const lp_path_step_t *step)
{
    size_t i;

    if (place->exact || !profile->exact) {
        return 1;
    }

    for (i = 0; i < step->len; i++) {
        if ((uint8_t) ((step->name[i] | 0x20) - 'a') < 26) {
            return 0;
        }
    }

    return 1;
}


/* What the profile makes of a child, having made nothing of what it is in. */
static lp_redact_action_t
lp_order_step(const lp_redact_profile_t *profile,
              const lp_order_place_t *place, unsigned i, uint64_t *state)
{
    int                   tag;
    const uint8_t        *name;
    const lp_path_step_t *step = place->steps[i];

    name = step->kind == LP_PATH_NAME && lp_order_spells(profile, place, step)
               ? step->name
               : NULL;

    /* of levels that may or may not be there only what outlasts them is sure */
    if (place->descends >> i & 1) {
        *state &= profile->paths.descends;
    }

    *state = step->kind == LP_PATH_INDEX
                 ? lp_paths_element(&profile->paths, *state, step->index, &tag)
                 : lp_paths_member(&profile->paths, *state, name, step->len,
                                   !profile->exact, &tag);

    if (tag != LP_PATH_NO_MATCH) {
        return profile->by_path[tag];
    }

    return name != NULL ? *lp_redact_match(profile, name, step->len)
                        : lp_order_no_rule;
}


/* A rule for an array or object covers all that is in it. */
static lp_redact_action_t
lp_order_at(const lp_redact_profile_t *profile, const lp_order_place_t *place)
{
    unsigned           i;
    uint64_t           state = profile->paths.first;
    lp_redact_action_t action = lp_order_no_rule;

    for (i = place->from; i < LP_PATH_STEPS; i++) {
        action = lp_order_step(profile, place, i, &state);

        if (action.kind != LP_REDACT_NONE) {
            break;
        }
    }

    return action;
}


static int
lp_order_place(const lp_order_t *o, const lp_order_place_t *place,
               const char *text, size_t len)
{
    return lp_order_judge(o, text, len, lp_order_at(o->profile, place),
                          lp_order_at(o->other, place), "no rule");
}


/* A member of that name is one at any depth. */
static int
lp_order_name(const lp_order_t *o, const lp_redact_profile_t *of,
              const lp_redact_field_t *field)
{
    lp_path_step_t   step = { .kind = LP_PATH_NAME, .len = field->len };
    lp_order_place_t place = { .from = LP_PATH_STEPS - 1, .exact = of->exact };

    memcpy(step.name, field->name, field->len);
    place.steps[place.from] = &step;
    place.descends = UINT64_C(1) << place.from;

    return lp_order_place(o, &place, (const char *) field->name, field->len);
}


/* From the step that ends the path back to its first, and then forth. */
static int
lp_order_path(const lp_order_t *o, const lp_redact_profile_t *of,
              unsigned ends)
{
    char              text[LP_ORDER_TEXT + 1] = "$";
    size_t            len = 1;
    unsigned          i, at = ends;
    lp_order_place_t  place = { .from = LP_PATH_STEPS, .exact = of->exact };
    const lp_paths_t *paths = &of->paths;

    do {
        place.from--;
        place.steps[place.from] = &paths->steps[at];
        place.descends |= (paths->descends >> at & 1) << place.from;
        at = lp_paths_before(paths, at);
    } while (at < paths->n);

    for (i = place.from; i < LP_PATH_STEPS; i++) {
        len += lp_path_step_text(place.steps[i],
                                 (int) (place.descends >> i & 1), text + len,
                                 sizeof(text) - len);
    }

    return lp_order_place(o, &place, text, len);
}


/* What one of them names: names, and paths where a step ends one. */
static int
lp_order_places(const lp_order_t *o, const lp_redact_profile_t *of)
{
    size_t   i;
    unsigned step;

    for (i = 0; i < of->n; i++) {
        if (lp_order_name(o, of, &of->fields[i]) != LP_OK) {
            return LP_INVALID;
        }
    }

    for (step = 0; step < of->paths.n; step++) {
        if (of->paths.steps[step].tag != LP_PATH_NO_MATCH
            && lp_order_path(o, of, step) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


static int
lp_order_classes(const lp_order_t *o)
{
    int  len;
    char text[sizeof("@aadhaar")];
    unsigned class;

    /* an action that was never set is that of no rule */
    for (class = 0; class < LP_DETECT_CLASSES; class ++) {
        len = snprintf(text, sizeof(text), "@%s", lp_detect_names[class]);

        if (lp_order_judge(o, text, (size_t) len, o->profile->by_class[class],
                           o->other->by_class[class], "no rule")
            != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/* Marks of all classes that one of them has a rule for, and of all others. */
static int
lp_order_marks(const lp_order_t *o, const lp_redact_profile_t *of)
{
    int    len;
    char   text[sizeof("x-pii:") + LP_PII_CLASS];
    size_t i;
    const char *class;

    for (i = 0; i <= of->n_marks; i++) {
        class = i < of->n_marks ? of->marks[i].class : "";
        len = snprintf(text, sizeof(text), "x-pii%s%s",
                       *class != '\0' ? ":" : "", class);

        if (lp_order_judge(o, text, (size_t) len,
                           lp_redact_mark_of(o->profile, class)->action,
                           lp_redact_mark_of(o->other, class)->action, "pass")
            != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


int
lp_redact_profile_covers(const lp_redact_profile_t *profile,
                         const lp_redact_profile_t *other, lp_error_t *err)
{
    lp_order_t o = { profile, other, err };

    return lp_order_places(&o, other) == LP_OK
                   && lp_order_places(&o, profile) == LP_OK
                   && lp_order_classes(&o) == LP_OK
                   && lp_order_marks(&o, other) == LP_OK
                   && lp_order_marks(&o, profile) == LP_OK
               ? LP_OK
               : LP_INVALID;
}
