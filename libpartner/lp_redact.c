/*
 * Follows a JSON text, decides at each value what becomes of it, and emits
 * what stays in spans as long as they come.
 */

#include <string.h>

#include "lp_redact_profile.h"


/*
 * What is of one text stands between `emit` and `states`.  To hear of names
 * that a rule may have, and of nothing else, is several times faster.
 */
void
lp_redact_again(lp_redact_t *r)
{
    const lp_redact_profile_t *profile = r->profile;

    memset(&r->emit, 0,
           offsetof(lp_redact_t, states) - offsetof(lp_redact_t, emit));
    lp_json_init(&r->json, &profile->filter);
    r->states[0] = profile->paths.first;

    if (profile->n_paths > 0 || profile->detects != 0 || profile->drops) {
        lp_json_every(&r->json);
    }
}


void
lp_redact_init(lp_redact_t *r, const lp_redact_profile_t *profile)
{
    memset(&r->profile, 0,
           offsetof(lp_redact_t, emit) - offsetof(lp_redact_t, profile));
    r->profile = profile;
    lp_redact_again(r);
}


void
lp_redact_use_keys(lp_redact_t *r, lp_partner_keys_t *keys)
{
    r->keys = keys;
}


/* Only names that an escape or the input's end cut are copied, or kept. */
static void
lp_redact_keep_part(lp_redact_t *r)
{
    if (r->json.text_len > (size_t) LP_REDACT_FIELD_LEN - r->name_len) {
        r->name_len = LP_REDACT_FIELD_LEN + 1;
        return;
    }

    memcpy(r->name + r->name_len, r->json.text, r->json.text_len);
    r->name_len = (uint8_t) (r->name_len + r->json.text_len);
}


/* What waits for the value of the name, of which this is a part, or NULL. */
static inline const lp_redact_action_t *
lp_redact_name(lp_redact_t *r)
{
    const lp_redact_action_t *action;

    if (r->named) {
        r->named = 0; /* that of an earlier member */
        r->name_len = 0;
    }

    if (r->json.every || !r->json.text_ends || r->name_len > 0) {
        if (r->name_len <= LP_REDACT_FIELD_LEN) {
            lp_redact_keep_part(r);
        }

        r->named = r->json.text_ends;

        if (r->json.every || !r->named) {
            return NULL;
        }

        action = lp_redact_match(r->profile, r->name, r->name_len);

    } else {
        action = lp_redact_match(r->profile, r->json.text, r->json.text_len);
    }

    return action->kind != LP_REDACT_NONE ? action : NULL;
}


/* The state of the paths below a value, and the path that ends at it. */
static uint64_t
lp_redact_follow(lp_redact_t *r, int *tag)
{
    unsigned          depth = r->json.depth;
    const lp_paths_t *paths = &r->profile->paths;

    *tag = LP_PATH_NO_MATCH;

    if (depth == 0) {
        return paths->first;
    }

    if (lp_json_in_object(&r->json)) {
        return lp_paths_member(paths, r->states[depth],
                               r->named ? r->name : NULL, r->name_len,
                               !r->profile->exact, tag);
    }

    return lp_paths_element(paths, r->states[depth], r->elements[depth], tag);
}


/* At a value that nothing has matched yet: its rule; a path goes first. */
static void
lp_redact_decide(lp_redact_t *r)
{
    int      tag;
    uint64_t below;

    below = lp_redact_follow(r, &tag);
    r->states[r->json.depth + 1] = below;
    r->action.kind = LP_REDACT_NONE;

    if (tag != LP_PATH_NO_MATCH) {
        r->action = r->profile->by_path[tag];
        r->class = r->profile->counts_as[tag];

    } else if (r->named) {
        r->action = *lp_redact_match(r->profile, r->name, r->name_len);
        r->class = LP_REDACT_BY_NAME;
    }

    r->named = 0;
    r->name_len = 0;
}


