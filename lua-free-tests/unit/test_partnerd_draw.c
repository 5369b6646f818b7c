/*
 * What is drawn is never drawn again: not later, and not by a child.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "draw.h"
#include "unit.h"


#define LEN 16


static int
compare(const void *a, const void *b)
{
    return memcmp(a, b, LEN);
}


static void
test_never_twice(void **state)
{
    size_t         i;
    static uint8_t drawn[2000][LEN];

    (void) state;

    for (i = 0; i < UNIT_LEN(drawn); i++) {
        assert_int_equal(pd_draw(drawn[i], LEN), 0);
    }

    qsort(drawn, UNIT_LEN(drawn), LEN, compare);

    for (i = 1; i < UNIT_LEN(drawn); i++) {
        assert_memory_not_equal(drawn[i - 1], drawn[i], LEN);
    }
}


static void
test_lengths(void **state)
{
    uint8_t all[PD_DRAW_MAX + 1], none[PD_DRAW_MAX];

    (void) state;
    memset(all, 0, sizeof(all));
    memset(none, 0, sizeof(none));

    assert_int_equal(pd_draw(all, PD_DRAW_MAX), 0);
    assert_memory_not_equal(all, none, LEN);
    assert_memory_not_equal(all + PD_DRAW_MAX - LEN, none, LEN);
    assert_int_equal(all[PD_DRAW_MAX], 0);
    assert_int_equal(pd_draw(all, PD_DRAW_MAX + 1), -1);
    assert_int_equal(pd_draw(all, 1), 0);
}


static void
test_child(void **state)
{
    int     ends[2], status;
    pid_t   child;
    uint8_t ours[LEN], its[LEN];

    (void) state;
    assert_int_equal(pd_draw(ours, LEN), 0);
    assert_int_equal(pipe(ends), 0);
    child = fork();

    if (child == 0) {
        _exit(pd_draw(its, LEN) == 0 && write(ends[1], its, LEN) == LEN ? 0
                                                                        : 1);
    }

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], its, LEN), LEN);
    assert_int_equal(pd_draw(ours, LEN), 0);
    assert_memory_not_equal(ours, its, LEN);
    (void) close(ends[0]);
    (void) close(ends[1]);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_twice),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
