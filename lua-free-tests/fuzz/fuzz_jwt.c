/*
 * Any bytes as a token, and as the JSON in it, which jansson judges as well.
 * The keys that the RFCs print verify what they print, and nothing else.
 */

#include <jansson.h>

#include "../unit/unit_jwt.h"
#include "fuzz.h"
#include "lp_error.h"
#include "lp_jwks.h"
#include "lp_jwt.h"
#include "lp_scope.h"


static size_t
depth(const json_t *value)
{
    size_t      deepest, n, i;
    json_t     *inner;
    const char *name;

    if (!json_is_object(value) && !json_is_array(value)) {
        return 0;
    }

    deepest = 0;

    if (json_is_array(value)) {
        json_array_foreach(value, i, inner)
        {
            n = depth(inner);
            deepest = n > deepest ? n : deepest;
        }

        return deepest + 1;
    }

    json_object_foreach((json_t *) (uintptr_t) value, name, inner)
    {
        n = depth(inner);
        deepest = n > deepest ? n : deepest;
    }

    return deepest + 1;
}


/* What we accept jansson accepts, and the other way within our limits. */
static void
check_tree(const uint8_t *data, size_t len)
{
    int              ours;
    char            *copy;
    json_t          *root;
    json_error_t     err;
    static lp_tree_t tree;

    copy = malloc(len + 1);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, len);

    root = json_loadb((const char *) data, len, JSON_REJECT_DUPLICATES, &err);
    ours = lp_tree_parse(&tree, copy, len) == LP_OK;

    if (ours) {
        FUZZ_CHECK(json_is_object(root)
                   || json_error_code(&err) == json_error_numeric_overflow);

    } else if (json_is_object(root) && memchr(data, '\0', len) == NULL) {
        FUZZ_CHECK(depth(root) > LP_TREE_DEPTH || len > LP_TREE_NODES);
    }

    json_decref(root);
    free(copy);
}


/* Whether the RFCs have a token of these two parts. */
static int
is_printed(lp_text_t input)
{
    size_t i;

    static const char *const printed[]
        = { UNIT_HS256, UNIT_RS256, UNIT_ES256 };

    for (i = 0; i < sizeof(printed) / sizeof(printed[0]); i++) {
        if (strncmp(printed[i], input.text, input.len) == 0
            && printed[i][input.len] == '.') {
            return 1;
        }
    }

    return 0;
}


static void
check_signature(const lp_jwt_t *jwt)
{
    lp_error_t        err;
    const lp_jwk_t   *key;
    static lp_jwks_t *keys;

    if (keys == NULL) {
        keys = lp_jwks_parse(UNIT_JWKS, strlen(UNIT_JWKS), UNIT_ALL_ALGORITHMS,
                             LP_STRICT, &err);
        FUZZ_CHECK(keys != NULL);
    }

    key = lp_jwks_find(keys, jwt->alg, jwt->kid.text, jwt->kid.len);

    if (key != NULL
        && lp_jwt_verify(jwt, key->verifiers[jwt->alg]) == LP_JWT_GOOD) {
        FUZZ_CHECK(is_printed(jwt->jws.input));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char            scopes[LP_SCOPE_SET_LEN];
    size_t          n;
    static lp_jwt_t jwt;

    static const lp_text_t       audience = { "us", 2 };
    static const lp_jwt_policy_t policy
        = { { "joe", 3 }, &audience, 1, 10, 0 };

    check_tree(data, len);

    if (lp_jwt_open(&jwt, (const char *) data, len, LP_ALG_BIT(LP_ALGS) - 1)
        == LP_JWT_GOOD) {
        FUZZ_CHECK(jwt.alg < LP_ALGS);
        FUZZ_CHECK(jwt.expires >= 0 && jwt.issued >= 0);
        (void) lp_jwt_judge(&jwt, &policy, 1300819000);
        check_signature(&jwt);

        if (lp_jwt_scopes(&jwt, scopes, &n) == LP_OK) {
            FUZZ_CHECK(n <= sizeof(scopes));
        }
    }

    return 0;
}
