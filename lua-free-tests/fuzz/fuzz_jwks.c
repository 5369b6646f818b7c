/*
 * Any bytes as a set of keys: whatever comes of it verifies no garbage, and
 * what a person's file may hold, a fetched one may as well.
 */

#include "fuzz.h"
#include "lp_jwks.h"


static void
check_set(const lp_jwks_t *set)
{
    unsigned        alg;
    const lp_jwk_t *key;

    static const uint8_t signature[256];

    FUZZ_CHECK(lp_jwks_count(set) > 0);

    for (alg = 0; alg < LP_ALGS; alg++) {
        key = lp_jwks_find(set, (lp_alg_t) alg, "", 0);

        if (key != NULL) {
            FUZZ_CHECK(!lp_verifier_check(key->verifiers[alg], "x", 1,
                                          signature, 64));
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint32_t   all;
    lp_jwks_t *strict, *lenient;
    lp_error_t err;

    all = LP_ALG_BIT(LP_ALGS) - 1;
    strict = lp_jwks_parse((const char *) data, len, all, LP_STRICT, &err);
    lenient = lp_jwks_parse((const char *) data, len, all, LP_LENIENT, &err);

    if (strict != NULL) {
        FUZZ_CHECK(lenient != NULL);
        FUZZ_CHECK(lp_jwks_count(strict) == lp_jwks_count(lenient));
        check_set(strict);
    }

    lp_jwks_free(strict);
    lp_jwks_free(lenient);

    return 0;
}
