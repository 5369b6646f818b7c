/*
 * lp_scan: the same bytes and places as byte by byte, at every length and
 * alignment, and never a byte beyond the end.
 */

#include <stdlib.h>

#include "unit.h"
#include "lp_scan.h"


static const uint8_t *
naive_string(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\') {
        p++;
    }

    return p;
}


static const uint8_t *
naive_space(const uint8_t *p, const uint8_t *end)
{
    while (p < end && memchr(" \t\r\n", *p, 4) != NULL) {
        p++;
    }

    return p;
}


/* Which are like the first. */
static void
check_like(const uint8_t *p)
{
    unsigned       i;
    lp_scan_mask_t like = 0;

    for (i = 0; i < LP_SCAN_STEP; i++) {
        like |= (lp_scan_mask_t) (p[i] == p[0]) << i;
    }

    assert_int_equal(lp_scan_like(p, p[0]), like);
}


/* From the same bytes, turned by one. */
static void
check_differing(const uint8_t *p)
{
    unsigned       i;
    uint8_t        other[LP_SCAN_STEP];
    lp_scan_mask_t differing = 0;

    for (i = 0; i < LP_SCAN_STEP; i++) {
        other[i] = p[(i + 1) % LP_SCAN_STEP];
        differing |= (lp_scan_mask_t) (p[i] != other[i]) << i;
    }

    assert_int_equal(lp_scan_differing(p, other), differing);
    assert_int_equal(lp_scan_differing(p, p), 0);
}


static void
check_blocks(const uint8_t *p)
{
    unsigned       i;
    lp_scan_mask_t stops, digits, space;

    stops = digits = space = 0;

    for (i = 0; i < LP_SCAN_STEP; i++) {
        stops |= (lp_scan_mask_t) (naive_string(p + i, p + i + 1) == p + i)
                 << i;
        digits |= (lp_scan_mask_t) (p[i] < '0' || p[i] > '9') << i;
        space |= (lp_scan_mask_t) (naive_space(p + i, p + i + 1) == p + i)
                 << i;
    }

    assert_int_equal(lp_scan_stops(p), stops);
    assert_int_equal(lp_scan_not_digits(p), digits);
    assert_int_equal(lp_scan_not_space(p), space);
    check_like(p);
    check_differing(p);
}


static void
check(const uint8_t *p, const uint8_t *end)
{
    if (end - p >= LP_SCAN_STEP) {
        check_blocks(p);
    }

    assert_ptr_equal(lp_scan_string(p, end), naive_string(p, end));
    assert_ptr_equal(lp_scan_space(p, end), naive_space(p, end));
}


/* Each byte value at each place of a run that would go on without it. */
static void
test_every_byte(void **state)
{
    int      c;
    size_t   len, at;
    uint8_t *exact;
    unsigned fill;

    static const uint8_t fills[] = { 'a', ' ', '5' };

    (void) state;

    for (len = 0; len <= 50; len++) {
        exact = malloc(len > 0 ? len : 1);
        assert_non_null(exact);

        for (fill = 0; fill < UNIT_LEN(fills); fill++) {
            memset(exact, fills[fill], len);
            check(exact, exact + len);

            for (at = 0; at < len; at++) {
                for (c = 0; c < 256; c++) {
                    exact[at] = (uint8_t) c;
                    check(exact, exact + len);
                    check(exact + at / 2, exact + len);
                }

                exact[at] = fills[fill];
            }
        }

        free(exact);
    }
}


static void
test_random(void **state)
{
    int      round;
    size_t   i, from;
    uint8_t  text[80];
    uint64_t seed = 6;

    static const uint8_t bytes[] = " \t\r\n\"\\abcdefgh\x7f\x80\xff";

    (void) state;

    for (round = 0; round < 100000; round++) {
        for (i = 0; i < sizeof(text); i++) {
            text[i] = unit_below(&seed, 20) == 0
                          ? bytes[unit_below(&seed, sizeof(bytes) - 1)]
                          : bytes[round & 1 ? 0 : 7];
        }

        from = unit_below(&seed, sizeof(text));
        check(text + from,
              text + from + unit_below(&seed, sizeof(text) - from + 1));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
