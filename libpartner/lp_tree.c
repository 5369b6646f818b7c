/*
 * Reads a small JSON object in place, by recursive descent.
 */

#include <string.h>

#include "lp_error.h"
#include "lp_tree.h"
#include "lp_tree_string.h"


#define LP_SECONDS_MAX (INT64_C(1) << 53)


typedef struct {
    lp_tree_t *tree;
    char      *p;
    char      *end;
    unsigned   depth;
} lp_tree_reader_t;


/* The four of RFC 8259, section 2; isspace() would let others pass. */
static void
lp_tree_blanks(lp_tree_reader_t *r)
{
    while (
        r->p < r->end
        && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r')) {
        r->p++;
    }
}


/* 1 and takes it when the next character is `c`. */
static int
lp_tree_take(lp_tree_reader_t *r, char c)
{
    lp_tree_blanks(r);

    if (r->p == r->end || *r->p != c) {
        return 0;
    }

    r->p++;

    return 1;
}


static size_t
lp_tree_digits(lp_tree_reader_t *r)
{
    char *begin;

    for (begin = r->p; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
        /* void */
    }

    return (size_t) (r->p - begin);
}


/*
 * RFC 8259, section 6. Kept as text: what a claim's number means is for the
 * claim to say.
 */
static int
lp_tree_number(lp_tree_reader_t *r, lp_node_t *node)
{
    char  *begin;
    size_t digits;

    begin = r->p;
    r->p += *r->p == '-';
    digits = lp_tree_digits(r);

    /* a zero leads nothing */
    if (digits == 0 || (digits > 1 && r->p[-(ptrdiff_t) digits] == '0')) {
        return LP_INVALID;
    }

    if (r->p < r->end && *r->p == '.') {
        r->p++;

        if (lp_tree_digits(r) == 0) {
            return LP_INVALID;
        }
    }

    if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
        r->p++;

        if (r->p < r->end && (*r->p == '+' || *r->p == '-')) {
            r->p++;
        }

        if (lp_tree_digits(r) == 0) {
            return LP_INVALID;
        }
    }

    node->kind = LP_NODE_NUMBER;
    node->text.text = begin;
    node->text.len = (size_t) (r->p - begin);

    return LP_OK;
}


/* Lengths are in the table, since the text has no zero to stop at. */
static int
lp_tree_word(lp_tree_reader_t *r, lp_node_t *node)
{
    size_t i, left;

    static const struct {
        const char *text;
        size_t      len;
        uint16_t    kind;
    } words[] = {
        { "null", 4, LP_NODE_NULL },
        { "false", 5, LP_NODE_FALSE },
        { "true", 4, LP_NODE_TRUE },
    };

    left = (size_t) (r->end - r->p);

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (left >= words[i].len
            && memcmp(r->p, words[i].text, words[i].len) == 0) {
            r->p += words[i].len;
            node->kind = words[i].kind;
            return LP_OK;
        }
    }

    return LP_INVALID;
}


/* Blanks may stand before a name as before a value. */
static int
lp_tree_string(lp_tree_reader_t *r, lp_text_t *text)
{
    return lp_tree_take(r, '"') ? lp_tree_string_read(&r->p, r->end, text)
                                : LP_INVALID;
}


/* The claims of a usual token fall into as many classes as they are. */
static unsigned
lp_tree_class(lp_text_t name)
{
    const uint8_t *text = (const uint8_t *) name.text;

    return name.len == 0 ? 0
                         : 3u * text[0] + 5u * text[name.len - 1]
                               + 2u * (unsigned) name.len;
}


/*
 * Whether an earlier member of the object has the name of the last.  Names
 * fall into 64 classes, and `classes` are those that were seen: few names have
 * to be compared.
 */
static int
lp_tree_repeated(const lp_tree_t *tree, const lp_node_t *object,
                 const lp_node_t *last, uint64_t *classes)
{
    uint64_t         bit;
    const lp_node_t *node;

    bit = UINT64_C(1) << (lp_tree_class(last->name) % 64);

    if ((*classes & bit) == 0) {
        *classes |= bit;
        return 0;
    }

    for (node = object + 1; node < last; node = &tree->nodes[node->after]) {
        if (node->name.len == last->name.len
            && memcmp(node->name.text, last->name.text, last->name.len) == 0) {
            return 1;
        }
    }

    return 0;
}


static int lp_tree_value(lp_tree_reader_t *r, lp_node_t *node);