/*
 * The comma before it is held and goes as well; the first of its container has
 * none, and takes the one behind it.
 */
static int
lp_redact_drop(lp_redact_t *r)
{
    r->doing = LP_SKIPPING;
    r->uncomma = !r->comma;
    r->held_len = 0;
    lp_redact_count(r);

    return LP_OK;
}


/* A value that becomes the same whatever it is, or is needed whole. */
static int
lp_redact_replace(lp_redact_t *r, const uint8_t *p)
{
    int               rc;
    lp_redact_fixed_t fixed;

    if (r->action.kind == LP_REDACT_DROP) {
        return lp_redact_drop(r);
    }

    rc = lp_redact_release(r);

    if (rc == LP_OK) {
        rc = lp_redact_pass(r, r->start, p);
    }

    if (rc != LP_OK) {
        return rc;
    }

    lp_redact_count(r);

    fixed = lp_redact_fixed(&r->action);

    if (fixed.len == 0) {
        r->doing = LP_KEEPING;
        r->value = p;
        r->kept_len = 0;
        return LP_OK;
    }

    r->doing = LP_SKIPPING;

    return r->emit(r->ctx, (const uint8_t *) fixed.text, fixed.len, 1);
}


/* A value that no rule names: a container is entered, a text is read. */
static int
lp_redact_enter(lp_redact_t *r, const uint8_t *p)
{
    if (*p == '{' || *p == '[') {
        r->elements[r->json.depth + 1] = 0;
        return lp_redact_hold(r, p + 1, 0);
    }

    if (r->profile->detects == 0 || *p == 't' || *p == 'f' || *p == 'n') {
        return LP_OK;
    }

    lp_json_watch(&r->json);
    r->doing = LP_READING;
    r->value = p;
    r->kept_len = 0;

    return LP_OK;
}


static int
lp_redact_on_value(lp_redact_t *r, const uint8_t *p)
{
    int rc;

    if (!r->json.every) {
        return lp_redact_replace(r, p);
    }

    if (lp_redact_settle(r, p) != LP_OK) {
        return LP_INVALID;
    }

    lp_redact_decide(r);

    if (r->action.kind != LP_REDACT_NONE) {
        lp_json_watch(&r->json);
        return lp_redact_replace(r, p);
    }

    rc = lp_redact_release(r);

    return rc == LP_OK ? lp_redact_enter(r, p) : rc;
}


static int
lp_redact_on_end(lp_redact_t *r, const uint8_t *p)
{
    int rc = LP_OK;

    if (r->doing == LP_KEEPING) {
        rc = lp_redact_make(r, p);

    } else if (r->doing == LP_READING) {
        rc = lp_redact_read(r, p);

    } else {
        r->start = p;
    }

    r->doing = LP_PASSING;
    r->value = NULL;

    return rc;
}


/* A comma goes with the value that was dropped before it. */
static int
lp_redact_on_comma(lp_redact_t *r, const uint8_t *p)
{
    int rc;

    r->named = 0;
    r->name_len = 0;
    r->elements[r->json.depth]++;

    if (!r->uncomma) {
        return lp_redact_hold(r, p - 1, 1);
    }

    rc = lp_redact_pass(r, r->start, p - 1);
    r->uncomma = 0;
    r->start = p;

    return rc == LP_OK ? lp_redact_hold(r, p, 0) : rc;
}


/* The bracket at the byte before p ends what may have been empty. */
static int
lp_redact_on_close(lp_redact_t *r, const uint8_t *p)
{
    r->uncomma = 0;

    return lp_redact_settle(r, p - 1) == LP_OK ? lp_redact_release(r)
                                               : LP_INVALID;
}


/*
 * The value of such a name, which the input holds whole up to p.  Nothing is
 * held back before it, since then each value were told of.
 */
