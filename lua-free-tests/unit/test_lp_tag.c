/*
 * lp_tag: the tags that the authors of SipHash give, other tags under other
 * keys, and equality that looks at each byte.
 */

#include "unit.h"
#include "lp_tag.h"


/* vectors_sip128 of the reference implementation: a text of 0, 1, 2 ... */
static void
test_reference_vectors(void **state)
{
    size_t  i;
    uint8_t key[LP_TAG_KEY], text[64], tag[LP_TAG_LEN];

    static const struct {
        size_t  len;
        uint8_t tag[LP_TAG_LEN];
    } vectors[] = {
        { 0,
          { 0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72,
            0x14, 0xc7, 0x55, 0x02, 0x93 } },
        { 1,
          { 0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59,
            0x11, 0x9b, 0x22, 0xfc, 0x45 } },
        { 2,
          { 0x81, 0x77, 0x22, 0x8d, 0xa4, 0xa4, 0x5d, 0xc7, 0xfc, 0xa3, 0x8b,
            0xde, 0xf6, 0x0a, 0xff, 0xe4 } },
    };

    (void) state;

    for (i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t) i;
    }

    memcpy(key, text, LP_TAG_KEY);

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        lp_tag_make(key, text, vectors[i].len, tag);
        assert_memory_equal(tag, vectors[i].tag, LP_TAG_LEN);
    }
}


static void
test_keys_differ(void **state)
{
    uint8_t one[LP_TAG_KEY], two[LP_TAG_KEY], a[LP_TAG_LEN], b[LP_TAG_LEN];

    (void) state;

    lp_tag_draw(one);
    lp_tag_draw(two);
    assert_memory_not_equal(one, two, LP_TAG_KEY);

    lp_tag_make(one, "token", 5, a);
    lp_tag_make(two, "token", 5, b);
    assert_false(lp_tag_equal(a, b));

    lp_tag_make(one, "token", 5, b);
    assert_true(lp_tag_equal(a, b));
}


static void
test_each_byte_counts(void **state)
{
    unsigned i;
    uint8_t  key[LP_TAG_KEY], a[LP_TAG_LEN], b[LP_TAG_LEN];

    (void) state;

    lp_tag_draw(key);
    lp_tag_make(key, "", 0, a);
    memcpy(b, a, LP_TAG_LEN);

    for (i = 0; i < LP_TAG_LEN; i++) {
        b[i] ^= 1;
        assert_false(lp_tag_equal(a, b));
        b[i] ^= 1;
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_vectors),
        cmocka_unit_test(test_keys_differ),
        cmocka_unit_test(test_each_byte_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
