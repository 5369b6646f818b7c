/*
 * lp_revocation: of any revocations of a subject, heard in any order and more
 * than once, the same is known in the end.
 */

#include "unit.h"
#include "lp_revocation.h"


#define V      LP_REVOCATION_VERSION
#define CASES  10000
#define LENGTH 8


static void
test_parse(void **state)
{
    size_t          i;
    lp_revocation_t r;

    static const struct {
        const char *text;
        int64_t     before, end;
    } good[] = {
        { "0 0", 0, 0 },
        { "10 20", 10, 20 },
        { "1800000000 1800000000123456", 1800000000, 1800000000123456 },
        { "9223372036854775807 9223372036854775807", INT64_MAX, INT64_MAX },
    };

    static const char *const wrong[] = { "",
                                         "1",
                                         "1 ",
                                         " 1",
                                         "1  2",
                                         "1 2 3",
                                         "1 2 ",
                                         "1 -2",
                                         "a 2",
                                         "1 2x",
                                         "1\t2",
                                         "+1 2",
                                         "1 2\n",
                                         "1.0 2",
                                         "9223372036854775808 0",
                                         "0 9223372036854775808" };

    (void) state;

    for (i = 0; i < UNIT_LEN(good); i++) {
        assert_int_equal(
            lp_revocation_parse(&r, good[i].text, strlen(good[i].text)), 0);
        assert_int_equal(r.before, good[i].before);
        assert_int_equal(r.end, good[i].end);
    }

    for (i = 0; i < UNIT_LEN(wrong); i++) {
        assert_int_equal(lp_revocation_parse(&r, wrong[i], strlen(wrong[i])),
                         -1);
    }
}


/* What is known, then told, then known; each is told twice. */
static void
test_merge(void **state)
{
    size_t          i;
    lp_revocation_t known;

    static const struct {
        const char     *name;
        lp_revocation_t known, told, then;
    } cases[] = {
        { "wider", { 5, 9 }, { 6, 8 }, { 6, 9 } },
        { "for all", { 5, 9 }, { 0, 8 }, { 0, 9 } },
        { "for good", { 5, 9 }, { 5, 0 }, { 5, 0 } },
        { "suspended", { 5, 9 }, { 0, V + 1 }, { 0, V + 1 } },
        { "and lifted", { 0, V + 1 }, { 5, V + 2 }, { 5, V + 2 } },
        { "the other way round", { 5, V + 2 }, { 0, V + 1 }, { 5, V + 2 } },
        { "of before versions", { 0, 0 }, { 5, V + 2 }, { 5, V + 2 } },
        { "set back, wider", { 5, V + 2 }, { 0, 0 }, { 0, V + 2 } },
        { "set back, not wider", { 5, V + 2 }, { 4, 9 }, { 5, V + 2 } },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        known = cases[i].known;
        (void) lp_revocation_merge(&known, &cases[i].told);

        if (known.before != cases[i].then.before
            || known.end != cases[i].then.end) {
            fail_msg("%s: %ld %ld", cases[i].name, (long) known.before,
                     (long) known.end);
        }

        assert_int_equal(lp_revocation_merge(&known, &cases[i].told), 0);
    }
}


static lp_revocation_t
deliver(uint64_t *seed, const lp_revocation_t *told, size_t n)
{
    size_t          i, at, heard;
    lp_revocation_t known;
    unsigned char   seen[LENGTH] = { 0 };

    at = unit_below(seed, n);
    known = told[at];
    seen[at] = 1;

    for (heard = 1; heard < n; heard += !seen[at]++) {
        at = unit_below(seed, n);
        (void) lp_revocation_merge(&known, &told[at]);
    }

    for (i = 0; i < n; i++) {
        assert_int_equal(seen[i] != 0, 1);
    }

    return known;
}


/* A state that comes and goes, and moments that are only widened. */
static void
test_order(void **state)
{
    size_t          i, j, n;
    uint64_t        seed;
    lp_revocation_t told[LENGTH], last, a, b;

    (void) state;

    seed = 1;

    for (i = 0; i < CASES; i++) {
        n = 1 + unit_below(&seed, LENGTH);

        for (j = 0; j < n; j++) {
            told[j].before = (int64_t) unit_below(&seed, 4);
            told[j].end = (i % 2 == 0) ? V + (int64_t) j
                                       : (int64_t) unit_below(&seed, 4);
        }

        last = told[n - 1];
        a = deliver(&seed, told, n);
        b = deliver(&seed, told, n);

        assert_int_equal(a.before, b.before);
        assert_int_equal(a.end, b.end);

        if (i % 2 == 0) {
            assert_int_equal(a.before, last.before);
            assert_int_equal(a.end, last.end);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
