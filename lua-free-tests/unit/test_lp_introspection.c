/*
 * lp_introspection: only a plain yes is one, only a plain no is one, and all
 * else says nothing.
 */

#include "unit.h"
#include "lp_introspection.h"
#include "lp_scope.h"


#define NOW INT64_C(1800000000)


static lp_introspection_t
read_text(lp_jwt_t *jwt, const char *text)
{
    return lp_introspection_read(jwt, text, strlen(text));
}


static void
test_answers(void **state)
{
    size_t          i;
    static lp_jwt_t jwt;

    static const struct {
        const char        *text;
        lp_introspection_t answer;
    } answers[] = {
        { "{\"active\": true}", LP_INTROSPECTION_ACTIVE },
        { "{\"active\":true,\"sub\":\"s\",\"x\":[1,{}]}",
          LP_INTROSPECTION_ACTIVE },
        { "{\"active\":false}", LP_INTROSPECTION_INACTIVE },
        { "{\"active\":false,\"exp\":\"odd\"}", LP_INTROSPECTION_INACTIVE },
        { "{}", LP_INTROSPECTION_UNCLEAR },
        { "", LP_INTROSPECTION_UNCLEAR },
        { "true", LP_INTROSPECTION_UNCLEAR },
        { "[{\"active\":true}]", LP_INTROSPECTION_UNCLEAR },
        { "{\"active\":\"true\"}", LP_INTROSPECTION_UNCLEAR },
        { "{\"active\":1}", LP_INTROSPECTION_UNCLEAR },
        { "{\"active\":null}", LP_INTROSPECTION_UNCLEAR },
        { "{\"active\":true,\"active\":false}", LP_INTROSPECTION_UNCLEAR },
        { "{\"active\":true,\"exp\":\"1\"}", LP_INTROSPECTION_UNCLEAR },
        { "{\"active\":true,\"cnf\":{\"jkt\":\"x\"}}",
          LP_INTROSPECTION_UNCLEAR },
        { "{\"active\":true} x", LP_INTROSPECTION_UNCLEAR },
        { "<html>", LP_INTROSPECTION_UNCLEAR },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(answers); i++) {
        assert_int_equal(read_text(&jwt, answers[i].text), answers[i].answer);
    }
}


static void
test_claims(void **state)
{
    char scopes[LP_SCOPE_SET_LEN], text[sizeof(((lp_jwt_t *) 0)->payload) + 1];
    size_t          len;
    static lp_jwt_t jwt;

    static const lp_text_t us = { "gateway", 7 };
    lp_jwt_policy_t        policy = { .leeway = 10 };

    (void) state;

    assert_int_equal(read_text(&jwt, "{\"active\":true,\"client_id\":\"c\","
                                     "\"scope\":\"a b\",\"exp\":1800000100,"
                                     "\"aud\":[\"x\",\"gateway\"]}"),
                     LP_INTROSPECTION_ACTIVE);
    assert_int_equal(jwt.client.len, 1);
    assert_int_equal(lp_jwt_scopes(&jwt, scopes, &len), 0);
    assert_int_equal(len, 3);
    assert_int_equal(lp_jwt_judge_claims(&jwt, &policy, NOW), LP_JWT_GOOD);
    assert_int_equal(lp_jwt_judge_claims(&jwt, &policy, NOW + 200),
                     LP_JWT_EXPIRED);

    policy.audiences = &us;
    policy.n_audiences = 1;
    assert_int_equal(lp_jwt_judge_claims(&jwt, &policy, NOW), LP_JWT_GOOD);

    /* no exp: it does not expire; no aud where one is asked for */

    assert_int_equal(read_text(&jwt, "{\"active\":true}"),
                     LP_INTROSPECTION_ACTIVE);
    assert_int_equal(lp_jwt_judge_claims(&jwt, &policy, NOW),
                     LP_JWT_WRONG_AUDIENCE);
    policy.n_audiences = 0;
    assert_int_equal(lp_jwt_judge_claims(&jwt, &policy, NOW * 1000),
                     LP_JWT_GOOD);

    memset(text, ' ', sizeof(text));
    memcpy(text, "{\"active\":true}", 15);
    assert_int_equal(lp_introspection_read(&jwt, text, sizeof(text) - 1),
                     LP_INTROSPECTION_ACTIVE);
    assert_int_equal(lp_introspection_read(&jwt, text, sizeof(text)),
                     LP_INTROSPECTION_UNCLEAR);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
