/*
 * How much the detectors do for a text that its writer chose: no more for each
 * byte of a long one than of a short one.  The compiler counts for us, a step
 * for each basic block, which no clock and no neighbour changes.
 */

#include "unit.h"

#include "../../libpartner/lp_detect.c"
#include "../../libpartner/lp_detect_cue.c"
#include "../../libpartner/lp_detect_digits.c"
#include "../../libpartner/lp_detect_form.c"


#define UNCOUNTED __attribute__((no_sanitize_coverage))
#define SHORT     2048
#define LONG      4096 /* LP_REDACT_VALUE */
#define MOST      300  /* steps a byte */

static volatile uint64_t steps; /* counted behind the compiler's back */

void __sanitizer_cov_trace_pc(void);


UNCOUNTED void
__sanitizer_cov_trace_pc(void)
{
    steps++;
}


static uint64_t
work(const char *unit, size_t len)
{
    size_t          i, at, n = strlen(unit);
    uint8_t         text[LONG];
    lp_detect_hit_t hit;

    for (i = 0; i < len; i++) {
        text[i] = (uint8_t) unit[i % n];
    }

    steps = 0;

    for (at = 0; lp_detect_next(text, len, &at, (1u << LP_DETECT_CLASSES) - 1,
                                &hit);) {
    }

    return steps;
}


/* Over and over: what has been worst, and what looks like much. */
static const char *const texts[] = {
    "the rider waited at the north exit ",
    "%40",
    "a%40",
    "%40b.",
    "%%%%%%%%%%%%%%%40",
    "a@",
    ".@b.cd",
    "@2x.png",
    "\"a",
    "1 ",
    "1 2 3 4 5 6 7 8 9 0 ",
    "13.405 52.520, ",
    "13.4050001 52.5200012, ",
    "tel 1234 5678 ",
    "m m m m m m m m m 1234567890 ",
    "+1",
    "(1",
    "DE89",
};


static void
test_work(void **state)
{
    size_t   i;
    uint64_t some, twice;

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        some = work(texts[i], SHORT);
        twice = work(texts[i], LONG);

        if (some == 0 || twice * 10 > some * 21 || twice / LONG > MOST) {
            fail_msg("\"%s\": %ju steps for %d bytes, %ju for %d", texts[i],
                     (uintmax_t) some, SHORT, (uintmax_t) twice, LONG);
        }
    }
}


/* Each class's cues are found by their first byte, in capitals as well. */
static void
test_firsts(void **state)
{
    size_t             i;
    uint8_t            c;
    const char *const *cue;

    static const struct {
        lp_detect_class_t class;
        const char *const *cues;
    } all[] = {
        { LP_DETECT_PHONE, lp_phone_cues },
        { LP_DETECT_SSN, lp_ssn_cues },
        { LP_DETECT_AADHAAR, lp_aadhaar_cues },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(all); i++) {
        for (cue = all[i].cues; *cue != NULL; cue++) {
            c = (uint8_t) * *cue;
            assert_true(lp_cue_firsts[c] >> all[i].class & 1);

            if (lp_is_letter(c)) {
                assert_true(lp_cue_firsts[c & 0xdf] >> all[i].class & 1);
            }
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_firsts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
