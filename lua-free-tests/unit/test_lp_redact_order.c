/*
 * lp_redact_order: each relation of two actions, of whatever they are for.
 */

#include <stdio.h>

#include "lp_redact_order.h"
#include "unit_way.h"


/* NULL: covered; else what is said. */
static const char *
less(const char *rules, const char *others, lp_error_t *err)
{
    int                  rc;
    lp_redact_profile_t *profile = unit_redact_profile(rules);
    lp_redact_profile_t *other = unit_redact_profile(others);

    rc = lp_redact_profile_covers(profile, other, err);
    free(profile);
    free(other);

    return rc == LP_OK ? NULL : err->text;
}


/* From what shows least to what shows most; those of rank 2 differ in what. */
static void
test_actions(void **state)
{
    size_t      i, k;
    char        rules[2][64];
    lp_error_t  err;
    const char *text;

    static const struct {
        const char *action;
        int         rank;
    } order[] = {
        { "drop", 0 },    { "null", 1 },      { "mask", 1 },
        { "hash", 2 },    { "mask(1,4)", 2 }, { "mask(4,1)", 2 },
        { "encrypt", 3 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(order); i++) {
        for (k = 0; k < UNIT_LEN(order); k++) {
            (void) snprintf(rules[0], sizeof(rules[0]), "a=%s",
                            order[i].action);
            (void) snprintf(rules[1], sizeof(rules[1]), "a=%s",
                            order[k].action);
            text = less(rules[0], rules[1], &err);

            if ((text != NULL)
                != (order[k].rank < order[i].rank
                    || (order[k].rank == order[i].rank && i != k
                        && order[i].rank == 2))) {
                fail_msg("%s, %s: %s", rules[0], rules[1], text);
            }
        }
    }

    assert_string_equal(less("b=null", "b=null a=encrypt", &err),
                        "\"$.a=encrypt\" instead of no rule");
    assert_string_equal(less("b=null a=encrypt", "b=null", &err),
                        "\"$.a.b=null\" instead of encrypt");
    assert_null(less("b=drop a=mask", "b=drop", &err));
}


static void
test_masks(void **state)
{
    lp_error_t err;

    (void) state;

    assert_null(less("a=mask(2,4)", "a=mask(2,4)", &err));
    assert_null(less("a=mask", "a=mask(2,4)", &err));
    assert_null(less("a=mask(2,4)", "a=encrypt", &err));
    assert_string_equal(less("a=mask(2,4)", "a=mask", &err),
                        "\"$.a=mask\" instead of mask(2,4)");

    /* of sixteen digits the one shows four, the other nothing */
    assert_string_equal(less("a=mask(0,4)", "a=mask(6,4)", &err),
                        "\"$.a=mask(6,4)\" instead of mask(0,4), of which "
                        "neither always shows less");
    assert_non_null(less("a=mask(6,4)", "a=mask(0,4)", &err));
    assert_non_null(less("a=mask(1,4)", "a=mask(4,1)", &err));

    assert_string_equal(less("a=mask(2,2)", "a=hash", &err),
                        "\"$.a=hash\" instead of mask(2,2), of which neither "
                        "always shows less");
    assert_string_equal(less("@card=hash", "@card=mask(2,2)", &err),
                        "\"@card=mask(2,2)\" instead of hash, of which "
                        "neither always shows less");
    assert_string_equal(less("x-pii=hash", "x-pii=mask(2,2)", &err),
                        "\"x-pii=mask(2,2)\" instead of hash, of which "
                        "neither always shows less");

    /* the end of a text is not that of what is found in it */
    assert_non_null(
        less("a=mask(1,4) @email=mask(1,4)", "@email=mask(1,4)", &err));
    assert_null(less("a=hash @email=hash", "@email=hash", &err));
}


/* Names, paths, classes and marks; which rules reach the same place. */
static void
test_targets(void **state)
{
    size_t      i;
    lp_error_t  err;
    const char *text;

    static const struct {
        const char *rules, *others;
        const char *less; /* NULL: none */
    } cases[] = {
        { "a=mask b=mask", "b=mask", NULL },
        { "b=mask", "a=mask b=mask", "$.a=mask" },
        { "Email=null", "eMAIL=mask", NULL },

        { "$.a.b=mask", "$.a.b=null", NULL },
        { "$.a.b=mask", "$.a.b=drop", "$.a.b=drop" },
        { "$.a=null", "$.a.b=mask", NULL },
        { "$.a.b=null", "$.a=mask", "$.a=mask" },
        { "a=null", "$.x[3].a.b=mask", NULL },
        { "$.a=null", "a=mask", "$.*.a=mask" },
        { "$..a=null", "a=mask", NULL },
        { "a=null", "$..a=mask", NULL },
        { "a=null $.x.a=encrypt", "a=null", "$.x.a=null" },
        { "$.x[*].a=null", "$.x[3].a=mask", NULL },
        { "$.x[3].a=null", "$.x[*].a=mask", "$.x.*.a=mask" },
        { "$.x.*=null", "$.x.y=mask", NULL },
        { "$..a.b=null", "$.x.y.a.b=mask", NULL },
        { "$..a.b=null", "$.x..a.b=mask", NULL },
        { "$..a..c=null", "$.a.b.c=mask", NULL },
        { "$.x.a=null", "$..a=mask", "$.a=mask" },
        { "$.x=null", "$..['odd.name']=drop", "$['odd.name']=drop" },
        { "$.x[1]=null", "$.x[2]=null", "$.x[2]=null" },
        { "$.a.b=null $.a.c=null", "$.a.c=mask $.a.d=mask", "$.a.d=mask" },

        /* what a rule further out hides less, and what a rule hides less
           than detectors would */
        { "$.x.*=encrypt $..a=mask", "$..a=mask", "$.x.a=mask" },
        { "contact=encrypt email=drop", "email=drop", "$.contact.email=drop" },
        { "contact=mask(2,4) email=drop", "email=drop", NULL },
        { "$.x[*]=hash a=null", "a=hash", NULL },
        { "$..x=hash", "$..x.a[3].b=null", "$.x.a[3].b=null" },
        { "email=encrypt @email=mask", "@email=mask", "@email=mask" },
        { "email=encrypt @email=mask", "@email=encrypt", NULL },
        { "email=mask(1,4) @email=mask", "@email=mask", "@email=mask" },

        { "@card=mask", "@card=mask(0,4)", NULL },
        { "@card=mask(1,4)", "@card=mask(0,4)", "@card=mask(0,4)" },
        { "@card=mask(0,4)", "@card=mask", "@card=mask" },
        { "a=null", "@aadhaar=hash", "@aadhaar=hash" },

        { "a=null", "a=null x-pii=pass", NULL },
        { "a=null", "a=null x-pii=null", NULL },
        { "a=null x-pii=hash", "a=null", "x-pii=mask" },
        { "a=null", "a=null x-pii:phone=drop", "x-pii:phone=drop" },
        { "a=null x-pii:phone=pass", "a=null", "x-pii:phone=mask" },
        { "a=null x-pii=drop", "a=null x-pii:phone=drop", NULL },
        { "a=null x-pii=drop x-pii:phone=pass", "a=null x-pii=drop",
          "x-pii:phone=drop" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        text = less(cases[i].rules, cases[i].others, &err);

        if ((text == NULL) != (cases[i].less == NULL)
            || (text != NULL
                && (strncmp(text + 1, cases[i].less, strlen(cases[i].less))
                        != 0
                    || text[strlen(cases[i].less) + 1] != '"'))) {
            fail_msg("%s, %s: %s", cases[i].rules, cases[i].others, text);
        }
    }

    assert_string_equal(less("x-pii=pass", "x-pii=mask", &err),
                        "\"x-pii=mask\" instead of pass");
}


static lp_redact_profile_t *
exact(const char *name)
{
    lp_error_t           err;
    lp_redact_profile_t *profile = malloc(lp_redact_profile_size());

    static const lp_redact_action_t mask = { LP_REDACT_MASK, 0, 0 };

    assert_non_null(profile);
    lp_redact_profile_init(profile);
    lp_redact_profile_exact(profile);
    assert_int_equal(
        lp_redact_profile_add(profile, name, strlen(name), mask, &err), LP_OK);

    return profile;
}


static void
test_case_of_names(void **state)
{
    size_t               i;
    lp_error_t           err;
    lp_redact_profile_t *minds, *folds;

    static const char *const targets[] = { "Email", "$.x.Email" };

    (void) state;

    for (i = 0; i < UNIT_LEN(targets); i++) {
        minds = exact(targets[i]);
        folds = unit_redact_profile(i == 0 ? "email=mask" : "$.x.email=mask");
        assert_int_equal(lp_redact_profile_covers(folds, minds, &err), LP_OK);
        assert_int_equal(lp_redact_profile_covers(minds, minds, &err), LP_OK);
        assert_int_equal(lp_redact_profile_covers(minds, folds, &err),
                         LP_INVALID);
        free(minds);
        free(folds);
    }

    minds = exact("42");
    folds = unit_redact_profile("42=mask");
    assert_int_equal(lp_redact_profile_covers(minds, folds, &err), LP_OK);
    free(minds);
    free(folds);
}


/* As many rules as there may be, and a path longer than an error shows. */
static void
test_full(void **state)
{
    int                  i, n;
    char                 rule[LP_REDACT_FIELD_LEN + 32];
    lp_error_t           err;
    lp_redact_profile_t *full = unit_redact_profile("@email=mask");
    lp_redact_profile_t *one;

    (void) state;

    for (i = 0; i < LP_REDACT_PATHS; i++) {
        n = snprintf(rule, sizeof(rule), "n%d=mask", i);
        assert_int_equal(lp_redact_profile_rule(full, rule, (size_t) n, &err),
                         LP_OK);
        n = snprintf(rule, sizeof(rule), "$[%d]=mask", i);
        assert_int_equal(lp_redact_profile_rule(full, rule, (size_t) n, &err),
                         LP_OK);
    }

    assert_int_equal(lp_redact_profile_covers(full, full, &err), LP_OK);

    /* each may or may not have begun at any place: 2^12 of them */
    lp_redact_profile_init(full);

    for (i = 0; i < 12; i++) {
        n = snprintf(rule, sizeof(rule), "$..a%d..b%d=mask", i, i);
        assert_int_equal(lp_redact_profile_rule(full, rule, (size_t) n, &err),
                         LP_OK);
    }

    assert_int_equal(lp_redact_profile_covers(full, full, &err), LP_INVALID);
    assert_non_null(strstr(err.text, "cannot be compared"));

    n = snprintf(rule, sizeof(rule), "$.%060d.%020d=mask", 1, 2);
    one = unit_redact_profile(rule);
    assert_int_equal(lp_redact_profile_covers(full, one, &err), LP_INVALID);
    assert_true(strlen(err.text) < 120);
    free(full);
    free(one);
}


#define ROUNDS 400

static lp_partner_keys_t keys;
static uint32_t          seed = 1;


static uint32_t
any(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;

    return (seed >> 16) % n;
}


static const char *const leaves[]
    = { "\"abcdefghijklmnopqrstuvwxyz\"", "\"somebody.else@example.com\"" };


static int
is_more(const lp_redact_profile_t *profile, const lp_redact_profile_t *other,
        const unit_way_t *way)
{
    size_t i;

    for (i = 0; i < UNIT_LEN(leaves); i++) {
        if (unit_way_shows(profile, way, &keys, leaves[i])
            > unit_way_shows(other, way, &keys, leaves[i])) {
            return 1;
        }
    }

    return 0;
}


/* The i-th of all ways, shortest first. */
static unit_way_t
way_of(size_t i)
{
    unit_way_t way;

    static const char steps[] = "abx01";

    for (way.n = 0; i > 0; i = (i - 1) / 5) {
        way.steps[way.n++] = steps[(i - 1) % 5];
    }

    return way;
}


/* The place that an error names, where "*" is a member or an element. */
static int
names_one(const lp_redact_profile_t *profile, const lp_redact_profile_t *other,
          const char *text)
{
    unsigned    stars, bit;
    unit_way_t  way;
    const char *p, *from = strchr(text, '$');

    for (stars = 0; stars < 1u << UNIT_WAY_STEPS; stars++) {
        bit = 0;
        way.n = 0;

        for (p = from; p != NULL && *p != '\0' && *p != '=' && *p != ' ';
             p++) {
            if (*p == '*') {
                way.steps[way.n++] = stars >> bit++ & 1 ? '1' : 'y';

            } else if (strchr("$.[]", *p) == NULL) {
                way.steps[way.n++] = *p;
            }

            assert_in_range(way.n, 0, UNIT_WAY_STEPS - 1);
        }

        if (is_more(profile, other, &way)) {
            return 1;
        }

        if (bit == 0 || stars + 1 == 1u << bit) {
            return 0;
        }
    }

    return 0;
}


static void
random_rule(char *rule, uint32_t set)
{
    size_t n, len;

    static const char *const actions[2][6] = {
        { "drop", "null", "mask", "hash", "encrypt", "encrypt" },
        { "drop", "null", "mask", "mask(1,4)", "mask(2,4)", "encrypt" },
    };
    static const char *const steps[]
        = { ".a", ".b", ".*", "[0]", "[*]", "..a", "..b", "..[0]" };
    static const char *const names[] = { "a", "b", "@email" };

    if (any(3) == 0) {
        len = (size_t) sprintf(rule, "%s", names[any(UNIT_LEN(names))]);

    } else {
        len = (size_t) sprintf(rule, "$");

        for (n = 1 + any(3); n > 0; n--) {
            len += (size_t) sprintf(rule + len, "%s",
                                    steps[any(UNIT_LEN(steps))]);
        }
    }

    (void) sprintf(rule + len, "=%s", actions[set][any(6)]);
}


static void
random_pair(lp_redact_profile_t *profile, lp_redact_profile_t *other,
            char *text)
{
    char       rule[64];
    uint32_t   i, set = any(2), more = any(3), n = 1 + any(3), to;
    lp_error_t err;

    lp_redact_profile_init(profile);
    lp_redact_profile_init(other);
    *text = '\0';

    for (i = 0; i < more + n; i++) {
        random_rule(rule, set);
        to = i < more ? 1 : 1 + any(4);
        to = to > 3 ? 3 : to; /* a bit for each: mostly both have it */

        if ((to & 1)
            && lp_redact_profile_rule(profile, rule, strlen(rule), &err)
                   == LP_OK) {
            (void) sprintf(text + strlen(text), "default %s, ", rule);
        }

        if ((to & 2)
            && lp_redact_profile_rule(other, rule, strlen(rule), &err)
                   == LP_OK) {
            (void) sprintf(text + strlen(text), "line %s, ", rule);
        }
    }
}


/*
 * Whatever two profiles say: where one covers the other, no value of any small
 * document is shown more by it; where it does not, one at the place that is
 * named is, unless each shows something there that the other does not.
 */
static void
test_documents(void **state)
{
    char                 text[1024];
    unit_way_t           way;
    size_t               i, round, covered = 0;
    lp_error_t           err;
    lp_keyring_t         ring;
    lp_redact_profile_t *profile = malloc(lp_redact_profile_size());
    lp_redact_profile_t *other = malloc(lp_redact_profile_size());

    static const uint8_t salt[LP_SALT_LEN];
    static const char    key[] = "k1 0123456789abcdef0123456789abcdef"
                                 "0123456789abcdef0123456789abcdef";

    (void) state;

    assert_non_null(profile);
    assert_non_null(other);
    assert_int_equal(lp_keyring_parse(&ring, key, sizeof(key) - 1, &err),
                     LP_OK);
    assert_int_equal(lp_keyring_derive(&ring, "p", 1, salt, &keys), LP_OK);

    for (round = 0; round < ROUNDS; round++) {
        random_pair(profile, other, text);

        if (lp_redact_profile_covers(profile, other, &err) != LP_OK) {
            if (strstr(err.text, "neither always") == NULL
                && !names_one(profile, other, err.text)) {
                fail_msg("%sbut not %s", text, err.text);
            }

            continue;
        }

        covered++;

        for (i = 1; i <= 5 + 25 + 125; i++) {
            way = way_of(i);

            if (is_more(profile, other, &way)) {
                fail_msg("%sand more at %.*s", text, (int) way.n, way.steps);
            }
        }
    }

    assert_in_range(covered, ROUNDS / 5, ROUNDS);
    free(profile);
    free(other);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions),       cmocka_unit_test(test_masks),
        cmocka_unit_test(test_targets),       cmocka_unit_test(test_full),
        cmocka_unit_test(test_case_of_names), cmocka_unit_test(test_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
