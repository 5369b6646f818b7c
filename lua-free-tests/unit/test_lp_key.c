/*
 * lp_key: form, checksum, and that no entropy is lost on the way.
 */

#include "unit.h"
#include "lp_key.h"


/* Computed with Python's integers and binascii.crc32. */
static void
test_known_keys(void **state)
{
    int     i;
    char    key[LP_KEY_LEN + 1];
    uint8_t entropy[LP_KEY_ENTROPY];

    (void) state;

    memset(entropy, 0, sizeof(entropy));
    lp_key_encode(entropy, key);
    assert_string_equal(
        key, "sk_00000000000000000000000000000000000000000004LPos6");

    memset(entropy, 0xff, sizeof(entropy));
    lp_key_encode(entropy, key);
    assert_string_equal(
        key, "sk_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp11IM8Ve");

    for (i = 0; i < LP_KEY_ENTROPY; i++) {
        entropy[i] = (uint8_t) i;
    }

    lp_key_encode(entropy, key);
    assert_string_equal(
        key, "sk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3WINfG");
}


static unsigned
digit(char c)
{
    return (unsigned) (strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz",
                              c)
                       - "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "abcdefghijklmnopqrstuvwxyz");
}


/* Multiplies back, byte by byte. */
static void
decode(const char *digits, uint8_t out[LP_KEY_ENTROPY])
{
    int      i, byte;
    unsigned carry;

    memset(out, 0, LP_KEY_ENTROPY);

    for (i = 0; i < 43; i++) {
        carry = digit(digits[i]);

        for (byte = LP_KEY_ENTROPY - 1; byte >= 0; byte--) {
            carry += out[byte] * 62u;
            out[byte] = (uint8_t) carry;
            carry >>= 8;
        }

        assert_int_equal(carry, 0);
    }
}


static void
test_random_keys_come_back(void **state)
{
    int      i, n;
    char     key[LP_KEY_LEN + 1];
    uint8_t  entropy[LP_KEY_ENTROPY], back[LP_KEY_ENTROPY];
    uint64_t seed = 7;

    (void) state;

    for (n = 0; n < 2000; n++) {
        for (i = 0; i < LP_KEY_ENTROPY; i++) {
            entropy[i] = (uint8_t) unit_random(&seed);
        }

        lp_key_encode(entropy, key);
        assert_int_equal(strlen(key), LP_KEY_LEN);
        assert_true(lp_key_well_formed(key, LP_KEY_LEN));

        decode(key + 3, back);
        assert_memory_equal(back, entropy, LP_KEY_ENTROPY);
    }
}


/* A CRC-32 finds every burst of up to 32 bits, so every changed character. */
static void
test_every_change_is_found(void **state)
{
    int     i, c;
    char    key[LP_KEY_LEN + 1], kept;
    uint8_t entropy[LP_KEY_ENTROPY] = { 1, 2, 3 };

    (void) state;

    lp_key_encode(entropy, key);

    for (i = 0; i < LP_KEY_LEN; i++) {
        kept = key[i];

        for (c = 0; c < 256; c++) {
            key[i] = (char) c;
            assert_int_equal(lp_key_well_formed(key, LP_KEY_LEN),
                             key[i] == kept);
        }

        key[i] = kept;
    }
}


static void
test_length(void **state)
{
    char    key[LP_KEY_LEN + 2] = "";
    size_t  len;
    uint8_t entropy[LP_KEY_ENTROPY] = { 9 };

    (void) state;

    lp_key_encode(entropy, key);

    for (len = 0; len <= LP_KEY_LEN + 1; len++) {
        assert_int_equal(lp_key_well_formed(key, len), len == LP_KEY_LEN);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_keys),
        cmocka_unit_test(test_random_keys_come_back),
        cmocka_unit_test(test_every_change_is_found),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
