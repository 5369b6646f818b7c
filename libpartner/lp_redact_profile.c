/*
 * The rules of a profile: which are allowed, and how they are found again.
 */

#include <stdio.h>
#include <string.h>

#include "lp_redact_profile.h"


_Static_assert(LP_REDACT_FIELDS <= 64, "a mask holds a bit a field");
_Static_assert(LP_REDACT_FIELD_LEN <= 64, "the filter holds a bit a length");

static const char *const lp_redact_kinds[LP_REDACT_KINDS] = {
    [LP_REDACT_NONE] = "",     [LP_REDACT_MASK] = "mask",
    [LP_REDACT_NULL] = "null", [LP_REDACT_DROP] = "drop",
    [LP_REDACT_HASH] = "hash", [LP_REDACT_ENCRYPT] = "encrypt",
};


/* The characters that a mask keeps: "(2,4)". */
static int
lp_redact_kept(const char *text, size_t len, lp_redact_action_t *action)
{
    int      used = 0;
    char     copy[16];
    unsigned first, last;

    /* longer ones are wrong, whatever they say */
    if (len >= sizeof(copy)) {
        return LP_INVALID;
    }

    memcpy(copy, text, len);
    copy[len] = '\0';

    if (sscanf(copy, "(%2u,%2u)%n", &first, &last, &used) != 2
        || (size_t) used != len || first > LP_REDACT_KEPT
        || last > LP_REDACT_KEPT) {
        return LP_INVALID;
    }

    action->first = (uint8_t) first;
    action->last = (uint8_t) last;

    return LP_OK;
}


int
lp_redact_action_parse(const char *text, size_t len,
                       lp_redact_action_t *action, lp_error_t *err)
{
    lp_redact_kind_t kind;

    memset(action, 0, sizeof(*action));

    for (kind = LP_REDACT_MASK; kind < LP_REDACT_KINDS; kind++) {
        if (strlen(lp_redact_kinds[kind]) == len
            && memcmp(lp_redact_kinds[kind], text, len) == 0) {
            action->kind = kind;
            return LP_OK;
        }
    }

    if (len > 4 && memcmp(text, "mask", 4) == 0
        && lp_redact_kept(text + 4, len - 4, action) == LP_OK) {
        action->kind = LP_REDACT_MASK;
        return LP_OK;
    }

    return lp_error(err, "",
                    "unknown action \"%.*s\", allowed: " LP_REDACT_ALLOWED
                    " with N and M up to %d",
                    (int) len, text, LP_REDACT_KEPT);
}


void
lp_redact_action_text(lp_redact_action_t action,
                      char               out[LP_REDACT_ACTION_TEXT])
{
    const char *kind = lp_redact_kinds[action.kind];

    if (action.first + action.last > 0) {
        (void) snprintf(out, LP_REDACT_ACTION_TEXT, "%s(%u,%u)", kind,
                        action.first % 100u, action.last % 100u);

    } else {
        (void) snprintf(out, LP_REDACT_ACTION_TEXT, "%s", kind);
    }
}


const char *
lp_redact_class_name(unsigned class)
{
    static const char *const rules[] = {
        [LP_REDACT_BY_NAME - LP_DETECT_CLASSES] = "name",
        [LP_REDACT_BY_PATH - LP_DETECT_CLASSES] = "path",
        [LP_REDACT_TOO_LONG - LP_DETECT_CLASSES] = "too_long",
        [LP_REDACT_BY_MARK - LP_DETECT_CLASSES] = "x-pii",
    };

    return class < LP_DETECT_CLASSES ? lp_detect_names[class]
                                     : rules[class - LP_DETECT_CLASSES];
}


static inline uint8_t
lp_redact_fold(const lp_redact_profile_t *profile, uint8_t c)
{
    return !profile->exact && c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}


/* Most names have four to sixteen bytes: two words that may overlap. */
static inline int
lp_redact_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (len < 4 || len > 16) {
        return memcmp(a, b, len) == 0;
    }

    if (len < 8) {
        return memcmp(a, b, 4) == 0
               && memcmp(a + len - 4, b + len - 4, 4) == 0;
    }

    return memcmp(a, b, 8) == 0 && memcmp(a + len - 8, b + len - 8, 8) == 0;
}


static int
lp_redact_same(const lp_redact_profile_t *profile,
               const lp_redact_field_t *field, const uint8_t *name)
{
    size_t i;

    if (lp_redact_equal(field->name, name, field->len)) {
        return 1;
    }

    for (i = 0; i < field->len; i++) {
        if (field->name[i] != lp_redact_fold(profile, name[i])) {
            return 0;
        }
    }

    return 1;
}


