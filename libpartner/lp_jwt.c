/*
 * Opens, verifies and judges JSON Web Tokens.
 */

#include <string.h>

#include "lp_error.h"
#include "lp_jwt.h"


#define LP_SIGNATURE_MAX 1024 /* bytes: RSA of 8192 bits */


static const struct {
    const char *name;
    size_t      len;
} lp_claim_names[LP_CLAIMS] = {
    [LP_CLAIM_ISS] = { "iss", 3 },
    [LP_CLAIM_SUB] = { "sub", 3 },
    [LP_CLAIM_AUD] = { "aud", 3 },
    [LP_CLAIM_EXP] = { "exp", 3 },
    [LP_CLAIM_NBF] = { "nbf", 3 },
    [LP_CLAIM_IAT] = { "iat", 3 },
    [LP_CLAIM_JTI] = { "jti", 3 },
    [LP_CLAIM_CLIENT_ID] = { "client_id", 9 },
    [LP_CLAIM_AZP] = { "azp", 3 },
    [LP_CLAIM_CNF] = { "cnf", 3 },
    [LP_CLAIM_SCOPE] = { "scope", 5 },
    [LP_CLAIM_SCP] = { "scp", 3 },
};


/* Which of them a member is; LP_CLAIMS: none. */
static unsigned
lp_jwt_claim(lp_text_t name)
{
    unsigned i;

    for (i = 0; i < LP_CLAIMS; i++) {
        if (name.len == lp_claim_names[i].len
            && name.text[0] == lp_claim_names[i].name[0]
            && memcmp(name.text, lp_claim_names[i].name, name.len) == 0) {
            break;
        }
    }

    return i;
}


/* One walk for all: a search for each would cost as much as the parsing. */
static void
lp_jwt_find_claims(lp_jwt_t *jwt)
{
    unsigned         i;
    const lp_node_t *all, *node;

    memset(jwt->claim, 0, sizeof(jwt->claim));
    all = &jwt->claims.nodes[0];

    for (node = lp_tree_first(&jwt->claims, all); node != NULL;
         node = lp_tree_next(&jwt->claims, all, node)) {

        i = lp_jwt_claim(node->name);

        if (i < LP_CLAIMS) {
            jwt->claim[i] = node;
        }
    }
}


/* An optional string; one that is there must hold something. */
static int
lp_jwt_text(const lp_node_t *node, lp_text_t *text)
{
    if (node == NULL) {
        text->len = 0;
        return LP_OK;
    }

    *text = node->text;

    return node->kind == LP_NODE_STRING && text->len > 0 ? LP_OK : LP_INVALID;
}


static int
lp_jwt_time(const lp_node_t *node, int64_t *seconds)
{
    *seconds = 0;

    return node == NULL ? LP_OK : lp_node_seconds(node, seconds);
}


/* ASCII of either case; `text` is in lower case. */
static int
lp_jwt_same(lp_text_t given, const char *text)
{
    size_t i;

    for (i = 0; i < given.len; i++) {
        if ((given.text[i]
             | ((unsigned) (given.text[i] - 'A') < 26 ? 0x20 : 0))
            != text[i]) {
            return 0;
        }
    }

    return text[i] == '\0';
}


/*
 * Extensions are refused whole, since we know none (RFC 7515, section
 * 4.1.11), and so is a payload of another kind than claims: a token within a
 * token has cty "JWT", one with b64 (RFC 7797) another signing input.
 */
static int
lp_jwt_header_plain(const lp_tree_t *tree)
{
    size_t i;

    static const char *const refused[]
        = { "crit", "cty", "b64", "zip", "enc" };

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (lp_tree_find(tree, refused[i]) != NULL) {
            return 0;
        }
    }

    return 1;
}


static lp_jwt_verdict_t
lp_jwt_parse_header(lp_jwt_t *jwt, uint32_t algorithms)
{
    size_t           len;
    const lp_node_t *alg;

    /* the claims' tree serves the header first */

    if (jwt->jws.header.len > sizeof(jwt->known)
        || lp_base64url_decode(jwt->jws.header.text, jwt->jws.header.len,
                               (uint8_t *) jwt->header, &len)
               != LP_OK
        || lp_tree_parse(&jwt->claims, jwt->header, len) != LP_OK) {
        return LP_JWT_MALFORMED;
    }

    alg = lp_tree_find(&jwt->claims, "alg");

    if (alg == NULL || alg->kind != LP_NODE_STRING) {
        return LP_JWT_MALFORMED;
    }

    jwt->alg = lp_alg_parse(alg->text.text, alg->text.len);

    if (jwt->alg == LP_ALGS || (algorithms & LP_ALG_BIT(jwt->alg)) == 0) {
        return LP_JWT_BAD_ALGORITHM;
    }

    return lp_jwt_text(lp_tree_find(&jwt->claims, "kid"), &jwt->kid) == LP_OK
                   && lp_jwt_text(lp_tree_find(&jwt->claims, "typ"), &jwt->typ)
                          == LP_OK
                   && lp_jwt_header_plain(&jwt->claims)
               ? LP_JWT_GOOD
               : LP_JWT_MALFORMED;
}


