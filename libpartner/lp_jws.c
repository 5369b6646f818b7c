/*
 * Takes a compact token apart, and knows the names of the algorithms.
 */

#include <string.h>

#include "lp_error.h"
#include "lp_jws.h"


/* In the order of lp_alg_t; all of five characters. */
static const char *const lp_alg_names[LP_ALGS]
    = { "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
        "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA" };


/* "none" is not among them, in whatever case (RFC 8725, section 3.1). */
lp_alg_t
lp_alg_parse(const char *name, size_t len)
{
    unsigned alg;

    for (alg = 0; alg < LP_ALGS; alg++) {
        if (len == 5 && memcmp(name, lp_alg_names[alg], 5) == 0) {
            break;
        }
    }

    return (lp_alg_t) alg;
}


const char *
lp_alg_name(lp_alg_t alg)
{
    return alg < LP_ALGS ? lp_alg_names[alg] : "none of ours";
}


/* The part up to a dot. */
static int
lp_jws_part(const char **p, const char *end, lp_text_t *part)
{
    const char *dot;

    dot = memchr(*p, '.', (size_t) (end - *p));

    if (dot == NULL) {
        return LP_INVALID;
    }

    part->text = *p;
    part->len = (size_t) (dot - *p);
    *p = dot + 1;

    return part->len > 0 ? LP_OK : LP_INVALID;
}


/*
 * Nothing is decoded: this only tells a token from a key.  Five parts would be
 * an encrypted one (RFC 7516), which is none of ours.
 */
int
lp_jws_looks_like(const char *text, size_t len)
{
    const char *one, *two;

    one = memchr(text, '.', len);

    if (one == NULL) {
        return 0;
    }

    two = memchr(one + 1, '.', len - (size_t) (one + 1 - text));

    return two != NULL
           && memchr(two + 1, '.', len - (size_t) (two + 1 - text)) == NULL;
}


/*
 * The bounds of LP_JWS_LEN come first: what follows, here and in decoding, has
 * buffers of that size.
 */
int
lp_jws_split(lp_jws_t *jws, const char *text, size_t len)
{
    const char *p, *end;

    p = text;
    end = text + len;

    if (len > LP_JWS_LEN || lp_jws_part(&p, end, &jws->header) != LP_OK
        || lp_jws_part(&p, end, &jws->payload) != LP_OK) {
        return LP_INVALID;
    }

    jws->input.text = text;
    jws->input.len = (size_t) (p - 1 - text);

    /* of an unsigned token the last part is empty (RFC 7519, section 6.1) */

    jws->signature.text = p;
    jws->signature.len = (size_t) (end - p);

    return memchr(p, '.', jws->signature.len) == NULL ? LP_OK : LP_INVALID;
}
