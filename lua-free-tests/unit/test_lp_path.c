/*
 * lp_path: which paths compile, and where they lead.
 */

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"
#include "lp_path.h"


/* Walks "a/b/#3": names, and elements after a number sign. */
static int
walk(const lp_paths_t *paths, const char *way, int fold)
{
    int      tag = LP_PATH_NO_MATCH;
    char     copy[128], *step, *rest = copy;
    uint64_t state = paths->first;

    (void) snprintf(copy, sizeof(copy), "%s", way);

    while ((step = strsep(&rest, "/")) != NULL) {
        state = *step == '#'
                    ? lp_paths_element(paths, state, (uint32_t) atoi(step + 1),
                                       &tag)
                    : lp_paths_member(paths, state, (const uint8_t *) step,
                                      strlen(step), fold, &tag);
    }

    return tag;
}


static void
test_ways(void **state)
{
    size_t     i;
    lp_paths_t paths;
    lp_error_t err;

    static const struct {
        const char *path, *way;
        int         leads;
    } cases[] = {
        { "$.a", "a", 1 },
        { "$.a", "A", 1 },
        { "$.a", "b", 0 },
        { "$.a", "a/a", 0 },
        { "$.rides[*].rider.phone", "rides/#7/rider/phone", 1 },
        { "$.rides[*].rider.phone", "rides/#7/driver/phone", 0 },
        { "$.rides[*].rider.phone", "rides/rider/phone", 0 },
        { "$.list[3]", "list/#3", 1 },
        { "$.list[3]", "list/#4", 0 },
        { "$[0]", "#0", 1 },
        { "$..x", "x", 1 },
        { "$..x", "a/#1/b/x", 1 },
        { "$..x.y", "x/x/y", 1 },
        { "$..x.y", "x/z/y", 0 },
        { "$.a..[2]", "a/b/#1/#2", 1 },
        { "$.a.*", "a/anything", 1 },
        { "$.a.*", "a/#0", 1 },
        { "$['odd.name'][\"it's\"]", "odd.name/it's", 1 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        memset(&paths, 0, sizeof(paths));
        assert_int_equal(lp_paths_add(&paths, cases[i].path,
                                      strlen(cases[i].path), 5, &err),
                         LP_OK);
        assert_int_equal(walk(&paths, cases[i].way, 1),
                         cases[i].leads ? 5 : LP_PATH_NO_MATCH);
    }

    assert_int_equal(walk(&paths, "odd.name/It's", 0), LP_PATH_NO_MATCH);
}


static void
test_several(void **state)
{
    lp_paths_t paths = { 0 };
    lp_error_t err;

    (void) state;

    assert_int_equal(lp_paths_add(&paths, "$..c", 4, 2, &err), LP_OK);
    assert_int_equal(lp_paths_add(&paths, "$.a.c", 5, 1, &err), LP_OK);
    assert_int_equal(walk(&paths, "a/c", 1), 1);
    assert_int_equal(walk(&paths, "b/c", 1), 2);

    /* A name that the scanner did not tell is a child all the same. */
    assert_int_equal(lp_paths_add(&paths, "$.*.d", 5, 0, &err), LP_OK);
    int      tag;
    uint64_t below = lp_paths_member(&paths, paths.first, NULL, 0, 1, &tag);
    assert_int_equal(tag, LP_PATH_NO_MATCH);
    (void) lp_paths_member(&paths, below, (const uint8_t *) "d", 1, 1, &tag);
    assert_int_equal(tag, 0);
}


static void
test_refused(void **state)
{
    size_t     i;
    char       steps[160] = "$";
    lp_paths_t paths = { 0 };
    lp_error_t err;

    static const char *const texts[] = { "",
                                         "$",
                                         "a",
                                         "$a",
                                         "$.",
                                         "$..",
                                         "$.a.",
                                         "$[",
                                         "$[]",
                                         "$[x]",
                                         "$[1",
                                         "$[-1]",
                                         "$['a]",
                                         "$['']",
                                         "$.a b",
                                         "$.a[*]b",
                                         "$[*",
                                         "$.a[1]]",
                                         "$..[",
                                         "$.*a",
                                         "$[12345678901]",
                                         "$[4294967300]",
                                         "$[1000000000]" };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        if (lp_paths_add(&paths, texts[i], strlen(texts[i]), 0, &err)
            != LP_INVALID) {
            fail_msg("accepted: %s", texts[i]);
        }

        assert_int_equal(paths.n, 0);
    }

    for (i = 0; i < LP_PATH_STEPS; i++) {
        (void) strcat(steps, ".a");
    }

    assert_int_equal(lp_paths_add(&paths, steps, strlen(steps), 0, &err),
                     LP_OK);
    assert_int_equal(lp_paths_add(&paths, "$.b", 3, 0, &err), LP_INVALID);
    assert_non_null(strstr(err.text, "too many path steps, allowed: 64; "));
}


/* A path reads as it was written. */
static void
test_written(void **state)
{
    char       text[64];
    size_t     i, k, len;
    lp_paths_t paths;
    lp_error_t err;

    static const char *const written[] = {
        "$.rides.*.rider.phone", "$.list[3]",          "$[17].*.a",
        "$['odd name'].x",       "$.a['odd.name'][0]",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(written); i++) {
        memset(&paths, 0, sizeof(paths));
        assert_int_equal(
            lp_paths_add(&paths, written[i], strlen(written[i]), 0, &err),
            LP_OK);

        for (k = 0, len = 0; k < paths.n; k++) {
            len += lp_path_step_text(&paths.steps[k], text + len,
                                     sizeof(text) - len);
            assert_int_equal(len, strlen(text));
        }

        assert_string_equal(text, written[i] + 1);
    }

    assert_int_equal(lp_path_step_text(&paths.steps[1], text, 4), 3);
    assert_string_equal(text, "['o");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
