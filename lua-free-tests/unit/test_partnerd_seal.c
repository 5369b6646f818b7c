/*
 * What was sealed is opened by its own phrase and salt, unchanged, and by
 * nothing else.
 */

#include <string.h>

#include "seal.h"
#include "unit.h"


static void
test_round(void **state)
{
    char        sealed[PD_SEAL_TEXT + 1], again[PD_SEAL_TEXT + 1];
    char        secret[PD_SEAL_SECRET + 1];
    char        longest[PD_SEAL_SECRET + 2];
    size_t      i;
    const char *secrets[] = { "", "s", "sk_0123456789", longest };

    (void) state;
    memset(longest, 'x', sizeof(longest));
    longest[PD_SEAL_SECRET] = '\0';

    for (i = 0; i < UNIT_LEN(secrets); i++) {
        assert_int_equal(pd_seal("phrase", "p1", secrets[i], sealed), 0);
        assert_int_equal(pd_unseal("phrase", "p1", sealed, secret), 0);
        assert_string_equal(secret, secrets[i]);
    }

    assert_int_equal(pd_seal("phrase", "p1", "secret", sealed), 0);
    assert_int_equal(pd_seal("phrase", "p1", "secret", again), 0);
    assert_string_not_equal(sealed, again);
    assert_null(strstr(sealed, "secret"));

    longest[PD_SEAL_SECRET] = 'x';
    longest[PD_SEAL_SECRET + 1] = '\0';
    assert_int_equal(pd_seal("phrase", "p1", longest, sealed), -1);
}


static void
test_refused(void **state)
{
    char   sealed[PD_SEAL_TEXT + 1], secret[PD_SEAL_SECRET + 1];
    size_t i, len;

    (void) state;
    assert_int_equal(pd_seal("phrase", "p1", "secret", sealed), 0);
    assert_int_equal(pd_unseal("Phrase", "p1", sealed, secret), -1);
    assert_int_equal(pd_unseal("phrase", "p2", sealed, secret), -1);
    assert_int_equal(pd_unseal("phrase", "p1", "", secret), -1);
    assert_int_equal(pd_unseal("phrase", "p1", "no hex", secret), -1);

    len = strlen(sealed);

    for (i = 0; i < len; i++) {
        sealed[i] ^= 1; /* another digit, or none at all */
        assert_int_equal(pd_unseal("phrase", "p1", sealed, secret), -1);
        sealed[i] ^= 1;
    }

    for (i = 0; i < len; i++) {
        sealed[len - 1 - i] = '\0';
        assert_int_equal(pd_unseal("phrase", "p1", sealed, secret), -1);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
