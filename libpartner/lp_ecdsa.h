/*
 * ECDSA: the curve of each algorithm, and its signatures, whose two numbers
 * JOSE writes side by side (RFC 7518, section 3.4) and OpenSSL reads in DER.
 */

#ifndef LP_ECDSA_H
#define LP_ECDSA_H


#include <stddef.h>
#include <stdint.h>

#include "lp_jws.h"


#define LP_ECDSA_NUMBER  66                              /* bytes of P-521 */
#define LP_ECDSA_DER_LEN (3 + 2 * (3 + LP_ECDSA_NUMBER)) /* at most */


typedef struct {
    lp_alg_t    alg;
    const char *group; /* as OpenSSL names it */
    size_t      size;  /* of a coordinate or number, bytes */
} lp_curve_t;


/* Of ES256 to ES512 (RFC 7518, sections 3.4 and 6.2.1); NULL: another. */
const lp_curve_t *lp_curve(lp_alg_t alg);

/* LP_INVALID: the signature has not the length that ES256 to ES512 give. */
int lp_ecdsa_to_der(lp_alg_t alg, const uint8_t *raw, size_t raw_len,
                    uint8_t der[LP_ECDSA_DER_LEN], size_t *der_len);


#endif
