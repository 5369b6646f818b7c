/*
 * Any bytes to the registry's parser: it tells of nothing when it refuses, and
 * never of one digest twice.
 */

#include "fuzz.h"
#include "lp_registry.h"


typedef struct {
    size_t  n;
    uint8_t digests[64][LP_DIGEST_LEN];
} seen_t;


static int
see(void *ctx, const uint8_t digest[LP_DIGEST_LEN], const lp_principal_t *p)
{
    size_t  i;
    seen_t *seen = ctx;

    FUZZ_CHECK(p->id[0] != '\0' && p->tier < LP_TIERS);

    for (i = 0; i < seen->n && i < 64; i++) {
        FUZZ_CHECK(memcmp(seen->digests[i], digest, LP_DIGEST_LEN) != 0);
    }

    if (seen->n < 64) {
        memcpy(seen->digests[seen->n], digest, LP_DIGEST_LEN);
    }

    seen->n++;

    return LP_OK;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int        rc;
    seen_t     seen;
    lp_error_t err;

    /* one pepper, whose name the corpus knows, and keys without */
    static const char file[]
        = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
          "plain\n";
    static lp_peppers_t *peppers;

    if (peppers == NULL) {
        peppers = lp_peppers_create(file, sizeof(file) - 1, &err);
        FUZZ_CHECK(peppers != NULL);
    }

    seen.n = 0;
    memset(&err, 0, sizeof(err));
    rc = lp_registry_parse((const char *) data, len, peppers, see, &seen,
                           &err);
    FUZZ_CHECK(rc == LP_OK || (seen.n == 0 && err.text[0] != '\0'));

    return 0;
}
