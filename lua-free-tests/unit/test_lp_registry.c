/*
 * lp_registry: all or nothing, in the order of the file, errors with their
 * place.
 */

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"
#include "lp_registry.h"


#define D0 "00000000000000000000000000000000000000000000000000000000000000aa"
#define D1 "11111111111111111111111111111111111111111111111111111111111111bb"
#define D2 "22222222222222222222222222222222222222222222222222222222222222CC"
#define D3 "22222222222222222222222222222222222222222222222222222222222222cc"

#define ENTRY(digest, id)                                                     \
    "{\"sha256\":\"" digest "\",\"id\":\"" id "\",\"partnerId\":\"p\","       \
    "\"tier\":\"gold\",\"scopes\":[]}"


typedef struct {
    char    ids[256];
    int     n;
    int     stop_at; /* answers 99 at this entry */
    uint8_t last[LP_DIGEST_LEN];
} seen_t;


static int
see(void *ctx, const uint8_t digest[LP_DIGEST_LEN], const lp_principal_t *p)
{
    seen_t *seen = ctx;

    if (++seen->n == seen->stop_at) {
        return 99;
    }

    memcpy(seen->last, digest, LP_DIGEST_LEN);

    if (seen->n < 10) {
        strcat(seen->ids, p->id);
    }

    return LP_OK;
}


/* With the peppers of such a file; NULL: with none. */
static int
parse_with(const char *file, const char *text, seen_t *seen, lp_error_t *err)
{
    int           rc;
    lp_peppers_t *peppers;

    peppers = lp_peppers_create(file, file == NULL ? 0 : strlen(file), err);
    assert_non_null(peppers);
    memset(err, 0, sizeof(*err));
    rc = lp_registry_parse(text, strlen(text), peppers, see, seen, err);
    lp_peppers_free(peppers);

    return rc;
}


static int
parse(const char *text, seen_t *seen, lp_error_t *err)
{
    return parse_with(NULL, text, seen, err);
}


static void
test_order(void **state)
{
    seen_t     seen = { .n = 0 };
    lp_error_t err;

    static const char text[] = "{\"keys\":[" ENTRY(D2, "a") "," ENTRY(
        D0, "b") "," ENTRY(D1, "c") "]}";

    (void) state;

    assert_int_equal(parse(text, &seen, &err), LP_OK);
    assert_string_equal(seen.ids, "abc");
    assert_int_equal(seen.last[0], 0x11);
    assert_int_equal(seen.last[31], 0xbb);

    memset(&seen, 0, sizeof(seen));
    assert_int_equal(parse("{\"keys\":[]}", &seen, &err), LP_OK);
    assert_int_equal(seen.n, 0);
}


static void
test_entry_ends_the_walk(void **state)
{
    seen_t     seen = { .stop_at = 2 };
    lp_error_t err;

    static const char text[] = "{\"keys\":[" ENTRY(D2, "a") "," ENTRY(
        D0, "b") "," ENTRY(D1, "c") "]}";

    (void) state;

    assert_int_equal(parse(text, &seen, &err), 99);
    assert_int_equal(seen.n, 2);
}


