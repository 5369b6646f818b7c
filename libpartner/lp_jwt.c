/*
 * Opens, verifies and judges JSON Web Tokens.
 */

#include <string.h>

#include "lp_error.h"
#include "lp_jwt.h"
#include "lp_scope.h"


#define LP_SIGNATURE_MAX 1024 /* bytes: RSA of 8192 bits */


/* An optional string; one that is there must hold something. */
static int
lp_jwt_text(const lp_tree_t *tree, const char *name, lp_text_t *text)
{
    const lp_node_t *node;

    node = lp_tree_find(tree, name);

    if (node == NULL) {
        text->len = 0;
        return LP_OK;
    }

    *text = node->text;

    return node->kind == LP_NODE_STRING && text->len > 0 ? LP_OK : LP_INVALID;
}


static int
lp_jwt_time(const lp_tree_t *tree, const char *name, int64_t *seconds)
{
    const lp_node_t *node;

    *seconds = 0;
    node = lp_tree_find(tree, name);

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

    return lp_jwt_text(&jwt->claims, "kid", &jwt->kid) == LP_OK
                   && lp_jwt_text(&jwt->claims, "typ", &jwt->typ) == LP_OK
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
    cnf = lp_tree_find(&jwt->claims, "cnf");

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

    if (lp_jwt_text(&jwt->claims, "client_id", &jwt->client) != LP_OK
        || lp_jwt_text(&jwt->claims, "azp", &party) != LP_OK) {
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
    lp_tree_t *claims;

    claims = &jwt->claims;

    return lp_jwt_text(claims, "iss", &jwt->iss) == LP_OK
                   && lp_jwt_text(claims, "sub", &jwt->sub) == LP_OK
                   && lp_jwt_text(claims, "jti", &jwt->jti) == LP_OK
                   && lp_jwt_time(claims, "exp", &jwt->expires) == LP_OK
                   && lp_jwt_time(claims, "nbf", &jwt->not_before) == LP_OK
                   && lp_jwt_time(claims, "iat", &jwt->issued) == LP_OK
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
                   && lp_tree_find(&jwt->claims, "exp") != NULL
                   && lp_jwt_read_members(jwt) == LP_OK
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

    aud = lp_tree_find(&jwt->claims, "aud");

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


static int
lp_jwt_add_scope(char *out, size_t *len, const char *scope, size_t scope_len)
{
    if (!lp_scope_valid(scope, scope_len)
        || *len + (*len > 0) + scope_len > LP_SCOPE_SET_LEN) {
        return LP_INVALID;
    }

    if (*len > 0) {
        out[(*len)++] = ' ';
    }

    memcpy(out + *len, scope, scope_len);
    *len += scope_len;

    return LP_OK;
}


static int
lp_jwt_split_scopes(lp_text_t text, char *out, size_t *len)
{
    const char *p, *end, *space;

    for (p = text.text, end = p + text.len; p < end; p = space + 1) {
        space = memchr(p, ' ', (size_t) (end - p));
        space = space != NULL ? space : end;

        if (space > p
            && lp_jwt_add_scope(out, len, p, (size_t) (space - p)) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


int
lp_jwt_scopes(const lp_jwt_t *jwt, char *out, size_t *len)
{
    const lp_node_t *scopes, *node;

    *len = 0;
    scopes = lp_tree_find(&jwt->claims, "scope");

    if (scopes == NULL) {
        scopes = lp_tree_find(&jwt->claims, "scp");
    }

    if (scopes == NULL) {
        return LP_OK;
    }

    if (scopes->kind == LP_NODE_STRING) {
        return lp_jwt_split_scopes(scopes->text, out, len);
    }

    if (scopes->kind != LP_NODE_ARRAY) {
        return LP_INVALID;
    }

    for (node = lp_tree_first(&jwt->claims, scopes); node != NULL;
         node = lp_tree_next(&jwt->claims, scopes, node)) {

        if (node->kind != LP_NODE_STRING
            || lp_jwt_add_scope(out, len, node->text.text, node->text.len)
                   != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}
