/*
 * partnerd's bindings: each kind of value as the text PostgreSQL gets.
 */

#include "unit.h"
#include "bind.h"


static void
test_values(void **state)
{
    size_t       i;
    json_t      *inputs[PD_SOURCES] = { NULL };
    lp_error_t   err;
    pd_values_t  v;
    pd_queries_t q = { .n = 0 };

    static const char *const expected[] = {
        "text", "",      "7",         "-9223372036854775808",
        "true", "false", "[1,\"a\"]", "{\"b\":null}",
        NULL,   NULL,    "first",     "second",
        NULL,   NULL,    "true",      "false",
    };

    (void) state;
    assert_int_equal(
        pd_queries_parse(&q,
                         "-- name: a\n:body.text :body.empty :body.number "
                         ":body.least :body.yes :body.no :body.array "
                         ":body.object :body.null :body.absent :cursor.0 "
                         ":cursor.1 :cursor.2 :path.none :given.null "
                         ":given.absent",
                         "test.sql", &err),
        LP_OK);

    inputs[PD_FROM_BODY] = json_loads(
        "{\"text\": \"text\", \"empty\": \"\", \"number\": 7,"
        " \"least\": -9223372036854775808, \"yes\": true, \"no\": false,"
        " \"array\": [1, \"a\"], \"object\": {\"b\": null},"
        " \"null\": null}",
        0, NULL);
    inputs[PD_FROM_CURSOR] = json_loads("[\"first\", \"second\"]", 0, NULL);
    assert_non_null(inputs[PD_FROM_BODY]);

    assert_int_equal(pd_bind(&v, q.statements[0], inputs), 0);
    assert_int_equal(v.n, UNIT_LEN(expected));

    for (i = 0; i < v.n; i++) {
        if (expected[i] == NULL) {
            assert_null(v.values[i]);
        } else {
            assert_string_equal(v.values[i], expected[i]);
        }
    }

    pd_values_clear(&v);
    pd_values_clear(&v);
    json_decref(inputs[PD_FROM_BODY]);
    json_decref(inputs[PD_FROM_CURSOR]);
    pd_queries_free(&q);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
