/*
 * Each value, its place and the row before count for a link; and a published
 * head is read as it was written, or not at all.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lp_error.h"
#include "published.h"
#include "unit.h"


static const char *const values[PD_CHAIN_VALUES]
    = { "2026-11-21T08:00:00.000000Z",
        "platform",
        "op",
        "r1",
        "partners",
        "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11",
        NULL,
        "created",
        NULL,
        "{}" };


static void
link_of(pd_chain_head_t *head, const char *const v[PD_CHAIN_VALUES])
{
    lp_digest_t *sha256;

    sha256 = lp_digest_create();
    assert_non_null(sha256);
    assert_int_equal(pd_chain_link(head, sha256, v), 0);
    lp_digest_free(sha256);
}


/* The hash was computed apart, by sha256sum of the text as chain.h has it. */
static void
test_known(void **state)
{
    pd_chain_head_t head = { .hash = PD_CHAIN_START };

    (void) state;
    link_of(&head, values);
    assert_int_equal(head.position, 1);
    assert_string_equal(head.hash, "f9d973fc6801a7545fdccb0a6a0b92a5"
                                   "acc5408c23bfce8b1c0891a17b7cfc0e");
}


static void
test_each_value(void **state)
{
    size_t          i;
    const char     *other[PD_CHAIN_VALUES];
    pd_chain_head_t head = { .hash = PD_CHAIN_START }, changed;

    (void) state;
    link_of(&head, values);

    for (i = 0; i < PD_CHAIN_VALUES; i++) {
        memcpy(other, values, sizeof(other));
        other[i] = values[i] == NULL ? "" : NULL;
        changed = (pd_chain_head_t){ .hash = PD_CHAIN_START };
        link_of(&changed, other);
        assert_string_not_equal(changed.hash, head.hash);
    }
}


/* What moves from the end of a value to the start of the next is seen. */
static void
test_borders(void **state)
{
    const char     *other[PD_CHAIN_VALUES];
    pd_chain_head_t head = { .hash = PD_CHAIN_START };
    pd_chain_head_t moved = { .hash = PD_CHAIN_START };

    (void) state;
    memcpy(other, values, sizeof(other));
    other[1] = "platformo";
    other[2] = "p";
    link_of(&head, values);
    link_of(&moved, other);
    assert_string_not_equal(moved.hash, head.hash);
}


static void
test_place(void **state)
{
    pd_chain_head_t head = { .hash = PD_CHAIN_START };
    pd_chain_head_t later = { .position = 1, .hash = PD_CHAIN_START };
    pd_chain_head_t behind = { .hash = PD_CHAIN_START };

    (void) state;
    behind.hash[0] = '1';
    link_of(&head, values);
    link_of(&later, values);
    link_of(&behind, values);
    assert_string_not_equal(later.hash, head.hash);
    assert_string_not_equal(behind.hash, head.hash);
}


static void
test_published(void **state)
{
    FILE           *f;
    char            path[] = "/tmp/published.XXXXXX";
    size_t          i;
    lp_error_t      err;
    pd_chain_head_t head = { .hash = PD_CHAIN_START }, read;

    static const char *const wrong[] = {
        "",
        "{}",
        "{\"position\": 1}",
        "{\"position\": 0, \"hash\": \"" PD_CHAIN_START "\"}",
        "{\"position\": 1, \"hash\": \"00\"}",
        "{\"position\": 1, \"hash\": \"" PD_CHAIN_START "\", \"x\": 1}",
    };

    (void) state;
    assert_true(mkstemp(path) >= 0);
    link_of(&head, values);
    assert_int_equal(pd_published_write(&head, path, &err), LP_OK);
    assert_int_equal(pd_published_read(&read, path, &err), LP_OK);
    assert_int_equal(read.position, 1);
    assert_string_equal(read.hash, head.hash);

    for (i = 0; i < UNIT_LEN(wrong); i++) {
        f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs(wrong[i], f) >= 0);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(pd_published_read(&read, path, &err), LP_INVALID);
    }

    assert_int_equal(unlink(path), 0);
    assert_int_equal(pd_published_read(&read, path, &err), LP_OK);
    assert_int_equal(read.position, 0);
    assert_int_equal(pd_published_write(&head, "/nowhere/x", &err),
                     LP_INVALID);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),     cmocka_unit_test(test_each_value),
        cmocka_unit_test(test_borders),   cmocka_unit_test(test_place),
        cmocka_unit_test(test_published),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
