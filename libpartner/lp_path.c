/*
 * Paths into a JSON document: compiled once, followed a level at a time.
 */

#include <stdio.h>
#include <string.h>

#include "lp_path.h"


#define LP_PATH_INDEX_MAX 1000000000u

/* What ends a name that stands behind a point. */
static const char lp_path_specials[] = ".[]*'\" \t$";


static int
lp_path_error(lp_error_t *err, const char *why, const char *text, size_t len,
              const char *at)
{
    return lp_error(err, "", "path \"%.*s\": %s at character %d", (int) len,
                    text, why, (int) (at - text) + 1);
}


static int
lp_path_set_name(lp_path_step_t *step, const char *name, size_t len)
{
    if (len == 0 || len > LP_PATH_NAME_LEN) {
        return LP_INVALID;
    }

    step->kind = LP_PATH_NAME;
    step->len = len;
    memcpy(step->name, name, len);

    return LP_OK;
}


/* From behind the bracket; NULL when it is none of *, a number, a string. */
static const char *
lp_path_bracket(lp_path_step_t *step, const char *p, const char *end)
{
    uint64_t    index = 0;
    const char *close;

    if (p < end && *p == '*') {
        step->kind = LP_PATH_ANY;
        p++;

    } else if (p < end && (*p == '\'' || *p == '"')) {
        close = memchr(p + 1, *p, (size_t) (end - p - 1));

        if (close == NULL
            || lp_path_set_name(step, p + 1, (size_t) (close - p - 1))
                   != LP_OK) {
            return NULL;
        }

        p = close + 1;

    } else {
        step->kind = LP_PATH_INDEX;
        close = p;

        for (; p < end && *p >= '0' && *p <= '9'; p++) {
            index = index * 10 + (uint64_t) (*p - '0');

            if (index >= LP_PATH_INDEX_MAX) {
                return NULL;
            }
        }

        step->index = (uint32_t) index;

        if (p == close) {
            return NULL;
        }
    }

    return p < end && *p == ']' ? p + 1 : NULL;
}


static const char *
lp_path_plain(lp_path_step_t *step, const char *p, const char *end)
{
    const char *from = p;

    if (p < end && *p == '*') {
        step->kind = LP_PATH_ANY;
        return p + 1;
    }

    while (p < end && strchr(lp_path_specials, *p) == NULL) {
        p++;
    }

    return lp_path_set_name(step, from, (size_t) (p - from)) == LP_OK ? p
                                                                      : NULL;
}


/* One step from its point or bracket on; NULL when it is none. */
static const char *
lp_path_step(lp_path_step_t *step, int *descends, const char *p,
             const char *end)
{
    memset(step, 0, sizeof(*step));
    step->tag = LP_PATH_NO_MATCH;
    *descends = end - p >= 2 && p[0] == '.' && p[1] == '.';

    if (*descends) {
        p++;
    }

    if (*descends && p + 1 < end && p[1] == '[') {
        return lp_path_bracket(step, p + 2, end);
    }

    if (*p == '[') {
        return lp_path_bracket(step, p + 1, end);
    }

    return *p == '.' ? lp_path_plain(step, p + 1, end) : NULL;
}


/*
 * A step on the way of an earlier path that is this one as well; or n.  One
 * that ends a path is none: below it nothing is asked any more.
 */
static unsigned
lp_path_shared(const lp_paths_t *paths, uint64_t candidates,
               const lp_path_step_t *step, int descends)
{
    unsigned              i;
    const lp_path_step_t *other;

    for (; candidates != 0; candidates &= candidates - 1) {
        i = (unsigned) __builtin_ctzll(candidates);
        other = &paths->steps[i];

        if (other->tag == LP_PATH_NO_MATCH && other->kind == step->kind
            && other->index == step->index && other->len == step->len
            && memcmp(other->name, step->name, step->len) == 0
            && descends == (int) (paths->descends >> i & 1)) {
            return i;
        }
    }

    return paths->n;
}


/*
 * Where the step stands from now on, LP_PATH_STEPS: there is no room.  The last
 * of a path is its own, since it bears the tag.
 */
static unsigned
lp_path_place(lp_paths_t *paths, uint64_t *expected,
              const lp_path_step_t *step, int descends, int ends)
{
    unsigned i;

    i = ends ? paths->n : lp_path_shared(paths, *expected, step, descends);

    if (i == paths->n && i < LP_PATH_STEPS) {
        paths->steps[i] = *step;
        paths->descends |= (uint64_t) descends << i;
        *expected |= UINT64_C(1) << i;
        paths->n++;
    }

    return i;
}


