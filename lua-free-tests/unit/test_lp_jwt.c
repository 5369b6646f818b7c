/*
 * Tokens: the ones that RFC 7515 prints, and claims against the policy.
 */

#include <stdio.h>

#include "unit.h"
#include "unit_jwt.h"

#include "lp_error.h"
#include "lp_jwks.h"
#include "lp_jwt.h"


#define NOW 1300819000 /* a little before the RFC's token expires */


static void
append(char *out, const char *text)
{
    out += strlen(out);
    out[lp_base64url_encode(text, strlen(text), out)] = '\0';
}


static lp_jwt_verdict_t
open_parts(lp_jwt_t *jwt, const char *header, const char *claims)
{
    static char token[LP_JWS_LEN];

    token[0] = '\0';
    append(token, header);
    strcat(token, ".");
    append(token, claims);
    strcat(token, ".AA");

    return lp_jwt_open(jwt, token, strlen(token), UNIT_ALL_ALGORITHMS);
}


static void
test_rfc(void **state)
{
    size_t          i;
    lp_jwks_t      *keys;
    lp_error_t      err;
    static lp_jwt_t jwt;

    static const char *const tokens[] = { UNIT_HS256, UNIT_RS256, UNIT_ES256 };

    (void) state;
    keys = lp_jwks_parse(UNIT_JWKS, sizeof(UNIT_JWKS) - 1, UNIT_ALL_ALGORITHMS,
                         LP_STRICT, &err);
    assert_non_null(keys);

    for (i = 0; i < UNIT_LEN(tokens); i++) {
        assert_int_equal(lp_jwt_open(&jwt, tokens[i], strlen(tokens[i]),
                                     UNIT_ALL_ALGORITHMS),
                         LP_JWT_GOOD);
        assert_int_equal(jwt.expires, 1300819380);
        assert_memory_equal(jwt.iss.text, "joe", 3);
        assert_int_equal(
            lp_jwt_verify(
                &jwt, lp_jwks_find(keys, jwt.alg, "", 0)->verifiers[jwt.alg]),
            LP_JWT_GOOD);
        assert_int_equal(
            lp_jwt_verify(&jwt, lp_jwks_find(keys, LP_ALG_EDDSA, "", 0)
                                    ->verifiers[LP_ALG_EDDSA]),
            LP_JWT_BAD_SIGNATURE);
        assert_int_equal(lp_jwt_open(&jwt, tokens[i], strlen(tokens[i]),
                                     LP_ALG_BIT(LP_ALG_EDDSA)),
                         LP_JWT_BAD_ALGORITHM);
    }

    lp_jwks_free(keys);
}


static void
test_header(void **state)
{
    size_t          i;
    static lp_jwt_t jwt;

    static const struct {
        const char      *header;
        lp_jwt_verdict_t verdict;
    } cases[] = {
        { "{\"alg\":\"RS256\"}", LP_JWT_GOOD },
        { "{\"alg\":\"RS256\",\"kid\":\"a\",\"x\":{}}", LP_JWT_GOOD },
        { "{\"alg\":\"none\"}", LP_JWT_BAD_ALGORITHM },
        { "{\"alg\":\"none\",\"crit\":[]}", LP_JWT_BAD_ALGORITHM },
        { "{\"alg\":\"\"}", LP_JWT_BAD_ALGORITHM },
        { "{\"alg\":null}", LP_JWT_MALFORMED },
        { "{}", LP_JWT_MALFORMED },
        { "[]", LP_JWT_MALFORMED },
        { "RS256", LP_JWT_MALFORMED },
        { "{\"alg\":\"RS256\",\"alg\":\"RS256\"}", LP_JWT_MALFORMED },
        { "{\"alg\":\"RS256\",\"kid\":1}", LP_JWT_MALFORMED },
        { "{\"alg\":\"RS256\",\"kid\":\"\"}", LP_JWT_MALFORMED },
        { "{\"alg\":\"RS256\",\"typ\":[]}", LP_JWT_MALFORMED },
        { "{\"alg\":\"RS256\",\"cty\":\"JWT\"}", LP_JWT_MALFORMED },
        { "{\"alg\":\"RS256\",\"crit\":[\"exp\"]}", LP_JWT_MALFORMED },
        { "{\"alg\":\"RS256\",\"b64\":true}", LP_JWT_MALFORMED },
        { "{\"alg\":\"RS256\",\"zip\":\"DEF\"}", LP_JWT_MALFORMED },
        { "{\"alg\":\"RS256\",\"enc\":\"A128GCM\"}", LP_JWT_MALFORMED },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(open_parts(&jwt, cases[i].header, "{\"exp\":1}"),
                         cases[i].verdict);
    }
}


