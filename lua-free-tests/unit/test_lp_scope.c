/*
 * lp_scope: RFC 6749's grammar, one wildcard form, and a matcher that agrees
 * with a naive one.
 */

#include <stdio.h>

#include "unit.h"
#include "lp_scope.h"


static int
covers(const char *granted, const char *required)
{
    return lp_scope_covers(granted, strlen(granted), required,
                           strlen(required));
}


static int
set_covers(const char *set, const char *required)
{
    return lp_scope_set_covers(set, strlen(set), required, strlen(required));
}


static void
test_form(void **state)
{
    size_t i;
    char   scope[LP_SCOPE_LEN + 1];

    static const struct {
        const char *scope;
        int         valid;
    } cases[] = {
        { "read:leads", 1 },
        { "admin", 1 },
        { "read:*", 1 },
        { "a:b:*", 1 },
        { "!", 1 },
        { "~", 1 },
        { "", 0 },
        { "*", 0 },
        { ":*", 0 },
        { "read*", 0 },
        { "re*d:*", 0 },
        { "read:**", 0 },
        { "read:leads ", 0 },
        { "read leads", 0 },
        { "read:\"x\"", 0 },
        { "read:\\x", 0 },
        { "read:\x7f", 0 },
        { "read:\xc3\xa9", 0 },
        { "read:\tleads", 0 },
        { "read:*x", 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(
            lp_scope_valid(cases[i].scope, strlen(cases[i].scope)),
            cases[i].valid);
    }

    memset(scope, 'x', sizeof(scope));
    assert_true(lp_scope_valid(scope, LP_SCOPE_LEN));
    assert_false(lp_scope_valid(scope, LP_SCOPE_LEN + 1));
    assert_false(lp_scope_valid("a\0b", 3));
}


static void
test_covers(void **state)
{
    (void) state;

    assert_true(covers("read:leads", "read:leads"));
    assert_true(covers("read:*", "read:leads"));
    assert_true(covers("read:*", "read:*"));
    assert_true(covers("read:*", "read:a:b"));
    assert_false(covers("read:leads", "read:*"));
    assert_false(covers("read:*", "write:leads"));
    assert_false(covers("read:*", "read"));
    assert_false(covers("read:*", "readable"));
    assert_false(covers("Read:*", "read:leads"));
    assert_false(covers("*", "read:leads"));
    assert_false(covers(":*", ":leads"));
    assert_false(covers("", ""));
    assert_false(covers("read:lead", "read:leads"));
    assert_false(covers("read:leads", "read:lead"));
}


static void
test_set(void **state)
{
    (void) state;

    assert_true(set_covers("write:a read:leads", "read:leads"));
    assert_true(set_covers("write:a read:* x", "read:leads"));
    assert_false(set_covers("", "read:leads"));
    assert_false(set_covers("write:a", "read:leads"));
    assert_false(set_covers("read:leadsx xread:leads", "read:leads"));
    assert_false(set_covers("a b", "a b"));
    assert_false(set_covers("a  b", ""));
}


/* Copies each scope out and compares it as a whole string. */
static int
naive_set_covers(const char *set, const char *required)
{
    char   copy[256], pattern[300];
    char  *scope, *rest;
    size_t len;

    (void) snprintf(copy, sizeof(copy), "%s", set);

    for (scope = strtok_r(copy, " ", &rest); scope != NULL;
         scope = strtok_r(NULL, " ", &rest)) {
        if (strcmp(scope, required) == 0) {
            return 1;
        }

        len = strlen(scope);

        if (len >= 3 && strcmp(scope + len - 2, ":*") == 0) {
            (void) snprintf(pattern, sizeof(pattern), "%.*s", (int) len - 1,
                            scope);
            if (strstr(required, pattern) == required) {
                return 1;
            }
        }
    }

    return 0;
}


static void
random_scope(uint64_t *seed, char *out)
{
    static const char *const parts[]
        = { "a", "b", "ab", "a:", "a:b", "a:*", "a:b:*", "ab:*", "b:a", "!" };

    strcpy(out, parts[unit_below(seed, UNIT_LEN(parts))]);
}


static void
test_agrees_with_naive(void **state)
{
    char     set[128], scope[16];
    int      i, found;
    unsigned n;
    uint64_t seed = 20261121;

    (void) state;

    for (i = 0, found = 0; i < 100000; i++) {
        set[0] = '\0';

        for (n = (unsigned) unit_below(&seed, 5); n > 0; n--) {
            random_scope(&seed, scope);
            strcat(set, scope);
            strcat(set, n > 1 ? " " : "");
        }

        random_scope(&seed, scope);
        assert_int_equal(set_covers(set, scope), naive_set_covers(set, scope));
        found += set_covers(set, scope);
    }

    assert_in_range(found, 10000, 90000);
}


/* Alternatives with a bar between them, as a need. */
static int
met(const char *alternatives, const char *granted)
{
    size_t          len;
    lp_scope_need_t need = { .n = 0 };

    for (;; alternatives += len + 1) {
        len = strcspn(alternatives, "|");
        need.sets[need.n].text = alternatives;
        need.sets[need.n++].len = len;

        if (alternatives[len] == '\0') {
            break;
        }
    }

    return lp_scope_need_met(&need, granted, strlen(granted));
}


static void
test_need(void **state)
{
    lp_scope_need_t none = { .n = 0 };

    (void) state;

    assert_true(lp_scope_need_met(&none, "", 0));
    assert_true(met("", ""));
    assert_true(met("a b", "b x a"));
    assert_true(met("a b|c", "c"));
    assert_true(met("read:x write:x|admin", "read:* write:*"));
    assert_false(met("a b", "a"));
    assert_false(met("a b|c", "b"));
    assert_false(met("a|b", ""));
    assert_false(met("read:x", "admin"));
    assert_true(lp_scope_required_valid("read:x", 6));
    assert_false(lp_scope_required_valid("read:*", 6));
}


/* Any alternative of which all is covered, each asked for by itself. */
static int
naive_met(char sets[3][4][16], const size_t *sizes, size_t n,
          const char *granted)
{
    size_t i, k, covered;

    for (i = 0; i < n; i++) {
        for (k = 0, covered = 0; k < sizes[i]; k++) {
            covered += (size_t) naive_set_covers(granted, sets[i][k]);
        }

        if (covered == sizes[i]) {
            return 1;
        }
    }

    return n == 0;
}


static void
test_need_agrees_with_naive(void **state)
{
    int             i, found;
    char            sets[3][4][16], texts[3][64], granted[128], scope[16];
    size_t          sizes[3], k, m;
    uint64_t        seed = 4;
    lp_scope_need_t need;

    (void) state;

    for (i = 0, found = 0; i < 20000; i++) {
        need.n = unit_below(&seed, 4);

        for (k = 0; k < need.n; k++) {
            sizes[k] = unit_below(&seed, 5);
            texts[k][0] = '\0';

            for (m = 0; m < sizes[k]; m++) {
                random_scope(&seed, sets[k][m]);
                strcat(strcat(texts[k], m > 0 ? " " : ""), sets[k][m]);
            }

            need.sets[k].text = texts[k];
            need.sets[k].len = strlen(texts[k]);
        }

        for (granted[0] = '\0', m = unit_below(&seed, 6); m > 0; m--) {
            random_scope(&seed, scope);
            strcat(strcat(granted, granted[0] ? " " : ""), scope);
        }

        assert_int_equal(lp_scope_need_met(&need, granted, strlen(granted)),
                         naive_met(sets, sizes, need.n, granted));
        found += lp_scope_need_met(&need, granted, strlen(granted));
    }

    assert_in_range(found, 2000, 18000);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_agrees_with_naive),
        cmocka_unit_test(test_need),
        cmocka_unit_test(test_need_agrees_with_naive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