static lp_jwt_verdict_t
lp_jwt_read_header(lp_jwt_t *jwt, uint32_t algorithms)
{
    lp_jwt_verdict_t verdict;
    const lp_text_t *header;

    header = &jwt->jws.header;

    if (header->len == jwt->known_len
        && memcmp(header->text, jwt->known, header->len) == 0) {
        return (algorithms & LP_ALG_BIT(jwt->alg)) != 0 ? LP_JWT_GOOD
                                                        : LP_JWT_BAD_ALGORITHM;
    }

    jwt->known_len = 0;
    verdict = lp_jwt_parse_header(jwt, algorithms);

    if (verdict == LP_JWT_GOOD) {
        memcpy(jwt->known, header->text, header->len);
        jwt->known_len = header->len;
    }

    return verdict;
}


/* `cnf` (RFC 7800): of what it can hold only x5t#S256 is known to us. */
static int
lp_jwt_read_confirmation(lp_jwt_t *jwt)
{
    const lp_node_t *cnf, *print;

    jwt->thumbprint.len = 0;
    cnf = jwt->claim[LP_CLAIM_CNF];

    if (cnf == NULL) {
        return LP_OK;
    }

    print = cnf->kind == LP_NODE_OBJECT
                ? lp_tree_member(&jwt->claims, cnf, "x5t#S256")
                : NULL;

    if (print == NULL || print->kind != LP_NODE_STRING
        || print->text.len == 0) {
        return LP_INVALID;
    }

    jwt->thumbprint = print->text;

    return LP_OK;
}


static int
lp_jwt_read_client(lp_jwt_t *jwt)
{
    lp_text_t party;

    if (lp_jwt_text(jwt->claim[LP_CLAIM_CLIENT_ID], &jwt->client) != LP_OK
        || lp_jwt_text(jwt->claim[LP_CLAIM_AZP], &party) != LP_OK) {
        return LP_INVALID;
    }

    if (jwt->client.len == 0) {
        jwt->client = party;
    }

    return LP_OK;
}


int
lp_jwt_read_members(lp_jwt_t *jwt)
{
    const lp_node_t *const *claim;

    lp_jwt_find_claims(jwt);
    claim = jwt->claim;

    return lp_jwt_text(claim[LP_CLAIM_ISS], &jwt->iss) == LP_OK
                   && lp_jwt_text(claim[LP_CLAIM_SUB], &jwt->sub) == LP_OK
                   && lp_jwt_text(claim[LP_CLAIM_JTI], &jwt->jti) == LP_OK
                   && jwt->jti.len <= LP_JWT_JTI_LEN
                   && lp_jwt_time(claim[LP_CLAIM_EXP], &jwt->expires) == LP_OK
                   && lp_jwt_time(claim[LP_CLAIM_NBF], &jwt->not_before)
                          == LP_OK
                   && lp_jwt_time(claim[LP_CLAIM_IAT], &jwt->issued) == LP_OK
                   && lp_jwt_read_client(jwt) == LP_OK
                   && lp_jwt_read_confirmation(jwt) == LP_OK
               ? LP_OK
               : LP_INVALID;
}


static lp_jwt_verdict_t
lp_jwt_read_claims(lp_jwt_t *jwt)
{
    size_t len;

    return lp_base64url_decode(jwt->jws.payload.text, jwt->jws.payload.len,
                               (uint8_t *) jwt->payload, &len)
                       == LP_OK
                   && lp_tree_parse(&jwt->claims, jwt->payload, len) == LP_OK
                   && lp_jwt_read_members(jwt) == LP_OK
                   && jwt->claim[LP_CLAIM_EXP] != NULL
               ? LP_JWT_GOOD
               : LP_JWT_MALFORMED;
}


