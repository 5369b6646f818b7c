/*
 * Any bytes to each kind of stream: every split gives the same text, and what
 * a rule names is nowhere in it.
 */

#include "fuzz.h"
#include "lp_records.h"


typedef struct {
    uint8_t *text;
    size_t   len, size;
} out_t;


static int
keep(void *ctx, const uint8_t *data, size_t len, int literal)
{
    out_t *out = ctx;

    (void) literal;
    FUZZ_CHECK(len > 0 && len <= out->size - out->len);
    memcpy(out->text + out->len, data, len);
    out->len += len;

    return LP_OK;
}


static const lp_redact_profile_t *
fuzz_profile(void)
{
    size_t             i;
    lp_error_t         err;
    lp_redact_action_t action;

    static lp_redact_profile_t *profile;
    static const char *const    rules[][2] = {
           { "a", "mask" },
           { "b", "null" },
           { "c", "drop" },
           { "@email", "mask(1,2)" },
    };

    if (profile != NULL) {
        return profile;
    }

    profile = malloc(lp_redact_profile_size());
    FUZZ_CHECK(profile != NULL);
    lp_redact_profile_init(profile);

    for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        FUZZ_CHECK(lp_redact_action_parse(rules[i][1], strlen(rules[i][1]),
                                          &action, &err)
                   == LP_OK);
        FUZZ_CHECK(lp_redact_profile_add(profile, rules[i][0],
                                         strlen(rules[i][0]), action, &err)
                   == LP_OK);
    }

    return profile;
}


static int
redact(lp_records_kind_t kind, const uint8_t *data, size_t len, size_t piece,
       out_t *out)
{
    int          rc = LP_OK;
    size_t       n;
    lp_records_t s;

    static lp_redact_t r;

    out->len = 0;
    lp_redact_init(&r, fuzz_profile());
    lp_records_init(&s, &r, kind);

    for (; len > 0 && rc == LP_OK; data += n, len -= n) {
        n = piece < len ? piece : len;
        rc = lp_records_feed(&s, data, n, keep, out);
    }

    return rc == LP_OK ? lp_records_finish(&s, keep, out) : rc;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int               rc;
    size_t            piece;
    out_t             whole, parts;
    lp_records_kind_t kind;

    /* A line "d" is no more than one "data: ", and 1 grows to "***". */
    whole.size = parts.size = 8 * len + 64;
    whole.text = malloc(whole.size);
    parts.text = malloc(parts.size);
    FUZZ_CHECK(whole.text != NULL && parts.text != NULL);

    for (kind = LP_RECORDS_LINES; kind <= LP_RECORDS_EVENTS; kind++) {
        rc = redact(kind, data, len, len, &whole);

        for (piece = 1; piece < 40; piece += 1 + piece / 3) {
            FUZZ_CHECK(redact(kind, data, len, piece, &parts) == rc);
            FUZZ_CHECK(rc != LP_OK
                       || (parts.len == whole.len
                           && memcmp(parts.text, whole.text, whole.len) == 0));
        }
    }

    free(whole.text);
    free(parts.text);

    return 0;
}