int
lp_paths_add(lp_paths_t *paths, const char *text, size_t len, int tag,
             lp_error_t *err)
{
    int            descends;
    unsigned       i = 0;
    uint64_t      *expected;
    lp_paths_t     with = *paths;
    const char    *p, *next, *end = text + len;
    lp_path_step_t step;

    if (len < 2 || text[0] != '$') {
        return lp_path_error(err, "\"$\" and a step are expected", text, len,
                             text);
    }

    /* `with` is a copy: a path that is wrong halfway leaves nothing behind */
    expected = &with.first;

    for (p = text + 1; p < end; p = next) {
        next = lp_path_step(&step, &descends, p, end);

        if (next == NULL) {
            return lp_path_error(err,
                                 "\".name\", \"..name\", \".*\", \"[*]\", "
                                 "\"[3]\" or \"['name']\" is expected",
                                 text, len, p);
        }

        i = lp_path_place(&with, expected, &step, descends, next == end);

        if (i == LP_PATH_STEPS) {
            return lp_error(err, "",
                            "too many path steps, allowed: %d; paths share "
                            "what they begin with, and a field's name alone "
                            "covers it everywhere",
                            LP_PATH_STEPS);
        }

        expected = &with.steps[i].next;
    }

    with.steps[i].tag = tag;
    *paths = with;

    return LP_OK;
}


static uint8_t
lp_path_fold(uint8_t c, int fold)
{
    return fold && c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}


static int
lp_path_same(const lp_path_step_t *step, const uint8_t *name, size_t len,
             int fold)
{
    size_t i;

    if (name == NULL || step->len != len) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if (lp_path_fold(step->name[i], fold) != lp_path_fold(name[i], fold)) {
            return 0;
        }
    }

    return 1;
}


/*
 * The step before is done: the next may follow, or the path ends here, and what
 * lies below is covered by its rule.
 */
static uint64_t
lp_path_follow(const lp_paths_t *paths, unsigned i, int *tag)
{
    int ends = paths->steps[i].tag;

    if (ends == LP_PATH_NO_MATCH) {
        return paths->steps[i].next;
    }

    if (*tag == LP_PATH_NO_MATCH || ends < *tag) {
        *tag = ends;
    }

    return 0;
}


uint64_t
lp_paths_member(const lp_paths_t *paths, uint64_t state, const uint8_t *name,
                size_t len, int fold, int *tag)
{
    unsigned i;
    uint64_t next = state & paths->descends;

    for (*tag = LP_PATH_NO_MATCH; state != 0; state &= state - 1) {
        i = (unsigned) __builtin_ctzll(state);

        if (paths->steps[i].kind == LP_PATH_ANY
            || (paths->steps[i].kind == LP_PATH_NAME
                && lp_path_same(&paths->steps[i], name, len, fold))) {
            next |= lp_path_follow(paths, i, tag);
        }
    }

    return next;
}


uint64_t
lp_paths_element(const lp_paths_t *paths, uint64_t state, uint32_t index,
                 int *tag)
{
    unsigned i;
    uint64_t next = state & paths->descends;

    for (*tag = LP_PATH_NO_MATCH; state != 0; state &= state - 1) {
        i = (unsigned) __builtin_ctzll(state);

        if (paths->steps[i].kind == LP_PATH_ANY
            || (paths->steps[i].kind == LP_PATH_INDEX
                && paths->steps[i].index == index)) {
            next |= lp_path_follow(paths, i, tag);
        }
    }

    return next;
}


static int
lp_path_is_plain(const lp_path_step_t *step)
{
    size_t i;

    for (i = 0; i < step->len; i++) {
        if (strchr(lp_path_specials, step->name[i]) != NULL) {
            return 0;
        }
    }

    return 1;
}


size_t
lp_path_step_text(const lp_path_step_t *step, char *out, size_t size)
{
    int         n, len = (int) step->len;
    const char *name = (const char *) step->name;

    if (step->kind == LP_PATH_INDEX) {
        n = snprintf(out, size, "[%u]", step->index);

    } else if (step->kind == LP_PATH_ANY) {
        n = snprintf(out, size, ".*");

    } else if (lp_path_is_plain(step)) {
        n = snprintf(out, size, ".%.*s", len, name);

    } else {
        n = snprintf(out, size, "['%.*s']", len, name);
    }

    return (size_t) n < size ? (size_t) n : size - 1;
}