static inline int
lp_redact_on_taken(lp_redact_t *r, const lp_redact_action_t *action,
                   const uint8_t *value, const uint8_t *p)
{
    int               rc;
    lp_redact_fixed_t fixed = lp_redact_fixed(action);

    r->class = LP_REDACT_BY_NAME;

    if (fixed.len == 0) {
        r->action = *action;
        rc = lp_redact_replace(r, value);
        return rc == LP_OK ? lp_redact_on_end(r, p) : rc;
    }

    rc = lp_redact_pass(r, r->start, value);
    r->start = p;
    lp_redact_count(r);

    return rc == LP_OK
               ? r->emit(r->ctx, (const uint8_t *) fixed.text, fixed.len, 1)
               : rc;
}


/* What the name before *pos names: at once, if the input has it whole. */
static int
lp_redact_on_name(lp_redact_t *r, const uint8_t **pos, const uint8_t *end)
{
    const uint8_t            *value;
    const lp_redact_action_t *action = lp_redact_name(r);

    if (action == NULL) {
        lp_json_decline(&r->json);
        return LP_OK;
    }

    if (lp_json_take(&r->json, pos, end, action, &value)) {
        return lp_redact_on_taken(r, action, value, *pos);
    }

    r->action = *action;
    r->class = LP_REDACT_BY_NAME;
    lp_json_watch(&r->json);

    return LP_OK;
}


int
lp_redact_feed(lp_redact_t *r, const uint8_t *data, size_t len,
               lp_redact_emit_pt emit, void *ctx)
{
    int            rc;
    const uint8_t *p, *end;

    if (r->reason != 0) {
        return LP_INVALID;
    }

    r->emit = emit;
    r->ctx = ctx;
    p = data;
    end = data + len;
    r->data = data;
    r->start = data;

    for (rc = LP_OK; rc == LP_OK;) {
        switch (lp_json_next(&r->json, &p, end)) {

        case LP_JSON_NAME:
            rc = lp_redact_on_name(r, &p, end);
            break;

        case LP_JSON_TAKEN:
            rc = lp_redact_on_taken(r, r->json.tag, r->json.text, p);
            break;

        case LP_JSON_VALUE:
            rc = lp_redact_on_value(r, p);
            break;

        case LP_JSON_END:
            rc = lp_redact_on_end(r, p);
            break;

        case LP_JSON_COMMA:
            rc = lp_redact_on_comma(r, p);
            break;

        case LP_JSON_CLOSE:
            rc = lp_redact_on_close(r, p);
            break;

        case LP_JSON_MORE:
            rc = lp_redact_pause(r, end);
            r->fed += len;
            return rc;

        default: /* what lies between start and p stays unsent */
            return lp_redact_settle(r, p) == LP_OK
                       ? lp_redact_refuse(r, p, r->json.reason)
                       : LP_INVALID;
        }
    }

    return rc;
}


int
lp_redact_finish(lp_redact_t *r, lp_redact_emit_pt emit, void *ctx)
{
    static const uint8_t nothing[1];

    r->emit = emit;
    r->ctx = ctx;
    r->data = nothing;
    r->start = nothing;

    if (r->reason != 0) {
        return LP_INVALID;
    }

    if (!lp_json_finish(&r->json)) {
        return lp_redact_refuse(r, nothing, r->json.reason);
    }

    /* A number that is all of the text ends with it. */
    return r->doing == LP_PASSING ? LP_OK : lp_redact_on_end(r, nothing);
}


int
lp_redact_text(lp_redact_t *r, const lp_redact_profile_t *profile,
               lp_partner_keys_t *keys, const void *text, size_t len,
               lp_redact_emit_pt emit, void *ctx)
{
    int rc;

    lp_redact_init(r, profile);
    lp_redact_use_keys(r, keys);
    rc = lp_redact_feed(r, text, len, emit, ctx);

    return rc == LP_OK ? lp_redact_finish(r, emit, ctx) : rc;
}
