/*
 * From the two numbers of an ECDSA signature to the DER of X9.62.
 */

#include <string.h>

#include "lp_ecdsa.h"
#include "lp_error.h"


#define LP_DER_INTEGER  0x02
#define LP_DER_SEQUENCE 0x30


/* Shortest form: no leading zeros but for one before a set sign bit. */
static size_t
lp_ecdsa_number(const uint8_t *n, size_t len, uint8_t *out)
{
    size_t pad;

    while (len > 1 && n[0] == 0) {
        n++;
        len--;
    }

    pad = n[0] >> 7;

    out[0] = LP_DER_INTEGER;
    out[1] = (uint8_t) (len + pad);
    out[2] = 0;
    memcpy(out + 2 + pad, n, len);

    return 2 + pad + len;
}


int
lp_ecdsa_to_der(lp_alg_t alg, const uint8_t *raw, size_t raw_len,
                uint8_t der[LP_ECDSA_DER_LEN], size_t *der_len)
{
    size_t  len, half;
    uint8_t body[2 * (3 + LP_ECDSA_NUMBER)], *p;

    half = alg == LP_ALG_ES256 ? 32 : alg == LP_ALG_ES384 ? 48 : 66;

    if (raw_len != 2 * half) {
        return LP_INVALID;
    }

    len = lp_ecdsa_number(raw, half, body);
    len += lp_ecdsa_number(raw + half, half, body + len);

    p = der;
    *p++ = LP_DER_SEQUENCE;

    if (len > 0x7f) {
        *p++ = 0x81;
    }

    *p++ = (uint8_t) len;
    memcpy(p, body, len);
    *der_len = (size_t) (p + len - der);

    return LP_OK;
}
