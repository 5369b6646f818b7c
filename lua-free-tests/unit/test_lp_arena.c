/*
 * lp_arena: zeroed, aligned, never twice the same, and large pieces too.
 */

#include <stdalign.h>

#include "unit.h"
#include "lp_arena.h"


static void
test_pieces(void **state)
{
    size_t     i, n, size;
    uint8_t   *p;
    uint64_t   seed = 7;
    lp_arena_t arena = { 0 };

    (void) state;

    for (i = 0; i < 2000; i++) {
        size = unit_below(&seed, i % 100 == 0 ? 20000 : 200);
        p = lp_arena_take(&arena, size + 1);
        assert_non_null(p);
        assert_int_equal((uintptr_t) p % alignof(max_align_t), 0);

        for (n = 0; n <= size; n++) {
            assert_int_equal(p[n], 0);
        }

        memset(p, 0xff, size + 1);
    }

    lp_arena_free(&arena);
    assert_null(arena.blocks);
    lp_arena_free(&arena);
}


static void
test_text(void **state)
{
    char      *text;
    lp_arena_t arena = { 0 };

    (void) state;

    text = lp_arena_text(&arena, "abcdef", 3);
    assert_string_equal(text, "abc");
    assert_string_equal(lp_arena_text(&arena, "", 0), "");
    assert_string_equal(text, "abc");
    lp_arena_free(&arena);
}


static void
test_impossible(void **state)
{
    lp_arena_t arena = { 0 };

    (void) state;

    assert_null(lp_arena_take(&arena, SIZE_MAX));
    assert_null(lp_arena_take(&arena, SIZE_MAX - 64));
    assert_null(arena.blocks);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_impossible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