/* Two masks leave the few rules that are worth comparing, mostly none. */
const lp_redact_action_t *
lp_redact_match(const lp_redact_profile_t *profile, const uint8_t *name,
                size_t len)
{
    uint64_t                 candidates;
    const lp_redact_field_t *field;

    static const lp_redact_action_t none = { LP_REDACT_NONE, 0, 0 };

    if (len == 0 || len > LP_REDACT_FIELD_LEN) {
        return &none;
    }

    candidates = profile->by_first[name[0]] & profile->by_len[len];

    for (; candidates != 0; candidates &= candidates - 1) {
        field = &profile->fields[__builtin_ctzll(candidates)];

        if (lp_redact_same(profile, field, name)) {
            return &field->action;
        }
    }

    return &none;
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


void
lp_redact_profile_exact(lp_redact_profile_t *profile)
{
    profile->exact = 1;
}


int
lp_redact_profile_needs_keys(const lp_redact_profile_t *profile)
{
    return profile->needs_keys;
}


/*
 * Lets the scanner tell names of that length and first byte, in both its cases:
 * to fold each name that passes would cost more than a bit.
 */
static void
lp_redact_admit(lp_redact_profile_t *profile, const uint8_t *name, size_t len,
                uint64_t bit)
{
    unsigned c;

    for (c = 0; c < 256; c++) {
        if (lp_redact_fold(profile, (uint8_t) c)
            == lp_redact_fold(profile, name[0])) {
            profile->by_first[c] |= bit;
            profile->filter.lengths[c] |= UINT64_C(1) << (len - 1);
        }
    }
}


/* A name with a sign of the rules' own language is a slip of the pen. */
static int
lp_redact_odd(const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if ((unsigned char) name[i] <= ' '
            || strchr("=[]*'\"$", name[i]) != NULL) {
            return 1;
        }
    }

    return 0;
}


static int
lp_redact_add_name(lp_redact_profile_t *profile, const char *name, size_t len,
                   lp_redact_action_t action, lp_error_t *err)
{
    size_t             i;
    uint64_t           bit;
    lp_redact_field_t *f;

    if (len == 0 || len > LP_REDACT_FIELD_LEN) {
        return lp_error(err, "",
                        "a field name has %zu bytes, allowed: 1 to %d", len,
                        LP_REDACT_FIELD_LEN);
    }

    if (lp_redact_odd(name, len)) {
        return lp_error(err, "",
                        "\"%.*s\" is no plain field name, which has none of "
                        "= [ ] * ' \" $ and no blank; allowed is also a path, "
                        "such as $.list[0] or $..['odd name']",
                        (int) len, name);
    }

    if (profile->n == LP_REDACT_FIELDS) {
        return lp_error(err, "", "too many fields, allowed: %d",
                        LP_REDACT_FIELDS);
    }

    if (lp_redact_match(profile, (const uint8_t *) name, len)->kind
        != LP_REDACT_NONE) {
        return lp_error(err, "", "field \"%.*s\" is named twice", (int) len,
                        name);
    }

    bit = UINT64_C(1) << profile->n;
    f = &profile->fields[profile->n++];
    f->len = len;
    f->action = action;

    for (i = 0; i < len; i++) {
        f->name[i] = lp_redact_fold(profile, (uint8_t) name[i]);
    }

    profile->by_len[len] |= bit;
    lp_redact_admit(profile, f->name, len, bit);

    return LP_OK;
}


static int
lp_redact_add_path(lp_redact_profile_t *profile, const char *path, size_t len,
                   lp_redact_action_t action, lp_error_t *err)
{
    unsigned              i;
    const lp_path_step_t *step;

    if (profile->n_paths == LP_REDACT_PATHS) {
        return lp_error(err, "", "too many paths, allowed: %d",
                        LP_REDACT_PATHS);
    }

    /* its last step is new, and of those before it what no path shares */
    i = profile->paths.n;

    if (lp_paths_add(&profile->paths, path, len, profile->n_paths, err)
        != LP_OK) {
        return LP_INVALID;
    }

    for (; i < profile->paths.n; i++) {
        step = &profile->paths.steps[i];

        if (step->kind == LP_PATH_NAME) {
            lp_redact_admit(profile, step->name, step->len, 0);
        }
    }

    profile->counts_as[profile->n_paths] = LP_REDACT_BY_PATH;
    profile->by_path[profile->n_paths++] = action;

    return LP_OK;
}


static int
lp_redact_add_class(lp_redact_profile_t *profile, const char *name, size_t len,
                    lp_redact_action_t action, lp_error_t *err)
{
    unsigned class;

    for (class = 0; class < LP_DETECT_CLASSES; class ++) {
        if (strlen(lp_detect_names[class]) == len
            && memcmp(lp_detect_names[class], name, len) == 0) {
            break;
        }
    }

    if (class == LP_DETECT_CLASSES) {
        return lp_error(err, "",
                        "unknown class \"@%.*s\", allowed: " LP_DETECT_ALLOWED,
                        (int) len, name);
    }

    if (profile->detects >> class & 1) {
        return lp_error(err, "", "class \"@%.*s\" is named twice", (int) len,
                        name);
    }

    if (action.kind == LP_REDACT_NULL || action.kind == LP_REDACT_DROP) {
        return lp_error(err, "",
                        "what is found in text cannot become null or be "
                        "dropped, allowed: mask, mask(N,M), hash, encrypt");
    }

    profile->detects |= 1u << class;
    profile->by_class[class] = action;

    return LP_OK;
}


int
lp_redact_profile_add(lp_redact_profile_t *profile, const char *target,
                      size_t len, lp_redact_action_t action, lp_error_t *err)
{
    int rc;

    if (len > 0 && *target == '$') {
        rc = lp_redact_add_path(profile, target, len, action, err);

    } else if (len > 0 && *target == '@') {
        rc = lp_redact_add_class(profile, target + 1, len - 1, action, err);

    } else {
        rc = lp_redact_add_name(profile, target, len, action, err);
    }

    /* a stream without such rules holds nothing back and derives no keys */
    if (rc == LP_OK) {
        profile->drops |= action.kind == LP_REDACT_DROP;
        profile->needs_keys |= action.kind == LP_REDACT_HASH
                               || action.kind == LP_REDACT_ENCRYPT;
    }

    return rc;
}
