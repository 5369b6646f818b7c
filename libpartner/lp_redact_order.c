/*
 * Compares two profiles at every place that a value of a document can have:
 * both are followed together from the document down, by each child that some
 * rule tells from others, until nothing new is met.
 */

#include <stdio.h>
#include <string.h>

#include "lp_redact_order.h"
#include "lp_redact_profile.h"


#define LP_ORDER_PLACES   1024 /* that differ in what rules expect below */
#define LP_ORDER_TEXT     80   /* bytes of a place that an error shows */
#define LP_ORDER_CHILDREN (4 * (LP_REDACT_FIELDS + LP_PATH_STEPS) + 2)

#define LP_ORDER_PART 2 /* is shown, of which each action has another */

/* A child of a container, as far as rules tell it from others. */
typedef struct {
    const uint8_t *name; /* NULL: one that no rule has */
    size_t         len;
    uint32_t       index;
    uint8_t        element; /* of an array */
    uint8_t        other;   /* a name or an index that no rule has */
    uint8_t        respelt; /* in letters of another case than any rule's */
} lp_order_child_t;

/*
 * A place that no rule of the line's profile has covered.  Once the default's
 * has, its paths are at an end, and its action is that for all below.
 */
typedef struct {
    uint64_t           ours, theirs; /* states of paths */
    lp_redact_action_t action;       /* of ours */
    uint16_t           above;        /* the place that it is in */
    uint16_t           child;        /* and which of its children it is */
} lp_order_place_t;

typedef struct {
    const lp_redact_profile_t *profile;
    const lp_redact_profile_t *other;
    lp_error_t                *err;
    size_t                     n_children, n_places;
    lp_order_child_t           children[LP_ORDER_CHILDREN];
    lp_order_place_t           places[LP_ORDER_PLACES];
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
        return action.first + action.last == 0 ? 1 : LP_ORDER_PART;

    case LP_REDACT_HASH:
        return LP_ORDER_PART;

    case LP_REDACT_ENCRYPT:
        return 3;

    default:
        return 4;
    }
}


static int
lp_order_is_same(lp_redact_action_t a, lp_redact_action_t b)
{
    return a.kind == b.kind && a.first == b.first && a.last == b.last;
}


/* Whether ours shows nothing of any value that theirs does not. */
static int
lp_order_covers(lp_redact_action_t ours, lp_redact_action_t theirs)
{
    unsigned shown = lp_order_shown(ours), most = lp_order_shown(theirs);

    return shown < most
           || (shown == most
               && (shown != LP_ORDER_PART || lp_order_is_same(ours, theirs)));
}


/* `nothing` is what it is called that ours makes nothing of it. */
static int
lp_order_error(lp_error_t *err, const char *what, const char *where,
               lp_redact_action_t ours, lp_redact_action_t theirs,
               const char *nothing)
{
    char less[LP_REDACT_ACTION_TEXT], more[LP_REDACT_ACTION_TEXT];

    lp_redact_action_text(theirs, less);
    lp_redact_action_text(ours, more);

    return lp_error(err, "", "\"%s=%s\"%s%s instead of %s%s", what, less,
                    *where != '\0' ? " at " : "", where,
                    *more != '\0' ? more : nothing,
                    lp_order_shown(ours) == lp_order_shown(theirs)
                        ? ", of which neither always shows less"
                        : "");
}


static void
lp_order_add(lp_order_t *o, const lp_order_child_t *child)
{
    size_t                  i;
    const lp_order_child_t *known;

    for (i = 0; i < o->n_children; i++) {
        known = &o->children[i];

        if (known->element == child->element && known->other == child->other
            && known->respelt == child->respelt && known->len == child->len
            && known->index == child->index
            && (child->len == 0
                || memcmp(known->name, child->name, child->len) == 0)) {
            return;
        }
    }

    o->children[o->n_children++] = *child;
}


static int
lp_order_has_letter(const uint8_t *name, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if ((uint8_t) ((name[i] | 0x20) - 'a') < 26) {
            return 1;
        }
    }

    return 0;
}


