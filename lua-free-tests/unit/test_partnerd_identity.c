/*
 * partnerd's identity: the gateway's headers, and the alternatives of scopes.
 */

#include <strings.h>

#include "unit.h"
#include "unit_contract.h"
#include "identity.h"


static pd_contract_t contract;

typedef struct {
    const char *partner, *scopes, *request;
} sent_t;


static int
setup(void **state)
{
    lp_error_t err;

    (void) state;

    return unit_contract(&contract, UNIT_COMMON, UNIT_THINGS, &err);
}


static int
teardown(void **state)
{
    (void) state;
    pd_contract_free(&contract);

    return 0;
}


static const char *
header(void *ctx, const char *name)
{
    sent_t *sent = ctx;

    return strcasecmp(name, "X-Partner-Id") == 0       ? sent->partner
           : strcasecmp(name, "X-Partner-Scopes") == 0 ? sent->scopes
           : strcasecmp(name, "X-Request-Id") == 0     ? sent->request
                                                       : NULL;
}


static void
test_may(void **state)
{
    size_t        i;
    sent_t        sent;
    pd_problem_t  p;
    pd_identity_t id;

    static const struct {
        const char *partner, *scopes, *code;
    } cases[] = {
        { "p1", "admin", NULL },
        { "p1", "read:things read:parts", NULL },
        { "p1", "x read:* y", NULL },
        { "p1", "read:things", "insufficient_scope" },
        { "p1", "administrator", "insufficient_scope" },
        { "p1", "manage:*", "insufficient_scope" },
        { "p1", "", "insufficient_scope" },
        { "p1", NULL, "insufficient_scope" },
        { "", "admin", "missing_credential" },
        { NULL, "admin", "missing_credential" },
        { "p 1", "admin", "missing_credential" },
        { "p\xc3\xa9", "admin", "missing_credential" },
        { "p1", "ad\tmin", "insufficient_scope" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        p = (pd_problem_t){ 0 };
        sent = (sent_t){ cases[i].partner, cases[i].scopes, NULL };
        pd_identity_read(&id, header, &sent);

        assert_int_equal(
            pd_identity_may(&id, pd_contract_find(&contract, "things.get"),
                            &p),
            cases[i].code == NULL ? PD_OK : PD_REFUSED);

        if (cases[i].code != NULL) {
            assert_string_equal(p.code, cases[i].code);
        }

        pd_problem_clear(&p);
        assert_int_equal(
            pd_identity_may(&id, pd_contract_find(&contract, "things.put"),
                            &p),
            PD_OK);
    }
}


static void
test_detail(void **state)
{
    sent_t        sent = { "p", "x", NULL };
    pd_problem_t  p = { 0 };
    pd_identity_t id;

    (void) state;
    pd_identity_read(&id, header, &sent);
    (void) pd_identity_may(&id, pd_contract_find(&contract, "things.get"), &p);
    assert_string_equal(p.detail,
                        "needed: admin, or read:things and read:parts");
}


static void
test_lengths(void **state)
{
    char          text[LP_ID_LEN + 2];
    sent_t        sent = { text, NULL, "r" };
    json_t       *json;
    pd_identity_t id;

    (void) state;
    memset(text, 'p', sizeof(text));
    text[LP_ID_LEN] = '\0';
    pd_identity_read(&id, header, &sent);
    assert_string_equal(id.partner, text);
    assert_string_equal(id.request, "r");

    json = pd_identity_json(&id);
    assert_string_equal(json_string_value(json_object_get(json, "partner")),
                        text);
    json_decref(json);

    text[LP_ID_LEN] = 'p';
    text[LP_ID_LEN + 1] = '\0';
    pd_identity_read(&id, header, &sent);
    assert_string_equal(id.partner, "");
}


/* The database casts what has the length of a UUID. */
static void
test_tenant(void **state)
{
    size_t        i;
    sent_t        sent;
    pd_identity_t id;

    static const struct {
        const char *partner, *tenant;
    } cases[] = {
        { "platform", "platform" },
        { "p1", "p1" },
        { "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11",
          "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11" },
        { "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c1", /* a digit less */
          "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c1" },
        { "0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c1g", "" },
        { "an-insurer-with-a-very-very-long-nam", "" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        sent = (sent_t){ cases[i].partner, NULL, NULL };
        pd_identity_read(&id, header, &sent);
        assert_string_equal(pd_identity_tenant(&id), cases[i].tenant);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_may),
        cmocka_unit_test(test_detail),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_tenant),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
