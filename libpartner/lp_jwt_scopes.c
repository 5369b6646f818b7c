/*
 * What a token's scopes are: one string with blanks, or an array.
 */

#include <string.h>

#include "lp_error.h"
#include "lp_jwt.h"
#include "lp_scope.h"


static int
lp_jwt_compare_scopes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order;

    order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}


/* Each once and in one order, however the token has them: sets that are equal
 * are equal texts. */
static int
lp_jwt_add_scope(char *out, size_t *len, const char *scope, size_t scope_len)
{
    int         order;
    size_t      at, word;
    const char *blank;

    if (!lp_scope_valid(scope, scope_len)) {
        return LP_INVALID;
    }

    for (at = 0; at < *len; at += word + 1) {
        blank = memchr(out + at, ' ', *len - at);
        word = blank != NULL ? (size_t) (blank - out) - at : *len - at;
        order = lp_jwt_compare_scopes(out + at, word, scope, scope_len);

        if (order == 0) {
            return LP_OK;
        }

        if (order > 0) {
            break;
        }
    }

    if (*len + (*len > 0) + scope_len > LP_SCOPE_SET_LEN) {
        return LP_INVALID;
    }

    if (at < *len) {
        memmove(out + at + scope_len + 1, out + at, *len - at);
        out[at + scope_len] = ' ';

    } else if (*len > 0) {
        out[*len] = ' ';
    }

    memcpy(out + at, scope, scope_len);
    *len += scope_len + (*len > 0);

    return LP_OK;
}


static int
lp_jwt_split_scopes(lp_text_t text, char *out, size_t *len)
{
    const char *p, *end, *space;

    for (p = text.text, end = p + text.len; p < end; p = space + 1) {
        space = memchr(p, ' ', (size_t) (end - p));
        space = space != NULL ? space : end;

        if (space > p
            && lp_jwt_add_scope(out, len, p, (size_t) (space - p)) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


int
lp_jwt_scopes(const lp_jwt_t *jwt, char *out, size_t *len)
{
    const lp_node_t *scopes, *node;

    *len = 0;
    scopes = jwt->claim[LP_CLAIM_SCOPE];

    if (scopes == NULL) {
        scopes = jwt->claim[LP_CLAIM_SCP];
    }

    if (scopes == NULL) {
        return LP_OK;
    }

    if (scopes->kind == LP_NODE_STRING) {
        return lp_jwt_split_scopes(scopes->text, out, len);
    }

    if (scopes->kind != LP_NODE_ARRAY) {
        return LP_INVALID;
    }

    for (node = lp_tree_first(&jwt->claims, scopes); node != NULL;
         node = lp_tree_next(&jwt->claims, scopes, node)) {

        if (node->kind != LP_NODE_STRING
            || lp_jwt_add_scope(out, len, node->text.text, node->text.len)
                   != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}
