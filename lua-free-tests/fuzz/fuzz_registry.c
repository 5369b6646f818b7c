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

    seen.n = 0;
    memset(&err, 0, sizeof(err));
    rc = lp_registry_parse((const char *) data, len, see, &seen, &err);
    FUZZ_CHECK(rc == LP_OK || (seen.n == 0 && err.text[0] != '\0'));

    return 0;
}
