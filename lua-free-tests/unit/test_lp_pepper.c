/*
 * lp_pepper: digests and names are those that another HMAC makes, a file is
 * taken as it stands or not at all, and what is wrong is told by its line.
 */

#include "unit.h"
#include "lp_pepper.h"


#define PEPPER_A                                                              \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define PEPPER_B                                                              \
    "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

/* Python's hmac and hashlib, of "partner key pepper 1" and of "sk_a". */
#define NAME_A "503df31aeef0440f"
#define NAME_B "5c142898d7e813cc"
#define UNDER_A                                                               \
    "861ba3b344a8e4266798d601bb559acecf2c0312a2a7f97e99af5b71d1662d33"
#define UNDER_B                                                               \
    "9fa12aee97f90a9d987c8ab920dca4f31dbc3baae6b289a6aaad08aa3e32045d"
#define UNDER_NONE                                                            \
    "4cdaf970137f67ee659f7f37a7f1deb1ed099c16ca0718aff7d961fcea0ca704"


static lp_peppers_t *
load(const char *text)
{
    lp_error_t    err;
    lp_peppers_t *ps;

    ps = lp_peppers_create(text, text == NULL ? 0 : strlen(text), &err);
    assert_non_null(ps);

    return ps;
}


static void
check(lp_peppers_t *ps, size_t i, const char *name, const char *expected)
{
    char    hex[LP_DIGEST_HEX + 1] = "";
    uint8_t digest[LP_DIGEST_LEN];
    int     again;

    assert_string_equal(lp_peppers_name(ps, i), name);
    assert_true(lp_peppers_have(ps, name, strlen(name)));

    for (again = 0; again < 2; again++) {
        assert_int_equal(lp_peppers_digest(ps, i, "sk_a", 4, digest), LP_OK);
        lp_digest_to_hex(digest, hex);
        assert_string_equal(hex, expected);
    }
}


static void
test_plain(void **state)
{
    lp_peppers_t *ps;

    (void) state;

    ps = load(NULL);
    assert_int_equal(lp_peppers_count(ps), 1);
    check(ps, 0, "plain", UNDER_NONE);
    assert_false(lp_peppers_have(ps, NAME_A, 16));
    lp_peppers_free(ps);
    lp_peppers_free(NULL);
}


/* In the order of the file, with and without its last newline. */
static void
test_file(void **state)
{
    lp_peppers_t *ps;

    (void) state;

    ps = load(PEPPER_B "\n" PEPPER_A "\nplain\n");
    assert_int_equal(lp_peppers_count(ps), 3);
    check(ps, 0, NAME_B, UNDER_B);
    check(ps, 1, NAME_A, UNDER_A);
    check(ps, 2, "plain", UNDER_NONE);
    lp_peppers_free(ps);

    ps = load(PEPPER_A);
    assert_int_equal(lp_peppers_count(ps), 1);
    check(ps, 0, NAME_A, UNDER_A);
    assert_false(lp_peppers_have(ps, "plain", 5));
    assert_false(lp_peppers_have(ps, NAME_A, 15));
    lp_peppers_free(ps);
}


static void
test_refused(void **state)
{
    size_t     i;
    lp_error_t err;

    static const struct {
        const char *text;
        const char *say;
    } wrong[] = {
        { "", "is empty" },
        { "\n", "line 1: 64" },
        { PEPPER_A "\n\n", "line 2: 64" },
        { PEPPER_A "\r\n", "line 1: 64" },
        { " " PEPPER_A "\n", "line 1: 64" },
        { PEPPER_A "0\n", "line 1: 64" },
        { "plain\nPLAIN\n", "line 2: 64" },
        { "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
          "line 1: 64" },
        { PEPPER_A "\n" PEPPER_A "\n", "line 2: the same as one before" },
        { "plain\nplain\n", "line 2: the same as one before" },
        { PEPPER_A "\n" PEPPER_B "\nplain\n" PEPPER_A "\n",
          "line 4: too many, allowed: 3" },
        { PEPPER_A "\n" PEPPER_B "\n" UNDER_A "\n",
          "line 3: at most 2 peppers" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(wrong); i++) {
        assert_null(
            lp_peppers_create(wrong[i].text, strlen(wrong[i].text), &err));

        if (strstr(err.text, wrong[i].say) == NULL) {
            fail_msg("%s: %s", wrong[i].say, err.text);
        }

        assert_null(strstr(err.text, "0102"));
        assert_null(strstr(err.text, "eedd"));
    }
}


static void
lacks(const lp_peppers_t *ps, const char *names, const char *expected)
{
    size_t      len;
    const char *lacking;

    len = strlen(names);
    lacking = lp_peppers_lacking(ps, names, &len);

    if (expected == NULL) {
        assert_null(lacking);
        return;
    }

    assert_non_null(lacking);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(lacking, expected, len);
}


static void
test_lacking(void **state)
{
    lp_peppers_t *ps;

    (void) state;

    ps = load(PEPPER_A "\nplain\n");
    lacks(ps, "", NULL);
    lacks(ps, "plain", NULL);
    lacks(ps, NAME_A " plain", NULL);
    lacks(ps, NAME_A " " NAME_B " plain", NAME_B);
    lacks(ps, NAME_A " " NAME_B, NAME_B);
    lacks(ps, "plai", "plai");
    lacks(ps, "plain  plain", "");
    lp_peppers_free(ps);
}


/* The largest file that is right is one that a reader takes whole. */
static void
test_room(void **state)
{
    (void) state;

    assert_int_equal(LP_PEPPER_TEXT,
                     strlen(PEPPER_A "\n" PEPPER_B "\nplain\n"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),   cmocka_unit_test(test_file),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_lacking),
        cmocka_unit_test(test_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
