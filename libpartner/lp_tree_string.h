/*
 * A JSON string, unescaped where it stands.
 */

#ifndef LP_TREE_STRING_H
#define LP_TREE_STRING_H


#include "lp_tree.h"


/*
 * `*p` stands behind the opening quote and is left behind the closing one;
 * what is read is never longer than what was written.  LP_INVALID: no end, a
 * control character, U+0000, half of a surrogate pair, an unknown escape, or
 * bytes that are no UTF-8 (RFC 3629).
 */
int lp_tree_string_read(char **p, char *end, lp_text_t *text);


#endif
