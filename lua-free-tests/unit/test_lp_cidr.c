/*
 * lp_cidr: the notation, and sets against a matcher that tries one network
 * after the other.
 */

#include <stdio.h>
#include <stdlib.h>
#include <arpa/inet.h>

#include "unit.h"
#include "lp_cidr.h"
#include "lp_error.h"


#define SETS      300
#define NETWORKS  40
#define ADDRESSES 40 /* SETS * ADDRESSES decisions, and as many edges */


static lp_address_t
address(const char *text)
{
    uint8_t octets[16];

    if (inet_pton(AF_INET, text, octets) == 1) {
        return lp_address_v4(octets);
    }

    assert_int_equal(inet_pton(AF_INET6, text, octets), 1);

    return lp_address_v6(octets);
}


static int
parse(const char *text, lp_cidr_t *cidr)
{
    return lp_cidr_parse(text, strlen(text), cidr);
}


static const struct {
    const char *text;
    const char *first;
    const char *last;
} spans[] = {
    { "10.0.0.0/8", "10.0.0.0", "10.255.255.255" },
    { "192.0.2.7", "192.0.2.7", "192.0.2.7" },
    { "192.0.2.7/32", "192.0.2.7", "192.0.2.7" },
    { "192.0.2.6/31", "192.0.2.6", "192.0.2.7" },
    { "0.0.0.0/0", "0.0.0.0", "255.255.255.255" },
    { "::ffff:10.0.0.0/104", "10.0.0.0", "10.255.255.255" },
    { "::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7" },
    { "2001:db8::/32",
      "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" },
    { "2001:DB8::/63", "2001:db8::", "2001:db8::1:ffff:ffff:ffff:ffff" },
    { "2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff" },
    { "2001:db8::/65", "2001:db8::", "2001:db8::7fff:ffff:ffff:ffff" },
    { "2001:db8::1", "2001:db8::1", "2001:db8::1" },
    { "::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
};


static void
test_accepted(void **state)
{
    size_t       i;
    lp_cidr_t    cidr;
    lp_address_t first, last;

    (void) state;

    for (i = 0; i < UNIT_LEN(spans); i++) {
        assert_int_equal(parse(spans[i].text, &cidr), LP_OK);

        first = address(spans[i].first);
        last = address(spans[i].last);
        assert_memory_equal(&cidr.first, &first, sizeof(first));
        assert_memory_equal(&cidr.last, &last, sizeof(last));
    }
}


static void
test_refused(void **state)
{
    size_t    i;
    lp_cidr_t cidr;

    static const char *const texts[] = {
        "",
        "/",
        "/8",
        "10",
        "10.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/-1",
        "10.0.0.0/ 8",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "10.0.0.0/8/8",
        "10.0.0.0/255.0.0.0",
        "10.0.0.1/8",
        "010.0.0.0/8",
        "256.0.0.0/8",
        "10.0.0.0/1111",
        "2001:db8::1/32",
        "2001:db8::/129",
        "2001:db8:::/32",
        "[2001:db8::]/32",
        "fe80::1%eth0",
        "::/",
        "::ffff:10.0.0.1/104",
        "example.com",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/128",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        assert_int_equal(parse(texts[i], &cidr), LP_INVALID);
    }

    assert_int_equal(lp_cidr_parse("::1\0/12", 7, &cidr), LP_INVALID);
}


static lp_cidr_set_t *
make(const char *const *texts, size_t n)
{
    size_t         i;
    lp_cidr_t      cidrs[8];
    lp_cidr_set_t *set;

    assert_true(n <= UNIT_LEN(cidrs));

    for (i = 0; i < n; i++) {
        assert_int_equal(parse(texts[i], &cidrs[i]), LP_OK);
    }

    set = malloc(lp_cidr_set_room(n));
    assert_non_null(set);
    lp_cidr_set_make(set, cidrs, n);
    assert_true(lp_cidr_set_size(set) <= lp_cidr_set_room(n));

    return set;
}


static int
has(const lp_cidr_set_t *set, const char *text)
{
    lp_address_t a = address(text);

    return lp_cidr_set_has(set, &a);
}


/* What lies within another, or right behind it, needs no range of its own. */
static void
test_ranges_are_merged(void **state)
{
    lp_cidr_set_t *set, *same;

    static const char *const texts[]
        = { "10.1.0.0/16", "10.0.0.0/8",      "11.0.0.0/8",
            "10.0.0.0/8",  "2001:db8::1/128", "2001:db8::/127" };
    static const char *const once[] = { "10.0.0.0/7", "2001:db8::/127" };

    (void) state;

    set = make(texts, UNIT_LEN(texts));
    same = make(once, UNIT_LEN(once));

    assert_int_equal(set->v4, 1);
    assert_int_equal(set->v6, 1);
    assert_int_equal(lp_cidr_set_size(set), lp_cidr_set_size(same));
    assert_memory_equal(set, same, lp_cidr_set_size(set));

    free(set);
    free(same);
}


static void
test_ipv4_is_not_ipv6(void **state)
{
    lp_cidr_set_t *set;

    static const char *const every_v6[] = { "::/0", "192.0.2.0/24" };
    static const char *const every_v4[] = { "0.0.0.0/0" };

    (void) state;

    set = make(every_v6, UNIT_LEN(every_v6));
    assert_true(has(set, "2001:db8::1"));
    assert_true(has(set, "192.0.2.1"));
    assert_true(has(set, "::ffff:192.0.2.1"));
    assert_false(has(set, "192.0.3.1"));
    assert_false(has(set, "::ffff:192.0.3.1"));
    free(set);

    set = make(every_v4, UNIT_LEN(every_v4));
    assert_true(has(set, "192.0.2.1"));
    assert_false(has(set, "2001:db8::1"));
    assert_false(has(set, "::"));
    free(set);
}


static void
test_empty_set(void **state)
{
    lp_cidr_set_t *set;

    (void) state;

    set = make(NULL, 0);
    assert_int_equal(lp_cidr_set_size(set), sizeof(lp_cidr_set_t));
    assert_false(has(set, "0.0.0.0"));
    assert_false(has(set, "::"));
    free(set);
}


/* Few distinct octets, so that networks touch, overlap and repeat. */
static void
random_octets(uint64_t *seed, uint8_t octets[16], int v4)
{
    int i;

    static const uint8_t digits[] = { 0, 1, 127, 128, 254, 255 };

    for (i = 0; i < 16; i++) {
        octets[i] = digits[unit_below(seed, UNIT_LEN(digits))];
    }

    if (v4) {
        memset(octets, 0, 10);
        memset(octets + 10, 0xff, 2);
    }
}


static void
random_cidr(uint64_t *seed, lp_cidr_t *cidr)
{
    int     i, v4, prefix;
    char    text[LP_CIDR_TEXT + 1], number[8];
    uint8_t octets[16];

    v4 = unit_below(seed, 2) == 0;
    prefix = (int) unit_below(seed, v4 ? 33 : 129) + (v4 ? 96 : 0);
    random_octets(seed, octets, v4);

    for (i = prefix; i < 128; i++) {
        octets[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
    }

    if (v4) {
        prefix -= 96;
        assert_non_null(inet_ntop(AF_INET, octets + 12, text, sizeof(text)));

    } else {
        assert_non_null(inet_ntop(AF_INET6, octets, text, sizeof(text)));
    }

    (void) snprintf(number, sizeof(number), "/%d", prefix);
    (void) strcat(text, number);
    assert_int_equal(parse(text, cidr), LP_OK);
}


static int
not_after(const lp_address_t *a, const lp_address_t *b)
{
    return a->high < b->high || (a->high == b->high && a->low <= b->low);
}


static int
is_mapped(const lp_address_t *a)
{
    return a->high == 0 && a->low >> 32 == 0xffff;
}


static int
naive(const lp_cidr_t *cidrs, size_t n, const lp_address_t *a)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (not_after(&cidrs[i].first, a) && not_after(a, &cidrs[i].last)
            && is_mapped(a)
                   == (is_mapped(&cidrs[i].first)
                       && is_mapped(&cidrs[i].last))) {
            return 1;
        }
    }

    return 0;
}


