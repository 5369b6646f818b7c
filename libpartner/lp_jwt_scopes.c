/*
 * What a token's scopes are: one string with blanks, or an array.
 */

#include <string.h>

#include "lp_error.h"
#include "lp_jwt.h"
#include "lp_scope.h"


static int
lp_jwt_add_scope(char *out, size_t *len, const char *scope, size_t scope_len)
{
    if (!lp_scope_valid(scope, scope_len)
        || *len + (*len > 0) + scope_len > LP_SCOPE_SET_LEN) {
        return LP_INVALID;
    }

    if (*len > 0) {
        out[(*len)++] = ' ';
    }

    memcpy(out + *len, scope, scope_len);
    *len += scope_len;

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
