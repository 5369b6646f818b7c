/*
 * lp_redact_value: what masks keep, what is dropped, and values of every type.
 */

#include <stdio.h>

#include "unit_redact.h"


static void
test_masks(void **state)
{
    (void) state;

    unit_redact_check("a=mask(2,2)",
                      "{\"a\":\"+4930123456\",\"a\":\"12345678\",\"a\":1234567"
                      "89,\"a\":\"\",\"a\":null,\"a\":{\"b\":\"0123456789\"}}",
                      "{\"a\":\"+4***56\",\"a\":\"***\",\"a\":\"12***89\","
                      "\"a\":\"***\",\"a\":\"***\",\"a\":\"***\"}");

    /* One letter of these would say what they are. */
    unit_redact_check("a=mask(1,0)",
                      "{\"a\":true,\"a\":false,\"a\":null,\"a\":\"true\","
                      "\"a\":123}",
                      "{\"a\":\"***\",\"a\":\"***\",\"a\":\"***\","
                      "\"a\":\"t***\",\"a\":\"1***\"}");

    /* Characters are kept whole, and escaped where they have to be. */
    unit_redact_check("a=mask(1,1)",
                      "{\"a\":\"\\u00e9bcde\\ud83d\\ude00\",\"a\":\"\\\"bcde"
                      "\\\\\"}",
                      "{\"a\":\"\xc3\xa9***\xf0\x9f\x98\x80\",\"a\":\"\\\"***"
                      "\\\\\"}");
}


static void
test_drops(void **state)
{
    size_t i;

    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "{\"d\":1}", "{}" },
        { "{ \"d\" : 1 }", "{ }" },
        { "{\"d\":1,\"a\":2}", "{\"a\":2}" },
        { "{\"a\":2,\"d\":1}", "{\"a\":2}" },
        { "{\"a\":2 , \"d\":{\"x\":[1,2]} , \"b\":3}",
          "{\"a\":2  , \"b\":3}" },
        { "{\"d\":1,\"d\":2,\"a\":3,\"d\":4,\"d\":5}", "{\"a\":3}" },
        { "{\"d\":1,\"d\":\"x\",\"d\":null}", "{}" },
        { "[1,{\"d\":1},[{\"d\":2,\"a\":[]}]]", "[1,{},[{\"a\":[]}]]" },
        { "{\"l\":[1,2,3]}", "{\"l\":[1,3]}" },
        { "{\"f\":[1,2,3]}", "{\"f\":[2,3]}" },
        { "{\"f\":[ {\"a\":1} ],\"l\":[0,[1]]}", "{\"f\":[ ],\"l\":[0]}" },
        { "{\"\\u0064\":1,\"da\":\"d\"}", "{\"da\":\"d\"}" },
        { "[]", "[]" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        unit_redact_check("d=drop $.l[1]=drop $.f[0]=drop", cases[i].text,
                          cases[i].expected);
    }
}


/*
 * What comes before a value that may be dropped has a ceiling, which is the
 * same at every split.
 */
static void
test_held(void **state)
{
    int                  beyond;
    size_t               i, split, blanks, len;
    char                 text[LP_REDACT_HELD + 64];
    static unit_redact_t out;
    lp_redact_profile_t *p = unit_redact_profile("d=drop");

    /* The comma, the name and its colon count as well. */
    static const struct {
        const char *before, *behind;
        size_t      counted;
    } cases[] = {
        { "{\"a\":1,", "\"d\":1}", 5 },
        { "{\"a\":1,", "\"e\":1}", 5 },
        { "{\"a\":[", "]}", 0 },
        { "{\"d\":1,", "\"d\":1}", 4 },
    };

    (void) state;

    for (i = 0; i < 2 * UNIT_LEN(cases); i++) {
        beyond = i % 2;
        blanks = LP_REDACT_HELD - cases[i / 2].counted + (size_t) beyond;
        len = (size_t) snprintf(text, sizeof(text), "%s%*s%s",
                                cases[i / 2].before, (int) blanks, "",
                                cases[i / 2].behind);

        for (split = 0; split <= len; split++) {
            assert_int_equal(unit_redact_at(p, text, len, split, &out),
                             beyond ? LP_INVALID : LP_OK);
        }
    }

    free(p);
}


static void
test_hash_and_encrypt(void **state)
{
    size_t               split, len;
    uint8_t              back[256];
    lp_keyring_t         ring;
    lp_error_t           err;
    static unit_redact_t out;
    lp_redact_profile_t *p = unit_redact_profile("h=hash e=encrypt");

    static const char text[] = "{\"h\":\"a\",\"h\":\"\\u0061\",\"h\":1,"
                               "\"e\":\"x\"}";
    static const char key[] = "k1 0123456789abcdef0123456789abcdef"
                              "0123456789abcdef0123456789abcdef";

    (void) state;

    assert_int_equal(lp_keyring_parse(&ring, key, sizeof(key) - 1, &err),
                     LP_OK);

    for (split = 0; split < sizeof(text); split++) {
        assert_int_equal(
            unit_redact_at(p, text, sizeof(text) - 1, split, &out), LP_OK);

        /* Three hashes of 45 characters: the first two say the same. */
        assert_memory_equal(out.text + 6, out.text + 58, 45);
        assert_memory_not_equal(out.text + 6, out.text + 110, 45);
        assert_memory_equal(out.text + 156, ",\"e\":\"e:k1:", 11);
        assert_int_equal(lp_keyring_open(&ring, "p", 1,
                                         (char *) out.text + 162,
                                         out.len - 2 - 162, back, &len),
                         LP_OK);
        assert_int_equal(len, 3);
        assert_memory_equal(back, "\"x\"", 3);
    }

    free(p);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_hash_and_encrypt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