/* One more node, with the name that a member of an object begins with. */
static lp_node_t *
lp_tree_child(lp_tree_reader_t *r, const lp_node_t *parent, uint64_t *classes)
{
    lp_node_t *node;

    if (r->tree->n == LP_TREE_NODES) {
        return NULL;
    }

    node = &r->tree->nodes[r->tree->n++];
    node->name.len = 0;

    if (parent->kind == LP_NODE_OBJECT
        && (lp_tree_string(r, &node->name) != LP_OK
            || lp_tree_repeated(r->tree, parent, node, classes)
            || !lp_tree_take(r, ':'))) {
        return NULL;
    }

    return node;
}


/* What is refused leaves the depth as it is: nobody reads on. */
static int
lp_tree_children(lp_tree_reader_t *r, lp_node_t *parent, char closing)
{
    uint64_t   classes;
    lp_node_t *node;

    if (r->depth == LP_TREE_DEPTH) {
        return LP_INVALID;
    }

    r->depth++;
    classes = 0;

    if (!lp_tree_take(r, closing)) {
        do {
            node = lp_tree_child(r, parent, &classes);

            if (node == NULL || lp_tree_value(r, node) != LP_OK) {
                return LP_INVALID;
            }
        } while (lp_tree_take(r, ','));

        if (!lp_tree_take(r, closing)) {
            return LP_INVALID;
        }
    }

    r->depth--;

    return LP_OK;
}


/*
 * A node knows where the next one behind it begins, so that its children need
 * no links.
 */
static int
lp_tree_value(lp_tree_reader_t *r, lp_node_t *node)
{
    int rc;

    lp_tree_blanks(r);

    if (r->p == r->end) {
        return LP_INVALID;
    }

    node->text.text = r->p;
    node->text.len = 0;

    switch (*r->p) {

    case '{':
        r->p++;
        node->kind = LP_NODE_OBJECT;
        rc = lp_tree_children(r, node, '}');
        break;

    case '[':
        r->p++;
        node->kind = LP_NODE_ARRAY;
        rc = lp_tree_children(r, node, ']');
        break;

    case '"':
        node->kind = LP_NODE_STRING;
        rc = lp_tree_string(r, &node->text);
        break;

    case '-':
    case '0' ... '9':
        rc = lp_tree_number(r, node);
        break;

    default:
        rc = lp_tree_word(r, node);
        break;
    }

    node->after = (uint16_t) r->tree->n;

    return rc;
}


int
lp_tree_parse(lp_tree_t *tree, char *text, size_t len)
{
    lp_tree_reader_t r = { tree, text, text + len, 0 };

    tree->n = 1;
    tree->nodes[0].name.len = 0;

    if (lp_tree_value(&r, &tree->nodes[0]) != LP_OK
        || tree->nodes[0].kind != LP_NODE_OBJECT) {
        return LP_INVALID;
    }

    lp_tree_blanks(&r);

    /*
     * A second document behind the first would be signed too and read by
     * others.
     */
    return r.p == r.end ? LP_OK : LP_INVALID;
}


/*
 * Children lie right behind their parent; an empty one ends where it begins.
 */
const lp_node_t *
lp_tree_first(const lp_tree_t *tree, const lp_node_t *parent)
{
    const lp_node_t *first = parent + 1;

    return first < &tree->nodes[parent->after] ? first : NULL;
}


const lp_node_t *
lp_tree_next(const lp_tree_t *tree, const lp_node_t *parent,
             const lp_node_t *node)
{
    return node->after < parent->after ? &tree->nodes[node->after] : NULL;
}


const lp_node_t *
lp_tree_member(const lp_tree_t *tree, const lp_node_t *object,
               const char *name)
{
    size_t           len;
    const lp_node_t *node;

    len = strlen(name);

    for (node = lp_tree_first(tree, object); node != NULL;
         node = lp_tree_next(tree, object, node)) {

        if (node->name.len == len && memcmp(node->name.text, name, len) == 0) {
            return node;
        }
    }

    return NULL;
}


const lp_node_t *
lp_tree_find(const lp_tree_t *tree, const char *name)
{
    return lp_tree_member(tree, &tree->nodes[0], name);
}


/* An exponent could name 10^400; nobody writes a date so. */
int
lp_node_seconds(const lp_node_t *node, int64_t *seconds)
{
    size_t  i;
    int64_t n;

    if (node->kind != LP_NODE_NUMBER
        || memchr(node->text.text, 'e', node->text.len) != NULL
        || memchr(node->text.text, 'E', node->text.len) != NULL
        || node->text.text[0] == '-') {
        return LP_INVALID;
    }

    for (n = 0, i = 0; i < node->text.len && node->text.text[i] != '.'; i++) {
        n = n * 10 + (node->text.text[i] - '0');

        if (n > LP_SECONDS_MAX) {
            return LP_INVALID;
        }
    }

    *seconds = n;

    return LP_OK;
}
