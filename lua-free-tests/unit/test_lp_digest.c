/*
 * lp_digest: FIPS 180-4 examples, a reused context, and hexadecimal both ways.
 */

#include "unit.h"
#include "lp_digest.h"
#include "lp_error.h"


static void
check(lp_digest_t *d, const char *text, const char *hex)
{
    char    out[LP_DIGEST_HEX];
    uint8_t digest[LP_DIGEST_LEN], back[LP_DIGEST_LEN];

    assert_int_equal(lp_digest_sha256(d, text, strlen(text), digest), LP_OK);
    assert_int_equal(lp_digest_once(text, strlen(text), back), LP_OK);
    assert_memory_equal(back, digest, LP_DIGEST_LEN);
    lp_digest_to_hex(digest, out);
    assert_memory_equal(out, hex, LP_DIGEST_HEX);

    assert_int_equal(lp_digest_from_hex(hex, LP_DIGEST_HEX, back), LP_OK);
    assert_true(lp_digest_equal(digest, back));
}


static void
test_examples(void **state)
{
    int          i;
    lp_digest_t *d;

    (void) state;

    d = lp_digest_create();
    assert_non_null(d);

    for (i = 0; i < 3; i++) {
        check(d, "",
              "e3b0c44298fc1c149afbf4c8996fb924"
              "27ae41e4649b934ca495991b7852b855");
        check(d, "abc",
              "ba7816bf8f01cfea414140de5dae2223"
              "b00361a396177a9cb410ff61f20015ad");
        check(d, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
              "248d6a61d20638b8e5c026930c3e6039"
              "a33ce45964ff2167f6ecedd419db06c1");
    }

    lp_digest_free(d);
    lp_digest_free(NULL);
}


static void
test_equal(void **state)
{
    int     i;
    uint8_t a[LP_DIGEST_LEN] = { 0 }, b[LP_DIGEST_LEN] = { 0 };

    (void) state;

    assert_true(lp_digest_equal(a, b));

    for (i = 0; i < LP_DIGEST_LEN * 8; i++) {
        b[i / 8] ^= (uint8_t) (1 << i % 8);
        assert_false(lp_digest_equal(a, b));
        b[i / 8] = 0;
    }
}


static void
test_from_hex(void **state)
{
    int     c;
    char    hex[LP_DIGEST_HEX + 1];
    size_t  len;
    uint8_t out[LP_DIGEST_LEN];

    (void) state;

    memset(hex, 'A', sizeof(hex));
    assert_int_equal(lp_digest_from_hex(hex, LP_DIGEST_HEX, out), LP_OK);
    assert_int_equal(out[31], 0xaa);

    for (len = 0; len <= LP_DIGEST_HEX + 1; len++) {
        assert_int_equal(lp_digest_from_hex(hex, len, out),
                         len == LP_DIGEST_HEX ? LP_OK : LP_INVALID);
    }

    for (c = 0; c < 256; c++) {
        hex[63] = (char) c;
        assert_int_equal(lp_digest_from_hex(hex, LP_DIGEST_HEX, out),
                         c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL
                             ? LP_OK
                             : LP_INVALID);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_from_hex),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
