/*
 * lp_slo_text: what is written is read, and what is damaged changes nothing.
 */

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"
#include "lp_slo_text.h"


#define START INT64_C(1800000000)


typedef struct {
    char   text[256 * 1024];
    size_t len;
    size_t room; /* the writing fails beyond */
} page_t;

static page_t   page;
static lp_slo_t gold, end;


static int
emit(void *ctx, const char *text, size_t len)
{
    page_t *p = ctx;

    if (len > p->room - p->len) {
        return LP_INVALID;
    }

    memcpy(p->text + p->len, text, len);
    p->len += len;

    return LP_OK;
}


static lp_slo_t *
find(void *ctx, const char *name, size_t len)
{
    (void) ctx;

    return len == 4 && memcmp(name, "gold", 4) == 0  ? &gold
           : len == 3 && memcmp(name, "end", 3) == 0 ? &end
                                                     : NULL;
}


static int
write_page(size_t room, const lp_slo_t *one, const lp_slo_t *two)
{
    lp_slo_writer_t w;

    page.len = 0;
    page.room = room;

    return lp_slo_write_begin(&w, emit, &page) == LP_OK
                   && lp_slo_write(&w, "gold", 4, one) == LP_OK
                   && lp_slo_write(&w, "end", 3, two) == LP_OK
                   && lp_slo_write(&w, "gone", 4, two) == LP_OK
               ? lp_slo_write_end(&w)
               : LP_INVALID;
}


static void
history(lp_slo_t *slo, uint64_t seed)
{
    int      i;
    uint64_t add[LP_SLO_COUNTS];
    unsigned k;

    for (i = 0; i < 3000; i++) {
        for (k = 0; k < LP_SLO_COUNTS; k++) {
            add[k] = 1 + unit_below(&seed, 1000000);
        }

        lp_slo_record(slo, START + i * 860, add);
    }
}


static void
test_what_is_written_is_read(void **state)
{
    lp_error_t err;

    static lp_slo_t one, two;

    (void) state;

    history(&one, 3);
    history(&two, 4);
    memset(&gold, 0, sizeof(gold));
    memset(&end, 0, sizeof(end));

    assert_int_equal(write_page(sizeof(page.text), &one, &two), LP_OK);
    assert_int_equal(lp_slo_read(page.text, page.len, find, NULL, &err),
                     LP_OK);
    assert_memory_equal(&gold, &one, sizeof(one));
    assert_memory_equal(&end, &two, sizeof(two));
}


static void
test_an_empty_one(void **state)
{
    lp_error_t err;

    static const lp_slo_t none;

    (void) state;

    assert_int_equal(write_page(sizeof(page.text), &none, &none), LP_OK);
    assert_int_equal(page.len, strlen("partner-slo 1\nend 0 00000000\n"));
    assert_int_equal(lp_slo_read(page.text, page.len, find, NULL, &err),
                     LP_OK);
}


static void
test_damage_changes_nothing(void **state)
{
    size_t     i;
    lp_error_t err;

    static lp_slo_t one, before;

    (void) state;

    history(&one, 5);
    memset(&gold, 0, sizeof(gold));
    before = gold;
    assert_int_equal(write_page(sizeof(page.text), &one, &before), LP_OK);

    for (i = 0; i < page.len; i += i < page.len - 64 ? 97 : 1) {
        page.text[i] ^= 1;
        assert_int_equal(lp_slo_read(page.text, page.len, find, NULL, &err),
                         LP_INVALID);
        page.text[i] ^= 1;
        assert_int_equal(lp_slo_read(page.text, i, find, NULL, &err),
                         LP_INVALID);
    }

    assert_memory_equal(&gold, &before, sizeof(before));
}


static void
test_a_writer_that_fails(void **state)
{
    size_t room;

    static lp_slo_t one;

    (void) state;

    history(&one, 6);
    assert_int_equal(write_page(sizeof(page.text), &one, &one), LP_OK);

    for (room = 0; room < page.len; room += 997) {
        size_t len = page.len;

        assert_int_equal(write_page(room, &one, &one), LP_INVALID);
        page.len = len;
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_an_empty_one),
        cmocka_unit_test(test_damage_changes_nothing),
        cmocka_unit_test(test_a_writer_that_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
