/*
 * What an action makes of one value.
 */

#include <string.h>

#include "lp_json_text.h"
#include "lp_redact_profile.h"


static const char lp_redact_stars[] = "***";


/* The byte behind n characters, from the front; all if there are fewer. */
static size_t
lp_redact_characters(const uint8_t *text, size_t len, unsigned n)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if ((text[i] & 0xc0) != 0x80 && n-- == 0) {
            break;
        }
    }

    return i;
}


/* Where the last n characters begin. */
static size_t
lp_redact_tail(const uint8_t *text, size_t len, unsigned n)
{
    for (; len > 0 && n > 0; len--) {
        n -= (text[len - 1] & 0xc0) != 0x80;
    }

    return len;
}


/* Nothing is kept of a text that would show half of itself or more. */
static size_t
lp_redact_mask(lp_redact_action_t action, const uint8_t *text, size_t len,
               uint8_t *out)
{
    size_t n, first, last;

    first = lp_redact_characters(text, len, action.first);
    last = lp_redact_tail(text, len, action.last);

    if (lp_redact_characters(text, len, 2u * (action.first + action.last))
        == len) {
        first = 0;
        last = len;
    }

    n = lp_text_escape(text, first, out);
    memcpy(out + n, lp_redact_stars, 3);
    n += 3;

    return n + lp_text_escape(text + last, len - last, out + n);
}


size_t
lp_redact_part(lp_redact_action_t action, lp_partner_keys_t *keys,
               const uint8_t *text, size_t len, uint8_t *out)
{
    size_t n = 0;

    if (keys != NULL && action.kind == LP_REDACT_HASH) {
        n = lp_keyring_hash(keys, text, len, out);

    } else if (keys != NULL && action.kind == LP_REDACT_ENCRYPT) {
        n = lp_keyring_encrypt(keys, text, len, out);

    } else if (action.kind == LP_REDACT_MASK) {
        n = lp_redact_mask(action, text, len, out);
    }

    if (n == 0) {
        memcpy(out, lp_redact_stars, 3); /* no keys, or OpenSSL failed */
        n = 3;
    }

    return n;
}


size_t
lp_redact_value(lp_redact_action_t action, lp_partner_keys_t *keys,
                const uint8_t *raw, size_t len, uint8_t *out)
{
    size_t  n;
    uint8_t text[LP_REDACT_VALUE];

    static const lp_redact_action_t stars = { LP_REDACT_MASK, 0, 0 };

    if (action.kind == LP_REDACT_NULL) {
        memcpy(out, "null", 4);
        return 4;
    }

    /* No part of an array or object is shown, and a letter of `true` is all. */
    if (len > LP_REDACT_VALUE
        || (action.kind == LP_REDACT_MASK && memchr("{[tfn", *raw, 5))) {
        action = stars;
        len = 0;
    }

    /* What is encrypted keeps its type; hashes join over what is said. */
    if (len > 0 && *raw == '"' && action.kind != LP_REDACT_ENCRYPT) {
        len = lp_text_unescape(raw + 1, len - 2, text, NULL);
        raw = text;
    }

    out[0] = '"';
    n = 1 + lp_redact_part(action, keys, raw, len, out + 1);
    out[n++] = '"';

    return n;
}