lp_jwt_verdict_t
lp_jwt_open(lp_jwt_t *jwt, const char *text, size_t len, uint32_t algorithms)
{
    lp_jwt_verdict_t verdict;

    if (lp_jws_split(&jwt->jws, text, len) != LP_OK) {
        return LP_JWT_MALFORMED;
    }

    verdict = lp_jwt_read_header(jwt, algorithms);

    if (verdict == LP_JWT_GOOD && jwt->jws.signature.len == 0) {
        verdict = LP_JWT_MALFORMED;
    }

    return verdict == LP_JWT_GOOD ? lp_jwt_read_claims(jwt) : verdict;
}


lp_jwt_verdict_t
lp_jwt_verify(const lp_jwt_t *jwt, lp_verifier_t *verifier)
{
    size_t  len;
    uint8_t signature[LP_BASE64URL_BYTES(LP_SIGNATURE_MAX / 3 * 4 + 8)];
    const lp_jws_t *jws;

    jws = &jwt->jws;

    return jws->signature.len <= LP_SIGNATURE_MAX / 3 * 4 + 4
                   && lp_base64url_decode(jws->signature.text,
                                          jws->signature.len, signature, &len)
                          == LP_OK
                   && lp_verifier_check(verifier, jws->input.text,
                                        jws->input.len, signature, len)
               ? LP_JWT_GOOD
               : LP_JWT_BAD_SIGNATURE;
}


static int
lp_jwt_is_audience(lp_text_t given, const lp_jwt_policy_t *policy)
{
    size_t i;

    for (i = 0; i < policy->n_audiences; i++) {
        if (given.len == policy->audiences[i].len
            && memcmp(given.text, policy->audiences[i].text, given.len) == 0) {
            return 1;
        }
    }

    return 0;
}


/* `aud` is a string or an array of them (RFC 7519, section 4.1.3). */
static int
lp_jwt_for_us(const lp_jwt_t *jwt, const lp_jwt_policy_t *policy)
{
    const lp_node_t *aud, *node;

    aud = jwt->claim[LP_CLAIM_AUD];

    if (aud == NULL) {
        return 0;
    }

    if (aud->kind == LP_NODE_STRING) {
        return lp_jwt_is_audience(aud->text, policy);
    }

    if (aud->kind != LP_NODE_ARRAY) {
        return 0;
    }

    for (node = lp_tree_first(&jwt->claims, aud); node != NULL;
         node = lp_tree_next(&jwt->claims, aud, node)) {

        if (node->kind == LP_NODE_STRING
            && lp_jwt_is_audience(node->text, policy)) {
            return 1;
        }
    }

    return 0;
}


/*
 * The type is explicit where it is asked for (RFC 8725, section 3.11); where
 * it is not, what is typed as something else than a JWT is still no JWT.
 */
static int
lp_jwt_typed(const lp_jwt_t *jwt, const lp_jwt_policy_t *policy)
{
    if (lp_jwt_same(jwt->typ, "at+jwt")
        || lp_jwt_same(jwt->typ, "application/at+jwt")) {
        return 1;
    }

    return !policy->at_jwt
           && (jwt->typ.len == 0 || lp_jwt_same(jwt->typ, "jwt")
               || lp_jwt_same(jwt->typ, "application/jwt"));
}


lp_jwt_verdict_t
lp_jwt_judge(const lp_jwt_t *jwt, const lp_jwt_policy_t *policy, int64_t now)
{
    if (jwt->iss.len != policy->issuer.len
        || memcmp(jwt->iss.text, policy->issuer.text, jwt->iss.len) != 0) {
        return LP_JWT_WRONG_ISSUER;
    }

    if (!lp_jwt_typed(jwt, policy)) {
        return LP_JWT_WRONG_TYPE;
    }

    return policy->n_audiences > 0 ? lp_jwt_judge_claims(jwt, policy, now)
                                   : LP_JWT_WRONG_AUDIENCE;
}


lp_jwt_verdict_t
lp_jwt_judge_claims(const lp_jwt_t *jwt, const lp_jwt_policy_t *policy,
                    int64_t now)
{
    if (policy->n_audiences > 0 && !lp_jwt_for_us(jwt, policy)) {
        return LP_JWT_WRONG_AUDIENCE;
    }

    if (jwt->expires + policy->leeway <= now) {
        return LP_JWT_EXPIRED;
    }

    if (jwt->not_before - policy->leeway > now
        || jwt->issued - policy->leeway > now) {
        return LP_JWT_PREMATURE;
    }

    return LP_JWT_GOOD;
}
