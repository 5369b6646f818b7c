/*
 * lp_records_events: what may stand in an event beside its data.
 */

#include "lp_records.h"
#include "unit_redact.h"


static int
stream(const lp_redact_profile_t *profile, const char *text, size_t piece,
       unit_redact_t *out)
{
    int                rc = LP_OK;
    size_t             at, n, len = strlen(text);
    lp_records_t       s;
    static lp_redact_t r;

    out->len = 0;
    lp_redact_init(&r, profile);
    lp_records_init(&s, &r, LP_RECORDS_EVENTS);

    for (at = 0; at < len && rc == LP_OK; at += n) {
        n = len - at < piece ? len - at : piece;
        rc = lp_records_feed(&s, (const uint8_t *) text + at, n,
                             unit_redact_emit, out);
    }

    rc = rc == LP_OK ? lp_records_finish(&s, unit_redact_emit, out) : rc;
    out->text[out->len] = '\0';

    if (rc == LP_INVALID) {
        assert_int_equal(r.reason, LP_REDACT_REFUSED_FIELD);
    }

    return rc;
}


/* Ids and names of events pass as they are, so they must be no other thing. */
static void
test_fields(void **state)
{
    int                  rc;
    size_t               i, piece;
    static unit_redact_t out;
    lp_redact_profile_t *all
        = unit_redact_profile("@card=mask @ssn=mask @pan_in=hash @phone=mask");
    lp_redact_profile_t *names = unit_redact_profile("email=mask");

    static const struct {
        const char *text;
        int         found;
    } cases[] = {
        { "id: 4111-1111-1111-1111\ndata: 1\n\n", 1 },
        { "data: 1\nid:4111111111111111\n\n", 1 },
        { "id: 219-09-9999\n\n", 1 },
        { "id: ABCPE1234F\n\n", 1 },
        { "event: ABCPE1234F\n\n", 1 },
        { "retry: 4111111111111111\r\n\r\n", 1 },
        { "id: 1700000000000-7\nevent: ride.moved\nretry: 3000\n\n", 0 },
        { "id\nevent:\n\n", 0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        for (piece = 1; piece <= strlen(cases[i].text); piece++) {
            rc = stream(all, cases[i].text, piece, &out);
            assert_int_equal(rc, cases[i].found ? LP_INVALID : LP_OK);
            assert_true(!cases[i].found
                        || strstr((char *) out.text, "id") == NULL);
            assert_int_equal(stream(names, cases[i].text, piece, &out), LP_OK);
        }
    }

    free(all);
    free(names);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
