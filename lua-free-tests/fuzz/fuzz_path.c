/*
 * Any text to the path compiler: an accepted path leads somewhere and a
 * refused one leaves the set as it was.
 */

#include "fuzz.h"
#include "lp_path.h"


/* Follows the path by its own steps, which must arrive at its end. */
static void
follow(const lp_paths_t *paths)
{
    int                   tag = LP_PATH_NO_MATCH;
    unsigned              i;
    uint64_t              state = paths->first;
    const lp_path_step_t *step;

    for (i = 0; i < paths->n; i++) {
        step = &paths->steps[i];
        FUZZ_CHECK(state >> i & 1);
        FUZZ_CHECK((step->tag == 7) == (i + 1 == paths->n));

        state = step->kind == LP_PATH_NAME
                    ? lp_paths_member(paths, state, step->name, step->len, 0,
                                      &tag)
                    : lp_paths_element(paths, state, step->index, &tag);
    }

    FUZZ_CHECK(tag == 7);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    lp_error_t err;

    static lp_paths_t paths;

    memset(&paths, 0, sizeof(paths));

    if (lp_paths_add(&paths, (const char *) data, len, 7, &err) == LP_OK) {
        FUZZ_CHECK(paths.n > 0 && paths.n <= LP_PATH_STEPS);
        FUZZ_CHECK(paths.first == 1);
        follow(&paths);

    } else {
        FUZZ_CHECK(paths.n == 0 && paths.first == 0 && paths.descends == 0);
        FUZZ_CHECK(strlen(err.text) > 0);
    }

    return 0;
}
