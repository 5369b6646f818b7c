/*
 * lp_principal: every member, its bounds, and errors that name the member and
 * what is allowed.
 */

#include <inttypes.h>
#include <stdio.h>

#include "unit.h"
#include "lp_bucket.h"
#include "lp_principal.h"


#define REQUIRED                                                              \
    "\"id\":\"k1\",\"partnerId\":\"p1\",\"tier\":\"gold\",\"scopes\":[]"


static int
parse(lp_principal_t *p, const char *text, lp_strictness_t strictness,
      lp_error_t *err)
{
    memset(err, 0, sizeof(*err));

    return lp_principal_parse(p, text, strlen(text), strictness, err);
}


static void
test_whole(void **state)
{
    lp_error_t     err;
    lp_principal_t p;

    (void) state;

    assert_int_equal(
        parse(&p,
              "{\"id\": \"key_1\", \"partnerId\": \"p1\", \"applicationId\": "
              "\"a1\", \"tier\": \"Premium\", \"scopes\": [\"read:rides\", "
              "\"write:*\"], \"status\": \"revoked\", \"partnerStatus\": "
              "\"suspended\", \"applicationStatus\": \"deprecated\", "
              "\"environment\": \"sandbox\", \"category\": \"insurance\", "
              "\"allowedNetworks\": [\"192.0.2.0/24\", \"::1\"], "
              "\"applicationDeprecatedAt\": \"2026-11-01T00:00:00Z\", "
              "\"applicationSunsetAt\": \"2027-06-01T00:00:00Z\", "
              "\"expiresAt\": \"2027-01-01T00:00:00Z\", \"rateLimit\": 1000, "
              "\"version\": 3}",
              LP_STRICT, &err),
        LP_OK);

    assert_string_equal(p.id, "key_1");
    assert_string_equal(p.partner, "p1");
    assert_string_equal(p.application, "a1");
    assert_string_equal(p.scopes, "read:rides write:*");
    assert_int_equal(p.tier, LP_TIER_SILVER);
    assert_int_equal(p.status, LP_KEY_REVOKED);
    assert_int_equal(p.partner_status, LP_PARTNER_SUSPENDED);
    assert_int_equal(p.application_status, LP_APPLICATION_DEPRECATED);
    assert_int_equal(p.environment, LP_SANDBOX);
    assert_string_equal(p.category, "insurance");
    assert_int_equal(p.networks->v4, 1);
    assert_int_equal(p.networks->v6, 1);
    assert_int_equal(p.deprecated, 1793491200);
    assert_int_equal(p.sunset, 1811808000);
    assert_int_equal(p.expires, 1798761600);
    assert_int_equal(p.rate_limit, 1000);
    assert_int_equal(p.version, 3);

    lp_principal_free(&p);
    assert_null(p.networks);
}


static void
test_defaults(void **state)
{
    size_t         i;
    lp_error_t     err;
    lp_principal_t p;

    static const char *const texts[] = {
        "{" REQUIRED "}",
        "{" REQUIRED ",\"applicationId\":null,\"expiresAt\":null,"
        "\"rateLimit\":null,\"category\":null,\"allowedNetworks\":null,"
        "\"applicationDeprecatedAt\":null,\"applicationSunsetAt\":null}",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        assert_int_equal(parse(&p, texts[i], LP_STRICT, &err), LP_OK);
        assert_string_equal(p.application, "");
        assert_string_equal(p.scopes, "");
        assert_int_equal(p.status, LP_KEY_ACTIVE);
        assert_int_equal(p.partner_status, LP_PARTNER_ACTIVE);
        assert_int_equal(p.application_status, LP_APPLICATION_ACTIVE);
        assert_int_equal(p.environment, LP_PRODUCTION);
        assert_string_equal(p.category, "");
        assert_null(p.networks);
        assert_int_equal(p.deprecated, 0);
        assert_int_equal(p.sunset, 0);
        assert_int_equal(p.expires, 0);
        assert_int_equal(p.rate_limit, 0);
        assert_int_equal(p.version, 0);
    }
}


static void
test_accepted(void **state)
{
    char           text[512];
    size_t         i;
    lp_error_t     err;
    lp_principal_t p;

    static const char *const members[] = {
        "\"rateLimit\":1",
        "\"rateLimit\":2500000",
        "\"rateLimit\":3600000",
        "\"version\":9007199254740993",
        "\"environment\":\"staging\"",
        "\"status\":\"rotated\"",
        "\"status\":\"expired\"",
        "\"partnerStatus\":\"pending\"",
        "\"partnerStatus\":\"inactive\"",
        "\"applicationStatus\":\"pending\"",
        "\"applicationStatus\":\"suspended\"",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(members); i++) {
        (void) snprintf(text, sizeof(text), "{" REQUIRED ",%s}", members[i]);
        assert_int_equal(parse(&p, text, LP_STRICT, &err), LP_OK);
    }
}


