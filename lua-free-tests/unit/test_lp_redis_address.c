/*
 * lp_redis_address: each form, its default ports, and what is none of them.
 */

#include "unit.h"
#include "lp_redis_address.h"


static int
parse(lp_redis_address_t *a, const char *text)
{
    lp_error_t err;

    return lp_redis_address_parse(a, text, strlen(text), &err);
}


static void
test_one_server(void **state)
{
    size_t             i;
    lp_redis_address_t a;

    static const struct {
        const char *text, *host;
        uint16_t    port;
    } cases[] = {
        { "localhost", "localhost", 6379 },
        { "127.0.0.1:7000", "127.0.0.1", 7000 },
        { "redis.example:1", "redis.example", 1 },
        { "[::1]", "::1", 6379 },
        { "[2001:db8::1]:65535", "2001:db8::1", 65535 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(parse(&a, cases[i].text), LP_OK);
        assert_int_equal(a.n, 1);
        assert_string_equal(a.endpoints[0].host, cases[i].host);
        assert_int_equal(a.endpoints[0].port, cases[i].port);
        assert_string_equal(a.path, "");
        assert_string_equal(a.master, "");
    }
}


static void
test_socket(void **state)
{
    lp_redis_address_t a;

    (void) state;
    assert_int_equal(parse(&a, "unix:/run/redis.sock"), LP_OK);
    assert_string_equal(a.path, "/run/redis.sock");
    assert_int_equal(a.n, 0);

    assert_int_equal(parse(&a, "unix:/a run's/redis.sock"), LP_OK);
    assert_string_equal(a.path, "/a run's/redis.sock");
}


static void
test_sentinels(void **state)
{
    lp_redis_address_t a;

    (void) state;
    assert_int_equal(parse(&a, "sentinel:mymaster@a:1,b,[::1]:3"), LP_OK);
    assert_string_equal(a.master, "mymaster");
    assert_int_equal(a.n, 3);
    assert_string_equal(a.endpoints[0].host, "a");
    assert_int_equal(a.endpoints[0].port, 1);
    assert_string_equal(a.endpoints[1].host, "b");
    assert_int_equal(a.endpoints[1].port, 26379);
    assert_string_equal(a.endpoints[2].host, "::1");
    assert_int_equal(a.endpoints[2].port, 3);
}


static void
test_refused(void **state)
{
    char               path[200];
    size_t             i;
    lp_redis_address_t a;

    static const char *const cases[] = {
        "",
        ":",
        ":6379",
        "host:",
        "host:0",
        "host:65536",
        "host:123456",
        "host:12x",
        "host:1:2",
        "a b",
        "[::1",
        "[]:1",
        "[::1]x",
        "::1",
        "unix:",
        "unix:redis.sock",
        "unix:./redis.sock",
        "unix:/a\nb",
        "redis://host",
        "sentinel:",
        "sentinel:name",
        "sentinel:@host",
        "sentinel:name@",
        "sentinel:name@a,,b",
        "sentinel:two words@a",
        "sentinel:name@a,b,c,d,e,f,g,h,i",
        "sentinel:name@unix:/a",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(parse(&a, cases[i]), LP_INVALID);
    }

    memset(path, 'x', sizeof(path));
    memcpy(path, "unix:/", 6);
    assert_int_equal(lp_redis_address_parse(&a, path, 5 + LP_REDIS_PATH, NULL),
                     LP_OK);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(parse(&a, path), LP_INVALID);
}


static void
test_tls_says_what_to_do(void **state)
{
    lp_error_t         err;
    lp_redis_address_t a;

    (void) state;
    assert_int_equal(lp_redis_address_parse(&a, "rediss://h:1", 12, &err),
                     LP_INVALID);
    assert_non_null(strstr(err.text, "no TLS in the installed hiredis"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_server),
        cmocka_unit_test(test_socket),
        cmocka_unit_test(test_sentinels),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_tls_says_what_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