/* Where one alone minds the case, a name is two: as it is spelt, and not. */
static void
lp_order_add_name(lp_order_t *o, const uint8_t *name, size_t len)
{
    lp_order_child_t child = { .name = name, .len = len };

    lp_order_add(o, &child);

    if (o->profile->exact != o->other->exact
        && lp_order_has_letter(name, len)) {
        child.respelt = 1;
        lp_order_add(o, &child);
    }
}


/* Each name and index of its rules. */
static void
lp_order_children(lp_order_t *o, const lp_redact_profile_t *of)
{
    size_t                i;
    lp_order_child_t      child = { .element = 1 };
    const lp_path_step_t *step;

    for (i = 0; i < of->n; i++) {
        lp_order_add_name(o, of->fields[i].name, of->fields[i].len);
    }

    for (i = 0; i < of->paths.n; i++) {
        step = &of->paths.steps[i];

        if (step->kind == LP_PATH_NAME) {
            lp_order_add_name(o, step->name, step->len);

        } else if (step->kind == LP_PATH_INDEX) {
            child.index = step->index;
            lp_order_add(o, &child);
        }
    }
}


/* What the profile makes of a child of what it has made nothing of. */
static lp_redact_action_t
lp_order_step(const lp_redact_profile_t *profile, uint64_t *state,
              const lp_order_child_t *child)
{
    int            tag;
    const uint8_t *name;

    name = child->respelt && profile->exact ? NULL : child->name;

    *state
        = child->element
              ? lp_paths_element(&profile->paths, *state, child->index, &tag)
              : lp_paths_member(&profile->paths, *state, name, child->len,
                                !profile->exact, &tag);

    if (tag != LP_PATH_NO_MATCH) {
        return profile->by_path[tag];
    }

    return name != NULL ? *lp_redact_match(profile, name, child->len)
                        : lp_order_no_rule;
}


/* "$.list[0].*", of which the beginning is cut where it is too long. */
static size_t
lp_order_text(const lp_order_t *o, const lp_order_place_t *place, char *out,
              size_t size)
{
    size_t                  len;
    lp_path_step_t          step = { .kind = LP_PATH_ANY };
    const lp_order_child_t *child = &o->children[place->child];

    if (place->above == LP_ORDER_PLACES) {
        return (size_t) snprintf(out, size, "$");
    }

    len = lp_order_text(o, &o->places[place->above], out, size);

    if (!child->other) {
        step.kind = child->element ? LP_PATH_INDEX : LP_PATH_NAME;
        step.index = child->index;
        step.len = child->len;

        if (child->len > 0) {
            memcpy(step.name, child->name, child->len);
        }
    }

    return len + lp_path_step_text(&step, out + len, size - len);
}


/* The ends of a text that a mask keeps are not those of what is found in it. */
static int
lp_order_is_around(const lp_order_place_t *place, lp_redact_action_t theirs)
{
    return place->action.kind == LP_REDACT_MASK
           && lp_order_shown(place->action) == LP_ORDER_PART
           && lp_order_shown(theirs) == LP_ORDER_PART;
}


/* `class` is of what detectors find in a text there; NULL: all of it. */
static int
lp_order_judge(const lp_order_t *o, const lp_order_place_t *place,
               lp_redact_action_t ours, lp_redact_action_t theirs,
               const char *class)
{
    char text[LP_ORDER_TEXT + 1], found[sizeof("@aadhaar")];

    if (lp_order_covers(ours, theirs)
        && !(class != NULL && lp_order_is_around(place, theirs))) {
        return LP_OK;
    }

    (void) lp_order_text(o, place, text, sizeof(text));

    if (class == NULL) {
        return lp_order_error(o->err, text, "", ours, theirs, "no rule");
    }

    (void) snprintf(found, sizeof(found), "@%s", class);

    return lp_order_error(o->err, found,
                          place->above < LP_ORDER_PLACES ? text : "", ours,
                          theirs, "no rule");
}


