/*
 * Any bytes as base64url: what is accepted, OpenSSL reads the same, and it
 * writes the same text again.
 */

#include <openssl/evp.h>

#include "fuzz.h"
#include "lp_base64url.h"
#include "lp_error.h"


/* What the bytes are written as, in our alphabet and without padding. */
static size_t
encode(const uint8_t *bytes, size_t len, char *out)
{
    int n;

    n = EVP_EncodeBlock((unsigned char *) out, bytes, (int) len);

    while (n > 0 && out[n - 1] == '=') {
        n--;
    }

    for (int i = 0; i < n; i++) {
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
    }

    return (size_t) n;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t   n;
    char    *again;
    uint8_t *out;

    out = malloc(LP_BASE64URL_BYTES(len));
    again = malloc(2 * len + 8);
    FUZZ_CHECK(out != NULL && again != NULL);

    if (lp_base64url_decode((const char *) data, len, out, &n) == LP_OK) {
        FUZZ_CHECK(n <= LP_BASE64URL_BYTES(len));
        FUZZ_CHECK(encode(out, n, again) == len);
        FUZZ_CHECK(memcmp(again, data, len) == 0);
    }

    free(again);
    free(out);

    return 0;
}
