/*
 * Signed tokens in compact form (RFC 7515, section 7.1), and the algorithms
 * that may have signed them (RFC 7518, section 3.1; RFC 8037).
 */

#ifndef LP_JWS_H
#define LP_JWS_H


#include <stddef.h>
#include <stdint.h>

#include "lp_tree.h"


#define LP_JWS_LEN 8192 /* characters of a token, of which less is a header */


/* There is no "none": a token that names it names no algorithm at all. */
typedef enum {
    LP_ALG_HS256 = 0,
    LP_ALG_HS384,
    LP_ALG_HS512,
    LP_ALG_RS256,
    LP_ALG_RS384,
    LP_ALG_RS512,
    LP_ALG_PS256,
    LP_ALG_PS384,
    LP_ALG_PS512,
    LP_ALG_ES256,
    LP_ALG_ES384,
    LP_ALG_ES512,
    LP_ALG_EDDSA,
    LP_ALGS /* how many there are; also "no algorithm" */
} lp_alg_t;

#define LP_ALG_ALLOWED                                                        \
    "HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, "  \
    "ES384, ES512, EdDSA"

/* A set of algorithms is a mask of these. */
#define LP_ALG_BIT(alg) (UINT32_C(1) << (alg))

#define LP_ALG_SYMMETRIC                                                      \
    (LP_ALG_BIT(LP_ALG_HS256) | LP_ALG_BIT(LP_ALG_HS384)                      \
     | LP_ALG_BIT(LP_ALG_HS512))


/* LP_ALGS when the name is none of the above.  Case matters. */
lp_alg_t lp_alg_parse(const char *name, size_t len);

const char *lp_alg_name(lp_alg_t alg);


/* The parts, still encoded; `input` is what was signed. */
typedef struct {
    lp_text_t header;
    lp_text_t payload;
    lp_text_t signature;
    lp_text_t input;
} lp_jws_t;


/* Whether a credential has the form of a token at all: two dots. */
int lp_jws_looks_like(const char *text, size_t len);

/* LP_INVALID: not three parts, of which the last alone may be empty. */
int lp_jws_split(lp_jws_t *jws, const char *text, size_t len);


#endif