/* An expiry at the epoch must not read as "never". */
static void
test_old_expiry_stays_an_expiry(void **state)
{
    lp_error_t     err;
    lp_principal_t p;

    (void) state;

    assert_int_equal(
        parse(&p, "{" REQUIRED ",\"expiresAt\":\"1970-01-01T00:00:00Z\"}",
              LP_STRICT, &err),
        LP_OK);
    assert_int_equal(p.expires, 1);

    assert_int_equal(
        parse(&p, "{" REQUIRED ",\"expiresAt\":\"1931-01-01T00:00:00Z\"}",
              LP_STRICT, &err),
        LP_OK);
    assert_int_equal(p.expires, 1);
}


/* The member replaces the one of the same name in a valid object. */
static const struct {
    const char *member;
    const char *value;
    const char *pointer;
    const char *allowed;
} refused[] = {
    { "id", "7", "/id", "letters" },
    { "id", "\"\"", "/id", "1 to 63" },
    { "id", "\"a b\"", "/id", "letters" },
    { "id", "\"a/b\"", "/id", "letters" },
    { "id", "\"\\u00e9\"", "/id", "letters" },
    { "partnerId", "null", "/partnerId", "letters" },
    { "applicationId", "\"{}\"", "/applicationId", "or null" },
    { "tier", "\"platinum\"", "/tier", "basic, silver, gold" },
    { "tier", "1", "/tier", "basic, silver, gold" },
    { "scopes", "\"read:rides\"", "/scopes", "an array" },
    { "scopes", "[\"read:rides\", \"*\"]", "/scopes/1", "read:*" },
    { "scopes", "[5]", "/scopes/0", "read:*" },
    { "scopes", "[\"\"]", "/scopes/0", "1 to 64" },
    { "scopes", "null", "/scopes", "an array" },
    { "status", "\"Active\"", "/status", "active, rotated" },
    { "status", "null", "/status", "active, rotated" },
    { "partnerStatus", "\"gone\"", "/partnerStatus", "active, pending" },
    { "applicationStatus", "\"gone\"", "/applicationStatus", "deprecated" },
    { "applicationDeprecatedAt", "true", "/applicationDeprecatedAt",
      "RFC 3339" },
    { "applicationSunsetAt", "\"soon\"", "/applicationSunsetAt", "RFC 3339" },
    { "category", "\"a b\"", "/category", "or null" },
    { "allowedNetworks", "\"::1\"", "/allowedNetworks", "at most 10000" },
    { "allowedNetworks", "[\"::1\", \"10.0.0.1/8\"]", "/allowedNetworks/1",
      "10.0.0.0/8" },
    { "environment", "\"prod\"", "/environment", "production, staging" },
    { "environment", "1", "/environment", "production, staging" },
    { "expiresAt", "\"tomorrow\"", "/expiresAt", "RFC 3339" },
    { "expiresAt", "1798761600", "/expiresAt", "RFC 3339" },
    { "rateLimit", "0", "/rateLimit", "calls per hour" },
    { "rateLimit", "-1", "/rateLimit", "calls per hour" },
    { "rateLimit", "10.0", "/rateLimit", "calls per hour" },
    { "rateLimit", "\"10\"", "/rateLimit", "calls per hour" },
    { "rateLimit", "2502001", "/rateLimit", "1 to 2500000" },
    { "rateLimit", "9223372036854775807", "/rateLimit", "2500000" },
    { "version", "-1", "/version", "from 0" },
    { "version", "null", "/version", "from 0" },
};


