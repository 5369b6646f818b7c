/*
 * Any bytes to the redactor, with every kind of rule: every split gives the
 * same text, the text is JSON when the input was, and no named member keeps
 * its value.
 */

#include <strings.h>
#include <jansson.h>

#include "fuzz.h"
#include "lp_redact.h"


typedef struct {
    uint8_t *text;
    size_t   len, size;
    uint64_t redactions;
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


/* The first is that of check_tree(). */
static const char *const rules[][10] = {
    { "a=mask", "email=mask", "\xc3\xa9=mask", "b=null", "phone=null" },
    { "a=mask(1,1)", "b=drop", "email=hash", "phone=encrypt", "c=null",
      "\xc3\xa9=mask(16,0)" },
    { "$.a[*].b=drop", "$..email=hash", "$.*[1]=mask(0,4)", "$.a..b=encrypt",
      "$[0]=null", "$..[2]=drop", "phone=mask" },
    { "@email=hash", "@phone=mask(0,2)", "@card=encrypt", "@iban=mask",
      "@ssn=mask(0,4)", "@aadhaar=hash", "@pan_in=mask", "b=drop" },
};

#define PROFILES (sizeof(rules) / sizeof(rules[0]))


static lp_redact_profile_t *
build(const char *const *rule)
{
    const char          *equal;
    lp_error_t           err;
    lp_redact_action_t   action;
    lp_redact_profile_t *profile = malloc(lp_redact_profile_size());

    FUZZ_CHECK(profile != NULL);
    lp_redact_profile_init(profile);

    for (; *rule != NULL; rule++) {
        equal = strrchr(*rule, '=');
        FUZZ_CHECK(
            lp_redact_action_parse(equal + 1, strlen(equal + 1), &action, &err)
            == LP_OK);
        FUZZ_CHECK(lp_redact_profile_add(
                       profile, *rule, (size_t) (equal - *rule), action, &err)
                   == LP_OK);
    }

    return profile;
}


static const lp_redact_profile_t *
fuzz_profile(size_t i)
{
    static lp_redact_profile_t *profiles[PROFILES];

    if (profiles[i] == NULL) {
        profiles[i] = build(rules[i]);
    }

    return profiles[i];
}


/* With the same salt each time, so that what is encrypted can be compared. */
static lp_partner_keys_t
fuzz_keys(void)
{
    lp_error_t               err;
    lp_keyring_t             ring;
    static lp_partner_keys_t keys;

    static const uint8_t salt[LP_SALT_LEN];
    static const char    line[] = "k1 0123456789abcdef0123456789abcdef"
                                  "0123456789abcdef0123456789abcdef";

    if (keys.id[0] == '\0') {
        FUZZ_CHECK(lp_keyring_parse(&ring, line, sizeof(line) - 1, &err)
                   == LP_OK);
        FUZZ_CHECK(lp_keyring_derive(&ring, "p", 1, salt, &keys) == LP_OK);
    }

    return keys;
}


static int
redact(size_t profile, const uint8_t *data, size_t len, size_t piece,
       out_t *out)
{
    size_t            n;
    lp_redact_t       r;
    lp_partner_keys_t keys = fuzz_keys();

    out->len = 0;
    lp_redact_init(&r, fuzz_profile(profile));
    lp_redact_use_keys(&r, &keys);

    for (; len > 0; data += n, len -= n) {
        n = piece < len ? piece : len;

        if (lp_redact_feed(&r, data, n, keep, out) != LP_OK) {
            return LP_INVALID;
        }
    }

    out->redactions = r.redactions;

    return lp_redact_finish(&r, keep, out);
}


static void
check_tree(const json_t *node)
{
    size_t      i;
    json_t     *value;
    const char *name;

    json_array_foreach(node, i, value)
    {
        check_tree(value);
    }

    json_object_foreach((json_t *) (uintptr_t) node, name, value)
    {
        if (strcasecmp(name, "a") == 0 || strcasecmp(name, "email") == 0
            || strcmp(name, "\xc3\xa9") == 0) {
            FUZZ_CHECK(json_is_string(value));
            FUZZ_CHECK(strcmp(json_string_value(value), "***") == 0);

        } else if (strcasecmp(name, "b") == 0
                   || strcasecmp(name, "phone") == 0) {
            FUZZ_CHECK(json_is_null(value));

        } else {
            check_tree(value);
        }
    }
}


static void
check_output(size_t profile, const uint8_t *data, size_t len, const out_t *out)
{
    json_t *before, *after;

    before = json_loadb((const char *) data, len, JSON_DECODE_ANY, NULL);

    if (before == NULL) {
        return; /* a number or an escape that jansson cannot store */
    }

    after = json_loadb((const char *) out->text, out->len, JSON_DECODE_ANY,
                       NULL);
    FUZZ_CHECK(after != NULL);

    if (profile == 0) {
        check_tree(after);
    }

    json_decref(before);
    json_decref(after);
}


static void
check_splits(size_t profile, const uint8_t *data, size_t len, out_t *whole,
             out_t *parts)
{
    int    rc;
    size_t piece;

    rc = redact(profile, data, len, len, whole);

    for (piece = 1; piece < 40; piece += 1 + piece / 3) {
        FUZZ_CHECK(redact(profile, data, len, piece, parts) == rc);

        if (rc == LP_OK) {
            FUZZ_CHECK(parts->len == whole->len);
            FUZZ_CHECK(memcmp(parts->text, whole->text, whole->len) == 0);
            FUZZ_CHECK(parts->redactions == whole->redactions);
        }
    }

    if (rc == LP_OK) {
        check_output(profile, data, len, whole);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t i;
    out_t  whole, parts;

    /* An element of two bytes, "1,", becomes a sealed one at the most. */
    whole.size = parts.size = LP_ENCRYPTED_LEN(1) * (len + 1);
    whole.text = malloc(whole.size);
    parts.text = malloc(parts.size);
    FUZZ_CHECK(whole.text != NULL && parts.text != NULL);

    for (i = 0; i < PROFILES; i++) {
        check_splits(i, data, len, &whole, &parts);
    }

    free(whole.text);
    free(parts.text);

    return 0;
}
