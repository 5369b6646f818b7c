/*
 * Reads a small JSON document whole, and says what is wrong with it without
 * repeating it.
 */

#include <string.h>

#include "lp_document.h"
#include "lp_id.h"


/* jansson's own texts quote what stands there, which may be a credential. */
static const char *
lp_document_reason(enum json_error_code code)
{
    switch (code) {

    case json_error_duplicate_key:
        return "a member occurs twice in its object";

    case json_error_premature_end_of_input:
        return "the text ends too early";

    case json_error_end_of_input_expected:
        return "there is more after the end of the document";

    case json_error_invalid_utf8:
        return "the text is not UTF-8";

    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a string holds U+0000";

    case json_error_numeric_overflow:
        return "a number is too large";

    case json_error_stack_overflow:
        return "the nesting is too deep";

    case json_error_out_of_memory:
        return "out of memory";

    default:
        return "this is not JSON";
    }
}


/* What is wrong of it as a whole, or NULL. */
static const char *
lp_document_wrong(const char *text, size_t len)
{
    size_t i;

    /* jansson loses a zero byte behind a number */

    if (len > 0 && memchr(text, '\0', len) != NULL) {
        return "the text holds a zero byte";
    }

    i = 0;

    while (i < len && strchr(" \t\r\n", text[i]) != NULL) {
        i++;
    }

    if (i == len) {
        return "it is empty, required: a JSON object";
    }

    /* of a list the caller says more */

    return strchr("{[", text[i]) != NULL ? NULL : "required: a JSON object";
}


/*
 * A member given twice could be read one way here and another way by who wrote
 * it, so it is refused (RFC 8259, section 4).
 */
json_t *
lp_document_load(const char *text, size_t len, size_t max, lp_error_t *err)
{
    json_t      *root;
    const char  *wrong;
    json_error_t at;

    if (len > max) {
        (void) lp_error(err, "", "%zu bytes, at most %zu are allowed", len,
                        max);
        return NULL;
    }

    wrong = lp_document_wrong(text, len);

    if (wrong != NULL) {
        (void) lp_error(err, "", "%s", wrong);
        return NULL;
    }

    root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);

    if (root == NULL) {
        (void) lp_error(err, "", "line %d, column %d: %s", at.line, at.column,
                        lp_document_reason(json_error_code(&at)));
    }

    return root;
}


int
lp_document_unknown(lp_error_t *err, const char *member, const char *allowed)
{
    size_t len;
    char   pointer[LP_DOCUMENT_NAME + 2] = "/";

    /* what is longer, or has other letters, may be a key that slipped in */

    len = strlen(member);

    if (len > LP_DOCUMENT_NAME || !lp_id_plain(member, len)) {
        return lp_error(err, "", "unknown member, allowed: %s", allowed);
    }

    strcpy(pointer + 1, member);

    return lp_error(err, pointer, "unknown member, allowed: %s", allowed);
}