static void
test_refused(void **state)
{
    size_t         i;
    json_t        *object, *value;
    lp_error_t     err;
    lp_principal_t p;

    (void) state;

    for (i = 0; i < UNIT_LEN(refused); i++) {
        object = json_loads("{" REQUIRED "}", 0, NULL);
        value = json_loads(refused[i].value, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        assert_int_equal(json_object_set_new(object, refused[i].member, value),
                         0);

        assert_int_equal(lp_principal_from_json(&p, object, LP_LENIENT, &err),
                         LP_INVALID);
        assert_string_equal(err.pointer, refused[i].pointer);
        assert_non_null(strstr(err.text, refused[i].allowed));
        assert_true(strlen(err.text) < sizeof(err.text) - 1);
        json_decref(object);
    }
}


static void
test_required(void **state)
{
    size_t         i;
    json_t        *object;
    lp_error_t     err;
    lp_principal_t p;

    static const char *const names[] = { "id", "partnerId", "tier", "scopes" };

    (void) state;

    for (i = 0; i < UNIT_LEN(names); i++) {
        object = json_loads("{" REQUIRED "}", 0, NULL);
        assert_int_equal(json_object_del(object, names[i]), 0);

        assert_int_equal(lp_principal_from_json(&p, object, LP_LENIENT, &err),
                         LP_INVALID);
        assert_string_equal(err.pointer + 1, names[i]);
        assert_memory_equal(err.text, "required: ", 10);
        assert_true(strlen(err.text) < sizeof(err.text) - 1);
        json_decref(object);
    }
}


static void
test_unknown_members(void **state)
{
    lp_error_t     err;
    lp_principal_t p;

    (void) state;

    assert_int_equal(
        parse(&p, "{" REQUIRED ",\"colour\":1}", LP_LENIENT, &err), LP_OK);
    assert_int_equal(parse(&p, "{" REQUIRED ",\"colour\":1}", LP_STRICT, &err),
                     LP_INVALID);
    assert_string_equal(err.pointer, "/colour");
    assert_non_null(strstr(err.text, "expiresAt, rateLimit, version"));

    assert_int_equal(
        parse(&p, "{" REQUIRED ",\"id\":\"k2\"}", LP_LENIENT, &err),
        LP_INVALID);
    assert_non_null(strstr(err.text, "twice"));
}


static void
test_lengths(void **state)
{
    int            n;
    char           text[2048], id[LP_ID_LEN + 2];
    lp_error_t     err;
    lp_principal_t p;

    (void) state;

    for (n = LP_ID_LEN; n <= LP_ID_LEN + 1; n++) {
        memset(id, 'x', (size_t) n);
        id[n] = '\0';
        (void) snprintf(text, sizeof(text),
                        "{\"id\":\"k\",\"partnerId\":\"p\",\"tier\":\"basic\","
                        "\"scopes\":[],\"applicationId\":\"%s\"}",
                        id);
        assert_int_equal(parse(&p, text, LP_STRICT, &err),
                         n == LP_ID_LEN ? LP_OK : LP_INVALID);
    }

    assert_int_equal(parse(&p, "[]", LP_STRICT, &err), LP_INVALID);
    assert_non_null(strstr(err.text, "an object"));
}


/* What was read before the mistake is given back: see the sanitizers' run. */
static void
test_refused_after_networks(void **state)
{
    lp_error_t     err;
    lp_principal_t p;

    (void) state;

    assert_int_equal(parse(&p,
                           "{" REQUIRED
                           ",\"allowedNetworks\":[\"::1\"],\"version\":-1}",
                           LP_STRICT, &err),
                     LP_INVALID);
    assert_null(p.networks);
}


/* 15 scopes of 64 bytes and their spaces are 974; 48 more make 1023. */
static void
test_scope_set_ceiling(void **state)
{
    int            i, last;
    char           scope[LP_SCOPE_LEN + 1];
    json_t        *object, *scopes;
    lp_error_t     err;
    lp_principal_t p;

    (void) state;

    for (last = 48; last <= 49; last++) {
        scopes = json_array();

        for (i = 0; i < 16; i++) {
            memset(scope, 'a' + i, LP_SCOPE_LEN);
            scope[i < 15 ? LP_SCOPE_LEN : last] = '\0';
            json_array_append_new(scopes, json_string(scope));
        }

        object = json_loads("{" REQUIRED "}", 0, NULL);
        json_object_set_new(object, "scopes", scopes);

        if (last == 48) {
            assert_int_equal(
                lp_principal_from_json(&p, object, LP_STRICT, &err), LP_OK);
            assert_int_equal(strlen(p.scopes), LP_SCOPE_SET_LEN);

        } else {
            assert_int_equal(
                lp_principal_from_json(&p, object, LP_STRICT, &err),
                LP_INVALID);
            assert_string_equal(err.pointer, "/scopes/15");
        }

        json_decref(object);
    }
}


static void
test_text_ceiling(void **state)
{
    static char text[512 * 1024 + 1];

    size_t         len;
    lp_error_t     err;
    lp_principal_t p;

    (void) state;

    memset(text, ' ', sizeof(text));
    len = strlen("{" REQUIRED "}");
    memcpy(text, "{" REQUIRED "}", len);

    assert_int_equal(
        lp_principal_parse(&p, text, sizeof(text) - 1, LP_STRICT, &err),
        LP_OK);
    assert_int_equal(
        lp_principal_parse(&p, text, sizeof(text), LP_STRICT, &err),
        LP_INVALID);
    assert_non_null(strstr(err.text, "at most 524288"));
}


static void
test_rate_limits_are_counted(void **state)
{
    int64_t   limit;
    lp_rate_t rate;

    (void) state;

    for (limit = 1; limit <= LP_RATE_LIMIT_MAX; limit++) {
        if (lp_rate_init(&rate, limit, LP_HOUR, 0) != LP_OK) {
            fail_msg("%" PRId64 " calls an hour", limit);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_old_expiry_stays_an_expiry),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_after_networks),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_unknown_members),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_scope_set_ceiling),
        cmocka_unit_test(test_text_ceiling),
        cmocka_unit_test(test_rate_limits_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
