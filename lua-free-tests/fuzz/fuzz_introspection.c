/*
 * Answers of an introspection endpoint.
 */

#include "fuzz.h"
#include "lp_introspection.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static lp_jwt_t jwt;

    if (lp_introspection_read(&jwt, (const char *) data, len)
        == LP_INTROSPECTION_ACTIVE) {
        FUZZ_CHECK(lp_tree_find(&jwt.claims, "active") != NULL);
        FUZZ_CHECK(jwt.expires >= 0 && jwt.issued >= 0);
        FUZZ_CHECK(jwt.client.len <= len && jwt.thumbprint.len <= len);
    }

    return 0;
}