/* What is wrong comes last, and still nothing is told. */
static void
test_refused(void **state)
{
    size_t     i;
    lp_error_t err;

    static const struct {
        const char *text;
        const char *pointer;
        const char *error;
    } cases[] = {
        { "", "", "it is empty" },
        { "[]", "", "required: {\"keys\": [...]}" },
        { "{}", "/keys", "required: {\"keys\": [...]}" },
        { "{\"keys\":{}}", "/keys", "required" },
        { "{\"keys\":[],\"key\":[]}", "/key", "allowed: keys" },
        { "{\"keys\":[" ENTRY(D0, "a") ",\n\n}", "", "line 3" },
        { "{\"keys\":[" ENTRY(D0, "a") ",7]}", "/keys/1", "an object" },
        { "{\"keys\":[" ENTRY(D0, "a") ",{}]}", "/keys/1/sha256", "64" },
        { "{\"keys\":[" ENTRY("00", "a") "]}", "/keys/0/sha256", "64" },
        { "{\"keys\":[{\"sha256\":7}]}", "/keys/0/sha256", "64" },
        { "{\"keys\":[" ENTRY(D0, "a") "," ENTRY(D1, " ") "]}", "/keys/1/id",
          "letters" },
        { "{\"keys\":[" ENTRY(D2, "a") "," ENTRY(D0, "b") "," ENTRY(D3,
                                                                    "c") "]}",
          "/keys/2/sha256", "/keys/0" },
        { "{\"keys\":[" ENTRY(D0, "b") "," ENTRY(D1, "a") "," ENTRY(D2,
                                                                    "b") "]}",
          "/keys/2/id", "/keys/0" },
        { "{\"keys\":[{\"sha256\":\"" D0 "\",\"id\":\"a\",\"partnerId\":"
          "\"platform\",\"tier\":\"gold\",\"scopes\":[\"admin\"]}]}",
          "/keys/0/partnerId", "operators" },
        { "{\"keys\":[{\"sha256\":\"" D0 "\",\"key\":\"sk_x\"}]}",
          "/keys/0/key", "unknown member, allowed: sha256, id" },
        { "{\"keys\":[{\"sha256\":\"" D0 "\",\"id\":\"a\",\"partnerId\":"
          "\"p\",\"tier\":\"gold\",\"scopes\":[\"a\",\"b c\"]}]}",
          "/keys/0/scopes/1", "read:*" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        seen_t seen = { .n = 0 };

        assert_int_equal(parse(cases[i].text, &seen, &err), LP_INVALID);
        assert_string_equal(err.pointer, cases[i].pointer);
        assert_non_null(strstr(err.text, cases[i].error));
        assert_null(strstr(err.text, "sk_"));
        assert_int_equal(seen.n, 0);
    }
}


/* Quadratic time would make this take minutes. */
static void
test_many(void **state)
{
    int        i, n = 50000;
    char      *text, *p;
    seen_t     seen = { .n = 0 };
    lp_error_t err;

    (void) state;

    text = malloc((size_t) n * 160 + 64);
    assert_non_null(text);
    p = text + sprintf(text, "{\"keys\":[");

    for (i = 0; i < n; i++) {
        p += sprintf(p,
                     "%s{\"sha256\":\"%064x\",\"id\":\"k%d\",\"partnerId\":"
                     "\"p\",\"tier\":\"gold\",\"scopes\":[]}",
                     i > 0 ? "," : "", (unsigned) i * 2654435761u, i);
    }

    (void) sprintf(p, "]}");

    assert_int_equal(parse(text, &seen, &err), LP_OK);
    assert_int_equal(seen.n, n);
    free(text);
}


static void
test_ceiling(void **state)
{
    char      *text;
    seen_t     seen = { .n = 0 };
    lp_error_t err;

    (void) state;

    text = calloc(1, LP_REGISTRY_MAX + 2);
    assert_non_null(text);
    memset(text, ' ', LP_REGISTRY_MAX + 1);
    assert_int_equal(parse(text, &seen, &err), LP_INVALID);
    assert_non_null(strstr(err.text, "at most 16777216"));
    free(text);
}


/* A digest by which no key is looked up would be refused for ever. */
static void
test_peppers(void **state)
{
    size_t     i;
    seen_t     seen;
    lp_error_t err;

#define PEPPERED(way, pepper, digest)                                         \
    "{\"keys\":[{\"" way "\":\"" digest "\"," pepper                          \
    "\"id\":\"a\",\"partnerId\":\"p\",\"tier\":\"gold\",\"scopes\":[]}]}"

    static const char pepper[]
        = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
    static const char both[]
        = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
          "plain\n";

    static const struct {
        const char *file;
        const char *text;
        const char *pointer; /* NULL: taken */
        const char *say;
    } cases[] = {
        { NULL, PEPPERED("sha256", "", D0), NULL, NULL },
        { both, PEPPERED("sha256", "", D0), NULL, NULL },
        { pepper, PEPPERED("sha256", "", D0), "/keys/0/sha256",
          "with a pepper alone here; allowed: \"hmacSha256\"" },
        { pepper,
          PEPPERED("hmacSha256", "\"pepper\":\"503df31aeef0440f\",", D0), NULL,
          NULL },
        { NULL, PEPPERED("hmacSha256", "\"pepper\":\"503df31aeef0440f\",", D0),
          "/keys/0/pepper", "names no pepper" },
        { both, PEPPERED("hmacSha256", "\"pepper\":\"503df31aeef0440e\",", D0),
          "/keys/0/pepper", "names no pepper" },
        { both, PEPPERED("hmacSha256", "", D0), "/keys/0/pepper",
          "required: the name" },
        { both, PEPPERED("hmacSha256", "\"pepper\":7,", D0), "/keys/0/pepper",
          "required: the name" },
        { pepper,
          PEPPERED("hmacSha256", "\"pepper\":\"503df31aeef0440f\",", "00"),
          "/keys/0/hmacSha256", "64 hexadecimal" },
        { both, PEPPERED("sha256", "\"pepper\":\"503df31aeef0440f\",", D0),
          "/keys/0/pepper", "unknown member" },
        { both,
          PEPPERED("hmacSha256",
                   "\"pepper\":\"503df31aeef0440f\",\"sha256\":\"\",", D0),
          "/keys/0/sha256", "unknown member" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        memset(&seen, 0, sizeof(seen));

        if (cases[i].pointer == NULL) {
            assert_int_equal(
                parse_with(cases[i].file, cases[i].text, &seen, &err), LP_OK);
            assert_int_equal(seen.n, 1);
            continue;
        }

        assert_int_equal(parse_with(cases[i].file, cases[i].text, &seen, &err),
                         LP_INVALID);
        assert_string_equal(err.pointer, cases[i].pointer);

        if (strstr(err.text, cases[i].say) == NULL) {
            fail_msg("%s: %s", cases[i].say, err.text);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_entry_ends_the_walk),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_ceiling),
        cmocka_unit_test(test_peppers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
