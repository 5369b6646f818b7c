/*
 * ECDSA signatures from side by side to DER, with OpenSSL as the judge.
 */

#include "unit.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include "lp_ecdsa.h"
#include "lp_error.h"


/* Whether OpenSSL reads the same two numbers, and would write the same. */
static void
check(lp_alg_t alg, const uint8_t *raw, size_t half)
{
    int            len;
    size_t         der_len;
    uint8_t        der[LP_ECDSA_DER_LEN], *again;
    BIGNUM        *r, *s;
    ECDSA_SIG     *signature;
    const uint8_t *p;

    assert_int_equal(lp_ecdsa_to_der(alg, raw, 2 * half, der, &der_len),
                     LP_OK);
    assert_true(der_len <= sizeof(der));

    p = der;
    signature = d2i_ECDSA_SIG(NULL, &p, (long) der_len);
    assert_non_null(signature);
    assert_ptr_equal(p, der + der_len);

    r = BN_bin2bn(raw, (int) half, NULL);
    s = BN_bin2bn(raw + half, (int) half, NULL);
    assert_int_equal(BN_cmp(r, ECDSA_SIG_get0_r(signature)), 0);
    assert_int_equal(BN_cmp(s, ECDSA_SIG_get0_s(signature)), 0);

    again = NULL;
    len = i2d_ECDSA_SIG(signature, &again);
    assert_int_equal(len, der_len);
    assert_memory_equal(again, der, der_len);

    OPENSSL_free(again);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(signature);
}


static void
test_to_der(void **state)
{
    size_t   i, j, zeros;
    uint8_t  raw[2 * LP_ECDSA_NUMBER];
    uint64_t seed = 3;

    static const struct {
        lp_alg_t alg;
        size_t   half;
    } kinds[]
        = { { LP_ALG_ES256, 32 }, { LP_ALG_ES384, 48 }, { LP_ALG_ES512, 66 } };

    (void) state;

    for (i = 0; i < 300; i++) {
        for (j = 0; j < sizeof(raw); j++) {
            raw[j] = (uint8_t) unit_random(&seed);
        }

        for (j = 0; j < UNIT_LEN(kinds); j++) {
            zeros = unit_below(&seed, kinds[j].half + 1);
            memset(raw, 0, zeros);
            check(kinds[j].alg, raw, kinds[j].half);
        }
    }
}


static void
test_length(void **state)
{
    size_t  len, der_len;
    uint8_t raw[140] = { 0 }, der[LP_ECDSA_DER_LEN];

    (void) state;

    for (len = 0; len <= sizeof(raw); len++) {
        assert_int_equal(
            lp_ecdsa_to_der(LP_ALG_ES256, raw, len, der, &der_len),
            len == 64 ? LP_OK : LP_INVALID);
        assert_int_equal(
            lp_ecdsa_to_der(LP_ALG_ES384, raw, len, der, &der_len),
            len == 96 ? LP_OK : LP_INVALID);
        assert_int_equal(
            lp_ecdsa_to_der(LP_ALG_ES512, raw, len, der, &der_len),
            len == 132 ? LP_OK : LP_INVALID);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_to_der),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
