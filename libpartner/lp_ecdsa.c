/*
 * The curves, and from the two numbers of a signature to the DER of X9.62.
 */

#include <string.h>

#include "lp_ecdsa.h"
#include "lp_error.h"


#define LP_DER_INTEGER  0x02
#define LP_DER_SEQUENCE 0x30


static const lp_curve_t lp_curves[] = {
    { LP_ALG_ES256, "P-256", 32 },
    { LP_ALG_ES384, "P-384", 48 },
    { LP_ALG_ES512, "P-521", LP_ECDSA_NUMBER },
};


const lp_curve_t *
lp_curve(lp_alg_t alg)
{
    size_t i;

    for (i = 0; i < sizeof(lp_curves) / sizeof(lp_curves[0]); i++) {
        if (lp_curves[i].alg == alg) {
            return &lp_curves[i];
        }
    }

    return NULL;
}


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
    size_t            len;
    uint8_t           body[2 * (3 + LP_ECDSA_NUMBER)], *p;
    const lp_curve_t *curve;

    curve = lp_curve(alg);

    if (curve == NULL || raw_len != 2 * curve->size) {
        return LP_INVALID;
    }

    len = lp_ecdsa_number(raw, curve->size, body);
    len += lp_ecdsa_number(raw + curve->size, curve->size, body + len);

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
