/*
 * The small object: members, kinds and limits, and jansson as the judge of
 * what is JSON.
 */

#include <stdio.h>

#include "unit.h"

#include <jansson.h>

#include "lp_error.h"
#include "lp_tree.h"


static int
parse(lp_tree_t *tree, char *copy, const char *text)
{
    strcpy(copy, text);

    return lp_tree_parse(tree, copy, strlen(copy));
}


static void
test_members(void **state)
{
    char             copy[256];
    lp_tree_t        tree;
    const lp_node_t *node, *inner;

    (void) state;

    assert_int_equal(
        parse(&tree, copy,
              " { \"a\" : \"x\\u0041\" , \"b\":[1,{\"c\":null},true],"
              "\"d\":{\"e\":{},\"f\":-0.5e+3} , \"\" : false } "),
        LP_OK);

    node = lp_tree_find(&tree, "a");
    assert_non_null(node);
    assert_int_equal(node->kind, LP_NODE_STRING);
    assert_int_equal(node->text.len, 2);
    assert_memory_equal(node->text.text, "xA", 2);
    assert_null(lp_tree_find(&tree, "c"));
    assert_int_equal(lp_tree_find(&tree, "")->kind, LP_NODE_FALSE);

    node = lp_tree_find(&tree, "b");
    assert_int_equal(node->kind, LP_NODE_ARRAY);
    inner = lp_tree_first(&tree, node);
    assert_int_equal(inner->kind, LP_NODE_NUMBER);
    inner = lp_tree_next(&tree, node, inner);
    assert_int_equal(lp_tree_member(&tree, inner, "c")->kind, LP_NODE_NULL);
    inner = lp_tree_next(&tree, node, inner);
    assert_int_equal(inner->kind, LP_NODE_TRUE);
    assert_null(lp_tree_next(&tree, node, inner));

    node = lp_tree_find(&tree, "d");
    inner = lp_tree_member(&tree, node, "e");
    assert_null(lp_tree_first(&tree, inner));
    assert_int_equal(lp_tree_member(&tree, node, "f")->text.len, 7);
}


static void
test_refused(void **state)
{
    size_t    i;
    char      copy[256];
    lp_tree_t tree;

    static const char *const texts[] = {
        "",
        "[]",
        "1",
        "{",
        "{}x",
        "{}{}",
        "{\"a\":1,}",
        "{\"a\"}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":nul}",
        "{\"a\":'x'}",
        "{\"a\":[1,]}",
        "{\"a\":\"\\x\"}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"x\":{\"a\":1,\"a\":2}}",
        "{\"x\":[{\"a\":1,\"b\":{},\"a\":2}]}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":[[[[[[[[1]]]]]]]]}",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        assert_int_equal(parse(&tree, copy, texts[i]), LP_INVALID);
    }
}


static void
test_too_many(void **state)
{
    char      text[1024] = "{\"a\":[0";
    size_t    i;
    lp_tree_t tree;

    (void) state;

    /* the document, the array and its elements */
    for (i = 3; i < LP_TREE_NODES; i++) {
        strcat(text, ",0");
    }

    strcat(text, "]}");
    assert_int_equal(lp_tree_parse(&tree, text, strlen(text)), LP_OK);

    strcpy(text + strlen(text) - 2, ",0]}");
    assert_int_equal(lp_tree_parse(&tree, text, strlen(text)), LP_INVALID);
}


/* Among many names some share a class; each is told from all others. */
static void
test_names(void **state)
{
    char      text[4096] = "{", copy[4096];
    size_t    i, len;
    lp_tree_t tree;

    (void) state;

    for (len = 1, i = 0; i < 150; i++) {
        len += (size_t) sprintf(text + len, "\"n%zu\":%zu,", i, i);
    }

    strcpy(text + len, "\"\":0}");
    strcpy(copy, text);
    assert_int_equal(lp_tree_parse(&tree, copy, strlen(copy)), LP_OK);

    for (i = 0; i < 150; i++) {
        sprintf(text + len, "\"n%zu\":0}", i);
        strcpy(copy, text);
        assert_int_equal(lp_tree_parse(&tree, copy, strlen(copy)), LP_INVALID);
    }
}


static void
test_seconds(void **state)
{
    size_t    i;
    char      copy[128];
    int64_t   seconds;
    lp_tree_t tree;

    static const struct {
        const char *text;
        int64_t     seconds; /* -1: none */
    } cases[] = {
        { "{\"t\":0}", 0 },
        { "{\"t\":1700000000}", 1700000000 },
        { "{\"t\":1700000000.999}", 1700000000 },
        { "{\"t\":9007199254740992}", INT64_C(9007199254740992) },
        { "{\"t\":9007199254740993}", -1 },
        { "{\"t\":99999999999999999999999999}", -1 },
        { "{\"t\":-1}", -1 },
        { "{\"t\":1e9}", -1 },
        { "{\"t\":1E9}", -1 },
        { "{\"t\":\"1\"}", -1 },
        { "{\"t\":null}", -1 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(parse(&tree, copy, cases[i].text), LP_OK);
        assert_int_equal(lp_node_seconds(lp_tree_find(&tree, "t"), &seconds),
                         cases[i].seconds < 0 ? LP_INVALID : LP_OK);

        if (cases[i].seconds >= 0) {
            assert_int_equal(seconds, cases[i].seconds);
        }
    }
}


/* One byte of a good object changed: both accept it, or neither does. */
static void
test_like_jansson(void **state)
{
    int          ours;
    char         text[128], copy[128];
    size_t       len;
    json_t      *root;
    unsigned     i;
    uint64_t     seed = 7;
    lp_tree_t    tree;
    json_error_t err;

    static const char good[]
        = "{\"iss\":\"\\u00e4\xc3\xa4\\\"\",\"aud\":[\"a\",\"b\"],"
          "\"n\":-12.5e1,\"x\":{\"y\":null,\"z\":[true,false]}}";
    static const char bytes[] = "{}[]\":,\\u0019eE+-. ntf\x80\xc3\xff\x01";

    (void) state;
    len = sizeof(good) - 1;

    for (i = 0; i < 100000; i++) {
        memcpy(text, good, len);
        text[unit_below(&seed, len)]
            = bytes[unit_below(&seed, sizeof(bytes) - 1)];

        if (unit_below(&seed, 2)) {
            text[unit_below(&seed, len)]
                = bytes[unit_below(&seed, sizeof(bytes) - 1)];
        }

        memcpy(copy, text, len);
        root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &err);
        ours = lp_tree_parse(&tree, copy, len) == LP_OK;

        if (json_error_code(&err) != json_error_numeric_overflow
            || root != NULL) {
            assert_int_equal(ours, json_is_object(root));
        }

        json_decref(root);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_many), cmocka_unit_test(test_names),
        cmocka_unit_test(test_seconds),  cmocka_unit_test(test_like_jansson),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
