/*
 * JSON Web Tokens (RFC 7519), judged as RFC 8725 asks for: the algorithm
 * before all else, the signature before any claim counts, and nothing that
 * could be read in two ways.
 */

#ifndef LP_JWT_H
#define LP_JWT_H


#include <stddef.h>
#include <stdint.h>

#include "lp_base64url.h"
#include "lp_jws.h"
#include "lp_tree.h"
#include "lp_verifier.h"


#define LP_JWT_HEADER_LEN 1024 /* bytes, decoded */
#define LP_JWT_JTI_LEN    512  /* bytes: what can be revoked */

/*
 * Seconds since the epoch, beyond any that a token may name: the `expires` of
 * an introspected token without exp (RFC 7662, section 2.2, asks for none).
 */
#define LP_JWT_NEVER (INT64_C(1) << 54)


/*
 * A token with more than one fault gets the first of these; but its algorithm
 * is looked at before its claims are, malformed or not.
 */
typedef enum {
    LP_JWT_GOOD = 0,
    LP_JWT_MALFORMED,     /* form, header or claims are not as they must be */
    LP_JWT_BAD_ALGORITHM, /* none, unknown, or not among those allowed */
    LP_JWT_BAD_SIGNATURE,
    LP_JWT_WRONG_ISSUER,
    LP_JWT_WRONG_TYPE,
    LP_JWT_WRONG_AUDIENCE,
    LP_JWT_EXPIRED,
    LP_JWT_PREMATURE /* nbf or iat lies ahead */
} lp_jwt_verdict_t;

/* What an issuer's tokens are held to; the texts are the caller's. */
typedef struct {
    lp_text_t        issuer;
    const lp_text_t *audiences; /* one of them must be among the token's */
    size_t           n_audiences;
    int64_t          leeway; /* seconds, of clocks that disagree */
    int              at_jwt; /* 1: typ must be at+jwt (RFC 9068, section 2.1)
                                0: JWT and none will do as well */
} lp_jwt_policy_t;

/* The claims that count here, wherever they stand in a token. */
typedef enum {
    LP_CLAIM_ISS = 0,
    LP_CLAIM_SUB,
    LP_CLAIM_AUD,
    LP_CLAIM_EXP,
    LP_CLAIM_NBF,
    LP_CLAIM_IAT,
    LP_CLAIM_JTI,
    LP_CLAIM_CLIENT_ID, /* RFC 8693, section 4.3 */
    LP_CLAIM_AZP,       /* OpenID Connect Core, section 2 */
    LP_CLAIM_CNF,       /* RFC 7800 */
    LP_CLAIM_SCOPE,     /* RFC 8693, section 4.2 */
    LP_CLAIM_SCP,
    LP_CLAIMS
} lp_claim_t;

/*
 * A token that was taken apart.  Texts lie in its own buffers, but for the
 * encoded parts, which lie in the caller's.  Zeroed before its first use: a
 * key's tokens have one header, which is read once while they come in a row.
 */
typedef struct {
    lp_jws_t         jws;
    lp_alg_t         alg;
    lp_text_t        kid; /* of length 0 where there is none, as all below */
    lp_text_t        typ;
    lp_text_t        iss;
    lp_text_t        sub;
    lp_text_t        jti;
    lp_text_t        client;     /* client_id, else azp */
    lp_text_t        thumbprint; /* cnf's x5t#S256 (RFC 8705), encoded */
    int64_t          expires;    /* seconds since the epoch; exp is required */
    int64_t          not_before; /* 0: none */
    int64_t          issued;     /* 0: none */
    lp_tree_t        claims;
    const lp_node_t *claim[LP_CLAIMS]; /* of these; NULL: none */
    size_t           known_len; /* of the header that was read last, 0: none */
    char             known[LP_JWT_HEADER_LEN / 3 * 4]; /* and that, encoded */
    char             header[LP_BASE64URL_BYTES(LP_JWT_HEADER_LEN / 3 * 4 + 4)];
    char             payload[LP_BASE64URL_BYTES(LP_JWS_LEN)];
} lp_jwt_t;


/*
 * Takes the token apart, header first: LP_JWT_GOOD, LP_JWT_MALFORMED or, before
 * anything but the header is looked at, LP_JWT_BAD_ALGORITHM.  What it then
 * holds was said by nobody yet; the text stays until that is verified.
 */
lp_jwt_verdict_t lp_jwt_open(lp_jwt_t *jwt, const char *text, size_t len,
                             uint32_t algorithms);

/* LP_JWT_GOOD or LP_JWT_BAD_SIGNATURE. */
lp_jwt_verdict_t lp_jwt_verify(const lp_jwt_t *jwt, lp_verifier_t *verifier);

/* Whether a verified token counts here, at `now` in seconds. */
lp_jwt_verdict_t lp_jwt_judge(const lp_jwt_t        *jwt,
                              const lp_jwt_policy_t *policy, int64_t now);

/*
 * What a token and the answer of an introspection have in common: reads the
 * claims of a tree that was parsed (LP_INVALID: one is not as it must be), and
 * judges audience, where one is asked for, and times.
 */
int              lp_jwt_read_members(lp_jwt_t *jwt);
lp_jwt_verdict_t lp_jwt_judge_claims(const lp_jwt_t        *jwt,
                                     const lp_jwt_policy_t *policy,
                                     int64_t                now);

/*
 * The token's scopes as lp_scope.h has a set: `scope` (RFC 8693, section 4.2)
 * or `scp`, a string or an array, in the order of their bytes and each once.
 * LP_INVALID: one of them is no scope, or they are too long for `out`, of
 * LP_SCOPE_SET_LEN bytes.
 */
int lp_jwt_scopes(const lp_jwt_t *jwt, char *out, size_t *len);


#endif
