/*
 * lp_recent: what was kept is found for its own text alone, a later text takes
 * the place of an earlier one, and two tables have two keys.
 */

#include <stdio.h>

#include "unit.h"
#include "lp_error.h"
#include "lp_recent.h"


#define SIZE  64
#define TEXTS 1000


static size_t
text_of(int i, char *text)
{
    return (size_t) sprintf(text, "sk_%049d", i);
}


static void
digest_of(int i, uint8_t digest[LP_DIGEST_LEN])
{
    memset(digest, 0, LP_DIGEST_LEN);
    memcpy(digest, &i, sizeof(i));
}


static void
test_own_digest_or_none(void **state)
{
    int          i, round, found;
    char         text[64];
    size_t       len;
    uint8_t      tag[LP_TAG_LEN], digest[LP_DIGEST_LEN];
    uint8_t      expected[LP_DIGEST_LEN];
    lp_recent_t *recent;

    (void) state;

    recent = lp_recent_create(SIZE);
    assert_non_null(recent);
    found = 0;

    for (round = 0; round < 2; round++) {
        for (i = 0; i < TEXTS; i++) {
            len = text_of(i, text);
            digest_of(i, expected);

            if (lp_recent_find(recent, text, len, tag, digest)) {
                assert_memory_equal(digest, expected, LP_DIGEST_LEN);
                found++;
            }

            lp_recent_keep(recent, tag, expected);

            assert_true(lp_recent_find(recent, text, len, tag, digest));
            assert_memory_equal(digest, expected, LP_DIGEST_LEN);
            assert_false(lp_recent_find(recent, text, len - 1, tag, digest));
        }
    }

    /* a thousand texts went through sixty-four places */
    assert_in_range(found, 0, SIZE);

    lp_recent_free(recent);
}


static void
test_tags_differ_by_table(void **state)
{
    uint8_t      a[LP_TAG_LEN], b[LP_TAG_LEN], digest[LP_DIGEST_LEN];
    lp_recent_t *one, *other;

    (void) state;

    one = lp_recent_create(SIZE);
    other = lp_recent_create(SIZE);
    assert_non_null(one);
    assert_non_null(other);

    assert_false(lp_recent_find(one, "sk_1", 4, a, digest));
    assert_false(lp_recent_find(other, "sk_1", 4, b, digest));
    assert_memory_not_equal(a, b, LP_TAG_LEN);

    lp_recent_free(other);
    lp_recent_free(one);
    lp_recent_free(NULL);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_digest_or_none),
        cmocka_unit_test(test_tags_differ_by_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
