/*
 * Reads the rules of a profile, and joins to it what a contract marks.
 */

#include <string.h>
#include <strings.h>

#include "lp_redact_profile.h"
#include "lp_redact_rule.h"


#define LP_MARK     "x-pii"
#define LP_MARK_LEN (sizeof(LP_MARK) - 1)


/* A field called like that would be a slip of the pen. */
static int
lp_rule_means_mark(const char *rule, size_t len)
{
    return len >= LP_MARK_LEN && (rule[0] | 0x20) == 'x'
           && (rule[1] == '-' || rule[1] == '_')
           && strncasecmp(rule + 2, "pii", 3) == 0;
}


/* Of "x-pii" and "x-pii:CLASS", what stands behind the colon; NULL: neither. */
static const char *
lp_rule_class(const char *target, size_t len, size_t *class_len)
{
    *class_len = len > LP_MARK_LEN ? len - LP_MARK_LEN - 1 : 0;

    if (len < LP_MARK_LEN || memcmp(target, LP_MARK, LP_MARK_LEN) != 0) {
        return NULL;
    }

    if (len == LP_MARK_LEN) {
        return target + len;
    }

    return target[LP_MARK_LEN] == ':'
                   && lp_pii_class_valid(target + LP_MARK_LEN + 1, *class_len)
               ? target + LP_MARK_LEN + 1
               : NULL;
}


static const lp_redact_mark_t *
lp_rule_find(const lp_redact_profile_t *profile, const char *class, size_t len)
{
    size_t i;

    for (i = 0; i < profile->n_marks; i++) {
        if (strlen(profile->marks[i].class) == len
            && memcmp(profile->marks[i].class, class, len) == 0) {
            return &profile->marks[i];
        }
    }

    return NULL;
}


static int
lp_rule_add_mark(lp_redact_profile_t *profile, const char *class, size_t len,
                 const char *action, size_t action_len, lp_error_t *err)
{
    lp_error_t        why;
    lp_redact_mark_t *mark;

    if (lp_rule_find(profile, class, len) != NULL) {
        return lp_error(err, "", "it is for a class that has one");
    }

    if (profile->n_marks == LP_REDACT_MARKS) {
        return lp_error(err, "", "too many classes, allowed: %d",
                        LP_REDACT_MARKS);
    }

    mark = &profile->marks[profile->n_marks];
    memset(mark, 0, sizeof(*mark));
    memcpy(mark->class, class, len);

    /* for marks alone: any other value that is to be seen has no rule */
    mark->passes = action_len == 4 && memcmp(action, "pass", 4) == 0;

    if (!mark->passes
        && lp_redact_action_parse(action, action_len, &mark->action, &why)
               != LP_OK) {
        return lp_error(err, "", "%.200s, and pass", why.text);
    }

    profile->n_marks++;

    return LP_OK;
}


static int
lp_rule_mark(lp_redact_profile_t *profile, const char *rule, size_t len,
             lp_error_t *err)
{
    size_t class_len;
    const char *class, *equal = memchr(rule, '=', len), *end = rule + len;

    class = equal == NULL
                ? NULL
                : lp_rule_class(rule, (size_t) (equal - rule), &class_len);

    if (class == NULL) {
        return lp_error(err, "",
                        "allowed is x-pii=ACTION or x-pii:CLASS=ACTION with a "
                        "class of 1 to %d letters, digits, _ and -",
                        LP_PII_CLASS);
    }

    return lp_rule_add_mark(profile, class, class_len, equal + 1,
                            (size_t) (end - equal - 1), err);
}


int
lp_redact_profile_rule(lp_redact_profile_t *profile, const char *rule,
                       size_t len, lp_error_t *err)
{
    const char        *equal, *end = rule + len;
    lp_redact_action_t action;

    if (lp_rule_means_mark(rule, len)) {
        return lp_rule_mark(profile, rule, len, err);
    }

    /* a path may hold an equals sign, an action may not */
    for (equal = end; equal > rule && equal[-1] != '='; equal--) {
    }

    if (equal == rule) {
        return lp_error(err, "",
                        "allowed is FIELD=ACTION with one of the "
                        "actions " LP_REDACT_ALLOWED);
    }

    if (lp_redact_action_parse(equal, (size_t) (end - equal), &action, err)
        != LP_OK) {
        return LP_INVALID;
    }

    return lp_redact_profile_add(profile, rule, (size_t) (equal - 1 - rule),
                                 action, err);
}


const char *
lp_redact_profile_marks(const lp_redact_profile_t *profile, size_t i)
{
    return i < profile->n_marks ? profile->marks[i].class : NULL;
}


/* A mark may come with another contract, so its rule wants keys at once. */
int
lp_redact_profile_wants_keys(const lp_redact_profile_t *profile)
{
    size_t i;
    int    wants = profile->needs_keys;

    for (i = 0; i < profile->n_marks; i++) {
        wants |= profile->marks[i].action.kind == LP_REDACT_HASH
                 || profile->marks[i].action.kind == LP_REDACT_ENCRYPT;
    }

    return wants;
}


void
lp_redact_profile_copy(lp_redact_profile_t       *to,
                       const lp_redact_profile_t *from)
{
    *to = *from;
}


const lp_redact_mark_t *
lp_redact_mark_of(const lp_redact_profile_t *profile, const char *class)
{
    const lp_redact_mark_t *mark;

    static const lp_redact_mark_t masked
        = { .action = { LP_REDACT_MASK, 0, 0 } };

    mark = lp_rule_find(profile, class, strlen(class));
    mark = mark != NULL ? mark : lp_rule_find(profile, "", 0);

    return mark != NULL ? mark : &masked;
}


/* What is marked as an address is one, like what is found to be one. */
static uint8_t
lp_rule_counts_as(const char *class)
{
    uint8_t i;

    for (i = 0; i < LP_DETECT_CLASSES; i++) {
        if (strcmp(class, lp_detect_names[i]) == 0) {
            return i;
        }
    }

    return LP_REDACT_BY_MARK;
}


int
lp_redact_profile_mark(lp_redact_profile_t *profile, const char *path,
                       const char *class, lp_error_t            *err)
{
    const lp_redact_mark_t *mark = lp_redact_mark_of(profile, class);

    if (mark->passes) {
        return LP_OK;
    }

    if (lp_redact_profile_add(profile, path, strlen(path), mark->action, err)
        != LP_OK) {
        return LP_INVALID;
    }

    profile->counts_as[profile->n_paths - 1] = lp_rule_counts_as(class);

    return LP_OK;
}
