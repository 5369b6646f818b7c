/*
 * Any bytes to what reads credentials, scopes, digests and times on the way of
 * a request; what is accepted must read the same when written again.
 */

#include "fuzz.h"
#include "lp_digest.h"
#include "lp_error.h"
#include "lp_key.h"
#include "lp_scope.h"
#include "lp_tier.h"
#include "lp_time.h"


static void
check_key(const char *text, size_t len)
{
    char    key[LP_KEY_LEN + 1];
    uint8_t entropy[LP_KEY_ENTROPY] = { 0 };

    FUZZ_CHECK(!lp_key_well_formed(text, len) || len == LP_KEY_LEN);

    memcpy(entropy, text, len < LP_KEY_ENTROPY ? len : LP_KEY_ENTROPY);
    lp_key_encode(entropy, key);
    FUZZ_CHECK(lp_key_well_formed(key, LP_KEY_LEN));
}


static void
check_digest(const char *text, size_t len)
{
    char    hex[LP_DIGEST_HEX];
    uint8_t digest[LP_DIGEST_LEN], back[LP_DIGEST_LEN];

    if (lp_digest_from_hex(text, len, digest) == LP_OK) {
        lp_digest_to_hex(digest, hex);
        FUZZ_CHECK(lp_digest_from_hex(hex, sizeof(hex), back) == LP_OK);
        FUZZ_CHECK(lp_digest_equal(digest, back));
    }
}


static void
check_scope(const char *text, size_t len, size_t split)
{
    split = len > 0 ? split % len : 0;

    if (lp_scope_valid(text, len)) {
        FUZZ_CHECK(lp_scope_covers(text, len, text, len));
        FUZZ_CHECK(lp_scope_set_covers(text, len, text, len));
    }

    (void) lp_scope_set_covers(text, split, text + split, len - split);
}


static void
check_time(const char *text, size_t len)
{
    char    out[LP_TIME_LEN + 1];
    int64_t t, back;

    if (lp_time_parse(text, len, &t) == LP_OK
        && lp_time_format(t, out) == LP_OK) {
        FUZZ_CHECK(lp_time_parse(out, LP_TIME_LEN, &back) == LP_OK);
        FUZZ_CHECK(back == t);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t split;

    split = fuzz_number(&data, &len);

    check_key((const char *) data, len);
    check_digest((const char *) data, len);
    check_scope((const char *) data, len, split);
    check_time((const char *) data, len);
    (void) lp_tier_parse((const char *) data, len);

    return 0;
}
