/*
 * A small JSON object read whole and in place: claims and headers of tokens,
 * on the way of a request.  No memory is taken, so it is several times as
 * fast as building a document; what it accepts is what jansson accepts with
 * duplicates refused, within the limits below.
 */

#ifndef LP_TREE_H
#define LP_TREE_H


#include <stddef.h>
#include <stdint.h>


#define LP_TREE_NODES 192 /* values in all */
#define LP_TREE_DEPTH 8   /* objects and arrays within each other */


typedef enum {
    LP_NODE_NULL = 0,
    LP_NODE_FALSE,
    LP_NODE_TRUE,
    LP_NODE_NUMBER, /* `text` as it was written */
    LP_NODE_STRING, /* `text` without quotes and escapes */
    LP_NODE_ARRAY,
    LP_NODE_OBJECT
} lp_node_kind_t;

/* Texts lie in the document and end in no zero; none holds one. */
typedef struct {
    const char *text;
    size_t      len;
} lp_text_t;

typedef struct {
    lp_text_t name; /* in an object */
    lp_text_t text;
    uint16_t  kind;  /* lp_node_kind_t */
    uint16_t  after; /* number of the node behind all that is in this one */
} lp_node_t;

typedef struct {
    unsigned  n;
    lp_node_t nodes[LP_TREE_NODES]; /* 0 is the document itself */
} lp_tree_t;


/*
 * Reads one object (RFC 8259) that fills the text but for blanks; unescapes
 * strings where they stand.  LP_INVALID: no object, a member twice, U+0000,
 * no UTF-8, or more than the limits.
 */
int lp_tree_parse(lp_tree_t *tree, char *text, size_t len);

/* A member of the document, or NULL. */
const lp_node_t *lp_tree_find(const lp_tree_t *tree, const char *name);

/* The same of any object of the tree. */
const lp_node_t *lp_tree_member(const lp_tree_t *tree, const lp_node_t *object,
                                const char *name);

/* The first and the next element or member of `parent`; NULL: no more. */
const lp_node_t *lp_tree_first(const lp_tree_t *tree, const lp_node_t *parent);
const lp_node_t *lp_tree_next(const lp_tree_t *tree, const lp_node_t *parent,
                              const lp_node_t *node);

/*
 * Whole seconds since the epoch (RFC 7519, section 2); a fraction is cut off.
 * LP_INVALID: no number, negative, with an exponent, or beyond 2^53.
 */
int lp_node_seconds(const lp_node_t *node, int64_t *seconds);


#endif
