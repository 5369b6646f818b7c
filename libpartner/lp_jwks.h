/*
 * The keys of an issuer (RFC 7517, section 5).
 */

#ifndef LP_JWKS_H
#define LP_JWKS_H


#include <stddef.h>
#include <stdint.h>

#include "lp_jwk.h"
#include "lp_principal.h"


#define LP_JWKS_MAX  (64 * 1024) /* bytes of text */
#define LP_JWKS_KEYS 64          /* that are of use */


typedef struct lp_jwks_s lp_jwks_t;


/*
 * Reads the keys that serve any of `algorithms` and passes over all others.
 * What is wrong with one of ours is an error where a person wrote the set
 * (LP_STRICT), and costs that key alone where it was fetched (LP_LENIENT).
 * Two keys of one name for one algorithm are wrong, the second of them.
 * NULL with `err`: no set, or no key of use in it.
 */
lp_jwks_t *lp_jwks_parse(const char *text, size_t len, uint32_t algorithms,
                         lp_strictness_t strictness, lp_error_t *err);

void lp_jwks_free(lp_jwks_t *set);

size_t lp_jwks_count(const lp_jwks_t *set);

/*
 * The key that a token's header asks for, which has a verifier for `alg`; NULL:
 * there is none.  A header without `kid` is served when a single key has its
 * algorithm.  The set owns it.
 */
const lp_jwk_t *lp_jwks_find(const lp_jwks_t *set, lp_alg_t alg,
                             const char *kid, size_t kid_len);


#endif
