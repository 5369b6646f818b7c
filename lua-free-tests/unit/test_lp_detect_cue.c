/*
 * lp_detect_cue: words that announce a number, and words that only begin so.
 */

#include "unit.h"
#include "lp_detect_cue.h"


#define ALL ((1u << LP_DETECT_CLASSES) - 1)

#define PHONE   (1u << LP_DETECT_PHONE)
#define SSN     (1u << LP_DETECT_SSN)
#define AADHAAR (1u << LP_DETECT_AADHAAR)


static const struct {
    const char *text;
    unsigned    said;
} cases[] = {
    { "faxed to ", PHONE },
    { "Faxes ", PHONE },
    { "faxNo ", PHONE },
    { "calls: ", PHONE },
    { "callme ", PHONE },
    { "callno ", PHONE },
    { "Called from ", PHONE },
    { "caller id ", PHONE },
    { "call ", PHONE },
    { "MOBNO ", PHONE },
    { "mobtel ", PHONE },
    { "Mob. ", PHONE },
    { "mobile ", PHONE },
    { "mobilnummer ", PHONE },
    { "celno ", PHONE },
    { "celphone ", PHONE },
    { "cellulare ", PHONE },
    { "handys ", PHONE },
    { "Handynummer ", PHONE },
    { "phones ", PHONE },
    { "phoneNumber\":\"", PHONE },
    { "PHONE_NUMBER=", PHONE },
    { "callback ", PHONE },
    { "mobbed, call ", PHONE },
    { "cellarCall ", PHONE },
    { "handyman's mobile ", PHONE },
    { "ok\\nmobile ", PHONE },
    { "t\xc3\xa9l\xc3\xa9phone : ", PHONE },
    { "\xe6\x89\x8b\xe6\x9c\xba", PHONE },
    { "ssn", SSN },
    { "SSNs ", SSN },
    { "driverSsn: ", SSN },
    { "\\tsocial security no. ", SSN },
    { "aadharid ", AADHAAR },
    { "Aadhaar and SSN or phone ", AADHAAR | SSN | PHONE },
    { "", 0 },
    { "Handyman job ", 0 },
    { "Handyverbot ", 0 },
    { "Callum's ", 0 },
    { "calligraphy ", 0 },
    { "callable bond ", 0 },
    { "callback_id ", 0 },
    { "cellar ", 0 },
    { "Cello ", 0 },
    { "celsius ", 0 },
    { "mobster film ", 0 },
    { "mobbing ", 0 },
    { "mobius ", 0 },
    { "mobility ", 0 },
    { "Faxe brewery ", 0 },
    { "faxon street ", 0 },
    { "smsa ", 0 },
    { "smsc_queue ", 0 },
    { "phonetics ", 0 },
    { "contactor relay ", 0 },
    { "telemetry ", 0 },
    { "recall ", 0 },
    { "parcel ", 0 },
    { "nphone ", 0 },
    { "SSNIT form ", 0 },
    { "session ", 0 },
    { "Aadharshila plot ", 0 },
    { "caller_seq ", 0 },
    { "mobile serial: ", 0 },
    { "call, which is too far away from what stands there ", 0 },
};


static void
test_said(void **state)
{
    size_t   i;
    unsigned said;

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        said = lp_detect_said((const uint8_t *) cases[i].text,
                              strlen(cases[i].text), ALL);

        if (said != cases[i].said) {
            fail_msg("%#x said by: %s", said, cases[i].text);
        }
    }
}


/* What is not asked for is not said, nor is what stands behind. */
static void
test_asked(void **state)
{
    static const uint8_t text[] = "my SSN, my phone";

    (void) state;

    assert_int_equal(lp_detect_said(text, 16, ALL), SSN | PHONE);
    assert_int_equal(lp_detect_said(text, 16, SSN), SSN);
    assert_int_equal(lp_detect_said(text, 7, ALL), SSN);
    assert_int_equal(lp_detect_said(text, 15, PHONE), 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_said),
        cmocka_unit_test(test_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