/* The ends of each network, and what lies just outside. */
static void
check_edges(const lp_cidr_set_t *set, const lp_cidr_t *cidrs, size_t n)
{
    size_t       i;
    lp_address_t a;

    for (i = 0; i < n; i++) {
        a = cidrs[i].first;
        assert_int_equal(lp_cidr_set_has(set, &a), naive(cidrs, n, &a));
        a.high -= (a.low-- == 0);
        assert_int_equal(lp_cidr_set_has(set, &a), naive(cidrs, n, &a));

        a = cidrs[i].last;
        assert_int_equal(lp_cidr_set_has(set, &a), naive(cidrs, n, &a));
        a.high += (++a.low == 0);
        assert_int_equal(lp_cidr_set_has(set, &a), naive(cidrs, n, &a));
    }
}


static void
test_against_naive(void **state)
{
    size_t         i, n, round;
    uint8_t        octets[16];
    uint64_t       seed = 20261121;
    lp_cidr_t      cidrs[NETWORKS], sorted[NETWORKS];
    lp_address_t   a;
    lp_cidr_set_t *set;

    (void) state;

    set = malloc(lp_cidr_set_room(NETWORKS));
    assert_non_null(set);

    for (round = 0; round < SETS; round++) {
        n = unit_below(&seed, NETWORKS + 1);

        for (i = 0; i < n; i++) {
            random_cidr(&seed, &cidrs[i]);
        }

        memcpy(sorted, cidrs, sizeof(sorted));
        lp_cidr_set_make(set, sorted, n);
        check_edges(set, cidrs, n);

        for (i = 0; i < ADDRESSES; i++) {
            random_octets(&seed, octets, (int) (i & 1));
            a = lp_address_v6(octets);
            assert_int_equal(lp_cidr_set_has(set, &a), naive(cidrs, n, &a));
        }
    }

    free(set);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ranges_are_merged),
        cmocka_unit_test(test_ipv4_is_not_ipv6),
        cmocka_unit_test(test_empty_set),
        cmocka_unit_test(test_against_naive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
