/*
 * Sets of keys: what is passed over, what is an error, and which key a token
 * gets.
 */

#include <stdio.h>
#include <sys/mman.h>

#include "unit.h"
#include "unit_jwt.h"

#include "lp_jwks.h"


static lp_jwks_t *
parse(const char *text, lp_strictness_t strictness, lp_error_t *err)
{
    return lp_jwks_parse(text, strlen(text), UNIT_ALL_ALGORITHMS, strictness,
                         err);
}


static void
test_find(void **state)
{
    lp_jwks_t *set;
    lp_error_t err;

    (void) state;
    set = parse(UNIT_JWKS, LP_STRICT, &err);
    assert_non_null(set);
    assert_int_equal(lp_jwks_count(set), 4);

    assert_non_null(lp_jwks_find(set, LP_ALG_RS256, "rs", 2));
    assert_non_null(lp_jwks_find(set, LP_ALG_RS256, "", 0));
    assert_string_equal(lp_jwks_find(set, LP_ALG_RS256, "", 0)->kid, "rs");
    assert_null(lp_jwks_find(set, LP_ALG_RS256, "es", 2));
    assert_null(lp_jwks_find(set, LP_ALG_RS256, "r", 1));
    assert_null(lp_jwks_find(set, LP_ALG_RS256, "rs2", 3));
    assert_null(lp_jwks_find(set, LP_ALG_ES384, "", 0));
    lp_jwks_free(set);

    set = parse(
        "{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" UNIT_RSA_N
        "\"}," UNIT_RSA_JWK "]}",
        LP_STRICT, &err);
    assert_non_null(set);
    assert_null(lp_jwks_find(set, LP_ALG_RS256, "", 0));
    assert_non_null(lp_jwks_find(set, LP_ALG_RS256, "rs", 2));
    lp_jwks_free(set);
}


static void
test_refused(void **state)
{
    size_t     i;
    lp_jwks_t *set;
    lp_error_t err;

    static const struct {
        const char *text, *pointer;
        int         lenient; /* keys that are left where it was fetched */
    } cases[] = {
        { "", "", -1 },
        { "[]", "/keys", -1 },
        { "{}", "/keys", -1 },
        { "{\"keys\":{}}", "/keys", -1 },
        { "{\"keys\":[]}", "/keys", -1 },
        { "{\"keys\":[],\"keys\":[" UNIT_RSA_JWK "]}", "", -1 },
        { "{\"keys\":[{\"kty\":\"AKP\"}]}", "/keys", -1 },
        { "{\"keys\":[7," UNIT_EC_JWK "]}", "/keys/0", 1 },
        { "{\"keys\":[" UNIT_EC_JWK "," UNIT_EC_JWK "]}", "/keys/1", 1 },
        { "{\"keys\":[" UNIT_EC_JWK ",{\"kty\":\"RSA\"}]}", "/keys/1/n", 1 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_null(parse(cases[i].text, LP_STRICT, &err));
        assert_string_equal(err.pointer, cases[i].pointer);

        set = parse(cases[i].text, LP_LENIENT, &err);

        if (cases[i].lenient < 0) {
            assert_null(set);

        } else {
            assert_non_null(set);
            assert_int_equal(lp_jwks_count(set), cases[i].lenient);
            lp_jwks_free(set);
        }
    }
}


static void
test_too_many(void **state)
{
    char      *text;
    size_t     i;
    lp_jwks_t *set;
    lp_error_t err;

    (void) state;
    text = test_malloc(LP_JWKS_MAX);
    strcpy(text, "{\"keys\":[");

    for (i = 0; i <= LP_JWKS_KEYS; i++) {
        sprintf(text + strlen(text),
                "%s{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"%zu\","
                "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
                i > 0 ? "," : "", i);
    }

    strcat(text, "]}");
    assert_null(parse(text, LP_STRICT, &err));
    assert_string_equal(err.pointer, "/keys/64");

    set = parse(text, LP_LENIENT, &err);
    assert_int_equal(lp_jwks_count(set), LP_JWKS_KEYS);
    lp_jwks_free(set);
    test_free(text);

    lp_jwks_free(NULL);
}


/* Whether what malloc hands out and takes back holds the text. */
static int
heap_holds(const char *text, size_t len)
{
    int           found;
    char          line[512], *memory;
    FILE         *maps, *mem;
    unsigned long from, to;

    maps = fopen("/proc/self/maps", "r");
    mem = fopen("/proc/self/mem", "r");
    assert_true(maps != NULL && mem != NULL);
    found = 0;

    while (fgets(line, sizeof(line), maps) != NULL) {
        if (strstr(line, "[heap]") == NULL
            || sscanf(line, "%lx-%lx", &from, &to) != 2) {
            continue;
        }

        memory = mmap(NULL, to - from, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(memory, MAP_FAILED);
        assert_int_equal(fseek(mem, (long) from, SEEK_SET), 0);
        assert_int_equal(fread(memory, 1, to - from, mem), to - from);
        found |= memmem(memory, to - from, text, len) != NULL;
        munmap(memory, to - from);
    }

    fclose(mem);
    fclose(maps);

    return found;
}


static void
test_secrets_are_wiped(void **state)
{
    json_free_t   give, gave;
    json_malloc_t take, took;
    lp_jwks_t    *set;
    lp_error_t    err;

    static const char secret[] = "fyZ4dKobu1qzKObwVMkoqQ-EstJQLr_T-1qS0gZ";
    static const char text[] = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"yM1SysPpb"
                               "fyZ4dKobu1qzKObwVMkoqQ-EstJQLr_T-1qS0gZ\"}]}";

    (void) state;
    json_get_alloc_funcs(&take, &give);

    set = lp_jwks_parse(text, sizeof(text) - 1, UNIT_ALL_ALGORITHMS, LP_STRICT,
                        &err);
    assert_non_null(set);
    assert_false(heap_holds(secret, sizeof(secret) - 1));
    lp_jwks_free(set);

    json_get_alloc_funcs(&took, &gave);
    assert_true(took == take && gave == give);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_secrets_are_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
