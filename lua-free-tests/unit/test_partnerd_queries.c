/*
 * partnerd's named SQL: names, numbered parameters, and what is left alone.
 */

#include <stdio.h>

#include "unit.h"
#include "queries.h"


static pd_queries_t
parsed(const char *text)
{
    lp_error_t   err = { .text = "" };
    pd_queries_t q = { .n = 0 };

    if (pd_queries_parse(&q, text, "test.sql", &err) != LP_OK) {
        fail_msg("%s", err.text);
    }

    return q;
}


static void
test_statements(void **state)
{
    pd_queries_t          q;
    const pd_statement_t *s;

    (void) state;
    q = parsed("-- a file\n"
               "-- name: a.b\n"
               "SELECT :path.id::uuid, ':query.x', \":body\" -- :key.digest\n"
               "  , :body.name_1, :path.id, 'it''s :x.y', a[1:2]\n"
               "-- about the next one\n"
               "-- name: a.c scan\n"
               "SELECT 1;\n");

    assert_int_equal(q.n, 2);
    s = pd_queries_find(&q, "a.b");
    assert_non_null(s);
    assert_int_equal(s->number, 0);
    assert_false(s->scan);
    assert_string_equal(s->sql, "\nSELECT $1::uuid, ':query.x', \":body\" \n"
                                "  , $2, $1, 'it''s :x.y', a[1:2]\n");
    assert_int_equal(s->nbindings, 2);
    assert_int_equal(s->bindings[0].source, PD_FROM_PATH);
    assert_string_equal(s->bindings[0].name, "id");
    assert_int_equal(s->bindings[1].source, PD_FROM_BODY);
    assert_string_equal(s->bindings[1].name, "name_1");

    s = pd_queries_find(&q, "a.c");
    assert_non_null(s);
    assert_int_equal(s->number, 1);
    assert_true(s->scan);
    assert_string_equal(s->sql, "\nSELECT 1;\n");
    assert_null(pd_queries_find(&q, "a.d"));

    pd_queries_free(&q);
}


static void
test_sources(void **state)
{
    size_t       i;
    pd_queries_t q;

    (void) state;
    q = parsed("-- name: x\n:path.a :query.a :body.a :given.a :cursor.0 "
               ":identity.a :key.a :match.a :idempotency.a :subject.a "
               ":work.a");
    assert_int_equal(q.statements[0]->nbindings, PD_SOURCES);

    for (i = 0; i < PD_SOURCES; i++) {
        assert_int_equal(q.statements[0]->bindings[i].source, i);
    }

    assert_string_equal(pd_source_name(PD_FROM_CURSOR), "cursor");
    pd_queries_free(&q);
}


static void
test_refused(void **state)
{
    size_t       i;
    lp_error_t   err;
    pd_queries_t q;

    static const char *const texts[] = {
        "SELECT 1",
        "-- name: \nSELECT 1",
        "-- name: a b\nSELECT 1",
        "-- name: a scanner\nSELECT 1",
        "-- name: a scan it\nSELECT 1",
        "-- name:  scan\nSELECT 1",
        "-- name: a\nSELECT 1\n-- name: a\nSELECT 2",
        "-- name: a\nSELECT :form.x",
        "-- name: a\nSELECT :body",
        "-- name: a\nSELECT :body.",
        "-- name: "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "\nSELECT 1",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        q.n = 0;
        err.text[0] = '\0';

        if (pd_queries_parse(&q, texts[i], "test.sql", &err) == LP_OK
            || err.text[0] == '\0') {
            fail_msg("accepted, or refused without a word: %s", texts[i]);
        }

        pd_queries_free(&q);
    }
}


static void
test_too_many(void **state)
{
    char         text[1024] = "-- name: a\n";
    size_t       i, n;
    lp_error_t   err;
    pd_queries_t q = { .n = 0 };

    (void) state;

    for (i = 0; i <= PD_BINDINGS; i++) {
        n = strlen(text);
        (void) snprintf(text + n, sizeof(text) - n, ":body.m%zu ", i);
    }

    assert_int_equal(pd_queries_parse(&q, text, "test.sql", &err), LP_INVALID);
    pd_queries_free(&q);
}


static void
test_unfinished(void **state)
{
    pd_queries_t q;

    (void) state;
    q = parsed("-- name: a\nSELECT 'open :body.x");
    assert_int_equal(q.statements[0]->nbindings, 0);
    pd_queries_free(&q);

    q = parsed("-- name: a\nSELECT 1 -- :body.x");
    assert_int_equal(q.statements[0]->nbindings, 0);
    pd_queries_free(&q);

    q = parsed("-- name: a");
    assert_string_equal(q.statements[0]->sql, "");
    pd_queries_free(&q);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements), cmocka_unit_test(test_sources),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_unfinished),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
