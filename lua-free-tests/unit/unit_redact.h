/*
 * Builds a profile from "target=action" and redacts a text with it, whole and
 * at every split, which must all give the same.
 */

#ifndef UNIT_REDACT_H
#define UNIT_REDACT_H


#include <stdlib.h>

#include "unit.h"
#include "lp_redact.h"
#include "lp_redact_rule.h"


#define UNIT_REDACT_OUT 32768

typedef struct {
    uint8_t  text[UNIT_REDACT_OUT];
    size_t   len;
    uint64_t counts[LP_REDACT_CLASSES];
} unit_redact_t;


static inline int
unit_redact_emit(void *ctx, const uint8_t *data, size_t len, int literal)
{
    unit_redact_t *out = ctx;

    (void) literal;
    assert_in_range(len, 1, UNIT_REDACT_OUT - out->len);
    memcpy(out->text + out->len, data, len);
    out->len += len;

    return LP_OK;
}


/* Rules are separated by blanks. */
static inline lp_redact_profile_t *
unit_redact_profile(const char *rules)
{
    char                *copy = strdup(rules), *rule, *rest = copy;
    lp_error_t           err = { "", "" };
    lp_redact_profile_t *profile = malloc(lp_redact_profile_size());

    assert_non_null(profile);
    assert_non_null(copy);
    lp_redact_profile_init(profile);

    while ((rule = strsep(&rest, " ")) != NULL) {
        if (lp_redact_profile_rule(profile, rule, strlen(rule), &err)
            != LP_OK) {
            fail_msg("%s: %s", rule, err.text);
        }
    }

    free(copy);

    return profile;
}


static inline int
unit_redact_at(const lp_redact_profile_t *profile, const char *text,
               size_t len, size_t split, unit_redact_t *out)
{
    int                rc;
    size_t             i, size[2] = { split, len - split };
    uint8_t           *piece;
    lp_keyring_t       ring;
    lp_error_t         err;
    lp_partner_keys_t  keys;
    static lp_redact_t r;

    static const uint8_t salt[LP_SALT_LEN];
    static const char    key[] = "k1 0123456789abcdef0123456789abcdef"
                                 "0123456789abcdef0123456789abcdef";

    assert_int_equal(lp_keyring_parse(&ring, key, sizeof(key) - 1, &err),
                     LP_OK);
    assert_int_equal(lp_keyring_derive(&ring, "p", 1, salt, &keys), LP_OK);

    out->len = 0;
    lp_redact_init(&r, profile);
    lp_redact_use_keys(&r, &keys);

    for (i = 0, rc = LP_OK; i < 2 && rc == LP_OK; i++) {
        /* A buffer of exactly that size lets a sanitizer see an overread. */
        piece = malloc(size[i] > 0 ? size[i] : 1);
        assert_non_null(piece);
        memcpy(piece, text + (i ? split : 0), size[i]);
        rc = lp_redact_feed(&r, piece, size[i], unit_redact_emit, out);
        free(piece);
    }

    rc = rc == LP_OK ? lp_redact_finish(&r, unit_redact_emit, out) : rc;
    memcpy(out->counts, r.counts, sizeof(out->counts));

    return rc;
}


static inline void
unit_redact_check(const char *rules, const char *text, const char *expected)
{
    size_t               split, len = strlen(text);
    static unit_redact_t out;
    lp_redact_profile_t *profile = unit_redact_profile(rules);

    for (split = 0; split <= len; split++) {
        assert_int_equal(unit_redact_at(profile, text, len, split, &out),
                         LP_OK);
        out.text[out.len] = '\0';
        assert_string_equal((char *) out.text, expected);
    }

    free(profile);
}


#endif
