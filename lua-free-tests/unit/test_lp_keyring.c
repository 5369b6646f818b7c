/*
 * lp_keyring: a partner opens what is his and nothing else, a rotation keeps
 * hashes, and a changed character is noticed.
 */

#include "unit.h"
#include "lp_keyring.h"


#define KEY_A                                                                 \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B                                                                 \
    "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static const uint8_t salt[LP_SALT_LEN] = { 1, 2, 3 };


static void
load(lp_keyring_t *ring, const char *text)
{
    lp_error_t err;

    assert_int_equal(lp_keyring_parse(ring, text, strlen(text), &err), LP_OK);
}


static void
derive(const lp_keyring_t *ring, const char *partner, lp_partner_keys_t *keys)
{
    assert_int_equal(
        lp_keyring_derive(ring, partner, strlen(partner), salt, keys), LP_OK);
}


static void
test_encrypt(void **state)
{
    size_t            n, len;
    uint8_t           out[256], second[256], back[256];
    lp_keyring_t      ring, rotated;
    lp_partner_keys_t keys;

    (void) state;

    load(&ring, "# keys\n\nk1 " KEY_A "\n");
    load(&rotated, "k1 " KEY_A "\nk2 " KEY_B);
    derive(&ring, "partner-a", &keys);

    n = lp_keyring_encrypt(&keys, (const uint8_t *) "\"secret\"", 8, out);
    assert_in_range(n, 40, LP_ENCRYPTED_LEN(8));
    assert_memory_equal(out, "e:k1:", 5);
    assert_int_equal(lp_keyring_open(&rotated, "partner-a", 9,
                                     (const char *) out, n, back, &len),
                     LP_OK);
    assert_int_equal(len, 8);
    assert_memory_equal(back, "\"secret\"", 8);

    /* Another partner, and the same value again. */
    assert_int_equal(lp_keyring_open(&ring, "partner-b", 9, (const char *) out,
                                     n, back, &len),
                     LP_INVALID);
    assert_int_equal(
        lp_keyring_encrypt(&keys, (const uint8_t *) "\"secret\"", 8, second),
        n);
    assert_memory_not_equal(out, second, n);

    derive(&rotated, "partner-a", &keys);
    n = lp_keyring_encrypt(&keys, (const uint8_t *) "1", 1, out);
    assert_memory_equal(out, "e:k2:", 5);
    assert_int_equal(lp_keyring_open(&ring, "partner-a", 9, (const char *) out,
                                     n, back, &len),
                     LP_INVALID);
}


static void
test_changed(void **state)
{
    size_t            n, i, len;
    uint8_t           out[256], back[256];
    lp_keyring_t      ring;
    lp_partner_keys_t keys;

    (void) state;

    load(&ring, "k1 " KEY_A "\nk2 " KEY_B);
    derive(&ring, "p", &keys);
    n = lp_keyring_encrypt(&keys, (const uint8_t *) "12345", 5, out);

    for (i = 0; i < n; i++) {
        /* The last character of 33 bytes carries all its bits. */
        out[i] ^= 1;
        assert_int_equal(
            lp_keyring_open(&ring, "p", 1, (const char *) out, n, back, &len),
            LP_INVALID);
        out[i] ^= 1;
        assert_int_equal(
            lp_keyring_open(&ring, "p", 1, (const char *) out, i, back, &len),
            LP_INVALID);
    }
}


static void
test_hash(void **state)
{
    uint8_t           a[LP_HASHED_LEN], b[LP_HASHED_LEN];
    lp_keyring_t      ring, rotated;
    lp_partner_keys_t keys;

    (void) state;

    load(&ring, "k1 " KEY_A);
    load(&rotated, "k1 " KEY_A "\nk2 " KEY_B "\n");

    derive(&ring, "p", &keys);
    assert_int_equal(lp_keyring_hash(&keys, (const uint8_t *) "x", 1, a),
                     LP_HASHED_LEN);
    derive(&rotated, "p", &keys);
    assert_int_equal(lp_keyring_hash(&keys, (const uint8_t *) "x", 1, b),
                     LP_HASHED_LEN);
    assert_memory_equal(a, b, LP_HASHED_LEN);
    derive(&ring, "q", &keys);
    assert_int_equal(lp_keyring_hash(&keys, (const uint8_t *) "x", 1, b),
                     LP_HASHED_LEN);
    assert_memory_not_equal(a, b, LP_HASHED_LEN);
}


static void
test_refused(void **state)
{
    size_t            i;
    lp_error_t        err;
    lp_keyring_t      ring;
    lp_partner_keys_t keys;

    static const struct {
        const char *text, *error;
    } cases[] = {
        { "", "there is no key in it" },
        { "# only this", "there is no key in it" },
        { "k1 00ff", "line 1: a key of 64 hexadecimal digits is expected" },
        { "\nk.1 " KEY_A,
          "line 2: an id of 1 to 16 letters, digits, \"_\" or \"-\" and a "
          "blank are expected" },
        { "k " KEY_A "\nk " KEY_B, "line 2: key \"k\" is given twice" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(lp_keyring_parse(&ring, cases[i].text,
                                          strlen(cases[i].text), &err),
                         LP_INVALID);
        assert_string_equal(err.text, cases[i].error);
    }

    load(&ring, "hash " KEY_A);
    assert_int_equal(lp_keyring_check_master(&ring, &err), LP_INVALID);
    assert_non_null(strstr(err.text, "is called \"hash\""));
    load(&ring, "k " KEY_A);
    assert_int_equal(lp_keyring_check_master(&ring, &err), LP_OK);
    ring.n = LP_KEYRING_KEYS;
    assert_int_equal(lp_keyring_check_master(&ring, &err), LP_INVALID);
    assert_string_equal(err.text, "16 master keys, at most 15 are allowed");
    load(&ring, "k " KEY_A);
    assert_int_equal(lp_keyring_derive(&ring, "", 0, salt, &keys), LP_INVALID);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encrypt),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