/* Detectors find something wherever no rule has covered a text. */
static int
lp_order_detected(const lp_order_t *o, const lp_order_place_t *place)
{
    unsigned class;
    lp_redact_action_t ours = place->action;

    for (class = 0; class < LP_DETECT_CLASSES; class ++) {

        if (place->action.kind == LP_REDACT_NONE) {
            ours = o->profile->by_class[class];
        }

        if (lp_order_judge(o, place, ours, o->other->by_class[class],
                           lp_detect_names[class])
            != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/* A place to go on from, unless it is as one that is known. */
static int
lp_order_keep(lp_order_t *o, const lp_order_place_t *place)
{
    size_t                  i;
    const lp_order_place_t *known;

    for (i = 0; i < o->n_places; i++) {
        known = &o->places[i];

        if (known->ours == place->ours && known->theirs == place->theirs
            && lp_order_is_same(known->action, place->action)) {
            return LP_OK;
        }
    }

    if (o->n_places == LP_ORDER_PLACES) {
        return lp_error(o->err, "",
                        "paths with so many \"..\" that the two cannot be "
                        "compared");
    }

    o->places[o->n_places++] = *place;

    return LP_OK;
}


/* A rule covers all that is in a value, of which most leave nothing to see. */
static int
lp_order_ends(lp_redact_kind_t kind)
{
    return kind == LP_REDACT_DROP || kind == LP_REDACT_NULL
           || kind == LP_REDACT_MASK;
}


static int
lp_order_enter(lp_order_t *o, size_t above, size_t child)
{
    lp_order_place_t        place = o->places[above];
    lp_redact_action_t      theirs;
    const lp_order_child_t *by = &o->children[child];

    place.above = (uint16_t) above;
    place.child = (uint16_t) child;
    theirs = lp_order_step(o->other, &place.theirs, by);

    if (place.action.kind == LP_REDACT_NONE) {
        place.action = lp_order_step(o->profile, &place.ours, by);
        place.ours = place.action.kind == LP_REDACT_NONE ? place.ours : 0;
    }

    if (theirs.kind != LP_REDACT_NONE) {
        return lp_order_judge(o, &place, place.action, theirs, NULL);
    }

    if (lp_order_detected(o, &place) != LP_OK) {
        return LP_INVALID;
    }

    return lp_order_ends(place.action.kind) ? LP_OK : lp_order_keep(o, &place);
}


static int
lp_order_places(lp_order_t *o)
{
    size_t           at, child;
    lp_order_child_t member = { .other = 1 };
    lp_order_child_t element = { .other = 1, .element = 1 };

    element.index = UINT32_MAX; /* beyond those of paths */
    lp_order_add(o, &member);
    lp_order_add(o, &element);
    lp_order_children(o, o->other);
    lp_order_children(o, o->profile);

    o->n_places = 1;
    o->places[0].ours = o->profile->paths.first;
    o->places[0].theirs = o->other->paths.first;
    o->places[0].action = lp_order_no_rule;
    o->places[0].above = LP_ORDER_PLACES;

    if (lp_order_detected(o, &o->places[0]) != LP_OK) {
        return LP_INVALID;
    }

    for (at = 0; at < o->n_places; at++) {
        for (child = 0; child < o->n_children; child++) {
            if (lp_order_enter(o, at, child) != LP_OK) {
                return LP_INVALID;
            }
        }
    }

    return LP_OK;
}


/* Marks of all classes that one of them has a rule for, and of all others. */
static int
lp_order_marks(const lp_order_t *o, const lp_redact_profile_t *of)
{
    char   text[sizeof("x-pii:") + LP_PII_CLASS];
    size_t i;
    const char *class;
    lp_redact_action_t ours, theirs;

    for (i = 0; i <= of->n_marks; i++) {
        class = i < of->n_marks ? of->marks[i].class : "";
        ours = lp_redact_mark_of(o->profile, class)->action;
        theirs = lp_redact_mark_of(o->other, class)->action;

        if (!lp_order_covers(ours, theirs)) {
            (void) snprintf(text, sizeof(text), "x-pii%s%s",
                            *class != '\0' ? ":" : "", class);
            return lp_order_error(o->err, text, "", ours, theirs, "pass");
        }
    }

    return LP_OK;
}


int
lp_redact_profile_covers(const lp_redact_profile_t *profile,
                         const lp_redact_profile_t *other, lp_error_t *err)
{
    lp_order_t o = { .profile = profile, .other = other, .err = err };

    return lp_order_places(&o) == LP_OK && lp_order_marks(&o, other) == LP_OK
                   && lp_order_marks(&o, profile) == LP_OK
               ? LP_OK
               : LP_INVALID;
}