/* What could not be revoked is not taken. */
static void
test_id(void **state)
{
    char            claims[600];
    size_t          len;
    static lp_jwt_t jwt;

    (void) state;

    for (len = LP_JWT_JTI_LEN - 1; len <= LP_JWT_JTI_LEN + 1; len++) {
        (void) snprintf(claims, sizeof(claims), "{\"exp\":1,\"jti\":\"%0*d\"}",
                        (int) len, 7);
        assert_int_equal(open_parts(&jwt, "{\"alg\":\"RS256\"}", claims),
                         len <= LP_JWT_JTI_LEN ? LP_JWT_GOOD
                                               : LP_JWT_MALFORMED);
    }
}


static void
test_judge(void **state)
{
    size_t          i;
    static lp_jwt_t jwt;

    static const lp_text_t       audiences[] = { { "us", 2 }, { "me", 2 } };
    static const lp_jwt_policy_t policy
        = { { "joe", 3 }, audiences, 2, 10, 0 };

    static const struct {
        const char      *claims;
        lp_jwt_verdict_t verdict;
    } cases[] = {
        { "{\"iss\":\"joe\",\"aud\":\"us\",\"exp\":1300819380}", LP_JWT_GOOD },
        { "{\"iss\":\"joe\",\"aud\":[\"x\",\"me\"],\"exp\":1300818991}",
          LP_JWT_GOOD },
        { "{\"iss\":\"joe\",\"aud\":[\"x\",\"me\"],\"exp\":1300818990}",
          LP_JWT_EXPIRED },
        { "{\"iss\":\"joe\",\"aud\":[7,\"m\"],\"exp\":1300819380}",
          LP_JWT_WRONG_AUDIENCE },
        { "{\"iss\":\"joe\",\"exp\":1300819380}", LP_JWT_WRONG_AUDIENCE },
        { "{\"iss\":\"jo\",\"aud\":\"us\",\"exp\":1300819380}",
          LP_JWT_WRONG_ISSUER },
        { "{\"aud\":\"us\",\"exp\":1300819380}", LP_JWT_WRONG_ISSUER },
        { "{\"iss\":\"joe\",\"aud\":\"us\",\"exp\":1300819380,"
          "\"nbf\":1300819010}",
          LP_JWT_GOOD },
        { "{\"iss\":\"joe\",\"aud\":\"us\",\"exp\":1300819380,"
          "\"nbf\":1300819011}",
          LP_JWT_PREMATURE },
        { "{\"iss\":\"joe\",\"aud\":\"us\",\"exp\":1300819380,"
          "\"iat\":1300819011}",
          LP_JWT_PREMATURE },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(
            open_parts(&jwt, "{\"alg\":\"RS256\"}", cases[i].claims),
            LP_JWT_GOOD);
        assert_int_equal(lp_jwt_judge(&jwt, &policy, NOW), cases[i].verdict);
    }
}


static void
test_type(void **state)
{
    size_t          i;
    lp_jwt_policy_t policy = { { "joe", 3 }, NULL, 1, 0, 0 };
    static lp_jwt_t jwt;

    static const lp_text_t audience = { "us", 2 };

    static const struct {
        const char *header;
        int         any, access;
    } cases[] = {
        { "{\"alg\":\"RS256\"}", 1, 0 },
        { "{\"alg\":\"RS256\",\"typ\":\"JWT\"}", 1, 0 },
        { "{\"alg\":\"RS256\",\"typ\":\"application/jwt\"}", 1, 0 },
        { "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}", 1, 1 },
        { "{\"alg\":\"RS256\",\"typ\":\"AT+JWT\"}", 1, 1 },
        { "{\"alg\":\"RS256\",\"typ\":\"application/at+jwt\"}", 1, 1 },
        { "{\"alg\":\"RS256\",\"typ\":\"secevent+jwt\"}", 0, 0 },
        { "{\"alg\":\"RS256\",\"typ\":\"at+jwt2\"}", 0, 0 },
        { "{\"alg\":\"RS256\",\"typ\":\"dpop+jwt\"}", 0, 0 },
    };

    (void) state;
    policy.audiences = &audience;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        (void) open_parts(
            &jwt, cases[i].header,
            "{\"iss\":\"joe\",\"aud\":\"us\",\"exp\":1300819380}");
        policy.at_jwt = 0;
        assert_int_equal(lp_jwt_judge(&jwt, &policy, NOW),
                         cases[i].any ? LP_JWT_GOOD : LP_JWT_WRONG_TYPE);
        policy.at_jwt = 1;
        assert_int_equal(lp_jwt_judge(&jwt, &policy, NOW),
                         cases[i].access ? LP_JWT_GOOD : LP_JWT_WRONG_TYPE);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc),  cmocka_unit_test(test_header),
        cmocka_unit_test(test_id),   cmocka_unit_test(test_judge),
        cmocka_unit_test(test_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
