/*
 * Any bytes to the principal's parser: what it accepts keeps every bound, what
 * it refuses has a text, and what is strict is lenient too.
 */

#include "fuzz.h"
#include "lp_principal.h"


static void
check_principal(const lp_principal_t *p)
{
    FUZZ_CHECK(p->id[0] != '\0' && strlen(p->id) <= LP_ID_LEN);
    FUZZ_CHECK(p->partner[0] != '\0' && strlen(p->partner) <= LP_ID_LEN);
    FUZZ_CHECK(strlen(p->application) <= LP_ID_LEN);
    FUZZ_CHECK(strlen(p->scopes) <= LP_SCOPE_SET_LEN);
    FUZZ_CHECK(p->tier < LP_TIERS);
    FUZZ_CHECK(p->status <= LP_KEY_EXPIRED);
    FUZZ_CHECK(p->partner_status <= LP_PARTNER_SUSPENDED);
    FUZZ_CHECK(p->application_status <= LP_APPLICATION_DEPRECATED);
    FUZZ_CHECK(p->environment < LP_ENVIRONMENTS);
    FUZZ_CHECK(strlen(p->category) <= LP_ID_LEN);
    FUZZ_CHECK(p->expires >= 0 && p->rate_limit >= 0 && p->version >= 0);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int            strict, lenient;
    lp_error_t     err;
    lp_principal_t p;

    memset(&err, 0, sizeof(err));
    strict = lp_principal_parse(&p, (const char *) data, len, LP_STRICT, &err);

    if (strict == LP_OK) {
        check_principal(&p);
        lp_principal_free(&p);

    } else {
        FUZZ_CHECK(err.text[0] != '\0');
    }

    lenient
        = lp_principal_parse(&p, (const char *) data, len, LP_LENIENT, &err);
    FUZZ_CHECK(lenient == LP_OK || strict != LP_OK);

    if (lenient == LP_OK) {
        check_principal(&p);
        lp_principal_free(&p);
    }

    return 0;
}
