/*
 * Any bytes to the redactor: every split gives the same text, the text is JSON
 * when the input was, and no named member keeps its value.
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


static const lp_redact_profile_t *
fuzz_profile(void)
{
    size_t     i;
    lp_error_t err;

    static lp_redact_profile_t     *profile;
    static const lp_redact_action_t mask = { LP_REDACT_MASK, 0, 0 };
    static const lp_redact_action_t null = { LP_REDACT_NULL, 0, 0 };
    static const char *const        masked[] = { "a", "email", "\xc3\xa9" };
    static const char *const        nulled[] = { "b", "phone" };

    if (profile != NULL) {
        return profile;
    }

    profile = malloc(lp_redact_profile_size());
    FUZZ_CHECK(profile != NULL);
    lp_redact_profile_init(profile);

    for (i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
        FUZZ_CHECK(lp_redact_profile_add(profile, masked[i], strlen(masked[i]),
                                         mask, &err)
                   == LP_OK);
    }

    for (i = 0; i < sizeof(nulled) / sizeof(nulled[0]); i++) {
        FUZZ_CHECK(lp_redact_profile_add(profile, nulled[i], strlen(nulled[i]),
                                         null, &err)
                   == LP_OK);
    }

    return profile;
}


static int
redact(const uint8_t *data, size_t len, size_t piece, out_t *out)
{
    size_t      n;
    lp_redact_t r;

    out->len = 0;
    lp_redact_init(&r, fuzz_profile());

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
check_output(const uint8_t *data, size_t len, const out_t *out)
{
    json_t *before, *after;

    before = json_loadb((const char *) data, len, JSON_DECODE_ANY, NULL);

    if (before == NULL) {
        return; /* a number or an escape that jansson cannot store */
    }

    after = json_loadb((const char *) out->text, out->len, JSON_DECODE_ANY,
                       NULL);
    FUZZ_CHECK(after != NULL);
    check_tree(after);
    json_decref(before);
    json_decref(after);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int    rc;
    size_t piece;
    out_t  whole, parts;

    /* The shortest replaced member, "a":1, grows from 1 byte to 5. */
    whole.size = parts.size = 5 * len + 16;
    whole.text = malloc(whole.size);
    parts.text = malloc(parts.size);
    FUZZ_CHECK(whole.text != NULL && parts.text != NULL);

    rc = redact(data, len, len, &whole);

    for (piece = 1; piece < 40; piece += 1 + piece / 3) {
        FUZZ_CHECK(redact(data, len, piece, &parts) == rc);

        if (rc == LP_OK) {
            FUZZ_CHECK(parts.len == whole.len);
            FUZZ_CHECK(memcmp(parts.text, whole.text, whole.len) == 0);
            FUZZ_CHECK(parts.redactions == whole.redactions);
        }
    }

    if (rc == LP_OK) {
        check_output(data, len, &whole);
    }

    free(whole.text);
    free(parts.text);

    return 0;
}
