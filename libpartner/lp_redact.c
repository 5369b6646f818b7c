/*
 * Replaces the values of named members in a JSON text that streams past.
 */

#include <string.h>

#include "lp_redact.h"


#define LP_REDACT_TOO_LONG (LP_REDACT_FIELD_LEN + 1)


typedef struct {
    uint8_t            name[LP_REDACT_FIELD_LEN]; /* folded */
    size_t             len;
    lp_redact_action_t action;
} lp_redact_field_t;

/* A bit of the masks stands for a field. */
struct lp_redact_profile_s {
    size_t            n;
    lp_json_filter_t  filter;
    uint64_t          by_first[256]; /* byte of a name, in either case */
    uint64_t          by_len[LP_REDACT_FIELD_LEN + 1];
    lp_redact_field_t fields[LP_REDACT_FIELDS];
};

_Static_assert(LP_REDACT_FIELDS <= 64, "a mask holds a bit a field");
_Static_assert(LP_REDACT_FIELD_LEN <= 64, "the filter holds a bit a length");

static const struct {
    const char *name;
    const char *value; /* that replaces */
    size_t      value_len;
} lp_redact_actions[LP_REDACT_ACTIONS] = {
    [LP_REDACT_MASK] = { "mask", "\"***\"", 5 },
    [LP_REDACT_NULL] = { "null", "null", 4 },
};


lp_redact_action_t
lp_redact_action_parse(const char *name, size_t len)
{
    lp_redact_action_t action;

    for (action = LP_REDACT_MASK; action < LP_REDACT_ACTIONS; action++) {
        if (strlen(lp_redact_actions[action].name) == len
            && memcmp(lp_redact_actions[action].name, name, len) == 0) {
            return action;
        }
    }

    return LP_REDACT_NONE;
}


static inline uint8_t
lp_redact_fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}


static int
lp_redact_same(const lp_redact_field_t *field, const uint8_t *name)
{
    size_t i;

    for (i = 0; i < field->len; i++) {
        if (field->name[i] != lp_redact_fold(name[i])) {
            return 0;
        }
    }

    return 1;
}


/* Two masks leave the few rules that are worth comparing, mostly none. */
static inline lp_redact_action_t
lp_redact_match(const lp_redact_profile_t *profile, const uint8_t *name,
                size_t len)
{
    uint64_t                 candidates;
    const lp_redact_field_t *field;

    if (len == 0 || len > LP_REDACT_FIELD_LEN) {
        return LP_REDACT_NONE;
    }

    candidates = profile->by_first[name[0]] & profile->by_len[len];

    for (; candidates != 0; candidates &= candidates - 1) {
        field = &profile->fields[__builtin_ctzll(candidates)];

        if (lp_redact_same(field, name)) {
            return field->action;
        }
    }

    return LP_REDACT_NONE;
}


size_t
lp_redact_profile_size(void)
{
    return sizeof(lp_redact_profile_t);
}


void
lp_redact_profile_init(lp_redact_profile_t *profile)
{
    memset(profile, 0, sizeof(*profile));
}


int
lp_redact_profile_add(lp_redact_profile_t *profile, const char *field,
                      size_t len, lp_redact_action_t action, lp_error_t *err)
{
    size_t             i;
    unsigned           c;
    uint64_t           bit;
    lp_redact_field_t *f;

    if (len == 0 || len > LP_REDACT_FIELD_LEN) {
        return lp_error(err, "",
                        "a field name has %zu bytes, allowed: 1 to %d", len,
                        LP_REDACT_FIELD_LEN);
    }

    if (profile->n == LP_REDACT_FIELDS) {
        return lp_error(err, "", "too many fields, allowed: %d",
                        LP_REDACT_FIELDS);
    }

    if (lp_redact_match(profile, (const uint8_t *) field, len)
        != LP_REDACT_NONE) {
        return lp_error(err, "", "field \"%.*s\" is named twice", (int) len,
                        field);
    }

    bit = UINT64_C(1) << profile->n;
    f = &profile->fields[profile->n++];
    f->len = len;
    f->action = action;

    for (i = 0; i < len; i++) {
        f->name[i] = lp_redact_fold((uint8_t) field[i]);
    }

    profile->by_len[len] |= bit;

    for (c = 0; c < 256; c++) {
        if (lp_redact_fold((uint8_t) c) == f->name[0]) {
            profile->by_first[c] |= bit;
            profile->filter.lengths[c] |= UINT64_C(1) << (len - 1);
        }
    }

    return LP_OK;
}


void
lp_redact_init(lp_redact_t *r, const lp_redact_profile_t *profile)
{
    memset(r, 0, sizeof(*r));
    lp_json_init(&r->json, &profile->filter);
    r->profile = profile;
}


/* Only names that an escape or the input's end cut are copied at all. */
static void
lp_redact_keep_part(lp_redact_t *r)
{
    if (r->json.text_len > (size_t) LP_REDACT_FIELD_LEN - r->name_len) {
        r->name_len = LP_REDACT_TOO_LONG;
        return;
    }

    memcpy(r->name + r->name_len, r->json.text, r->json.text_len);
    r->name_len = (uint8_t) (r->name_len + r->json.text_len);
}


static inline void
lp_redact_name(lp_redact_t *r)
{
    if (r->json.text_ends && r->name_len == 0) {
        r->action
            = lp_redact_match(r->profile, r->json.text, r->json.text_len);

    } else {
        if (r->name_len < LP_REDACT_TOO_LONG) {
            lp_redact_keep_part(r);
        }

        if (!r->json.text_ends) {
            return;
        }

        r->action = lp_redact_match(r->profile, r->name, r->name_len);
        r->name_len = 0;
    }

    if (r->action != LP_REDACT_NONE) {
        lp_json_watch(&r->json);
    }
}


static int
lp_redact_replace(lp_redact_t *r, const uint8_t *start, const uint8_t *p,
                  lp_redact_emit_pt emit, void *ctx)
{
    int         rc;
    const char *value;

    rc = p > start ? emit(ctx, start, (size_t) (p - start), 0) : LP_OK;

    if (rc != LP_OK) {
        return rc;
    }

    r->skipping = 1;
    r->redactions++;
    value = lp_redact_actions[r->action].value;

    return emit(ctx, (const uint8_t *) value,
                lp_redact_actions[r->action].value_len, 1);
}


int
lp_redact_feed(lp_redact_t *r, const uint8_t *data, size_t len,
               lp_redact_emit_pt emit, void *ctx)
{
    int            rc;
    const uint8_t *p, *start, *end;

    p = data;
    end = data + len;
    start = data; /* of what is not emitted yet, unless skipping */

    for (;;) {
        switch (lp_json_next(&r->json, &p, end)) {

        case LP_JSON_NAME:
            lp_redact_name(r);
            break;

        case LP_JSON_VALUE:
            rc = lp_redact_replace(r, start, p, emit, ctx);

            if (rc != LP_OK) {
                return rc;
            }

            break;

        case LP_JSON_END:
            r->skipping = 0;
            start = p;
            break;

        case LP_JSON_MORE:
            return r->skipping || start == end
                       ? LP_OK
                       : emit(ctx, start, (size_t) (end - start), 0);

        default: /* what lies between start and p stays unsent */
            return LP_INVALID;
        }
    }
}


int
lp_redact_finish(lp_redact_t *r, lp_redact_emit_pt emit, void *ctx)
{
    /* Nothing was held back, so there is nothing left to emit. */
    (void) emit;
    (void) ctx;

    return lp_json_finish(&r->json) ? LP_OK : LP_INVALID;
}
