/*
 * partnerd's batches of counters: array literals, and what is skipped.
 */

#include "unit.h"
#include "counters.h"


static void
add(pd_counters_t *c, const char *field, const char *value)
{
    pd_counters_add(c, field, strlen(field), value, strlen(value));
}


static const char *
column(const json_t *work, const char *name)
{
    return json_string_value(json_object_get(work, name));
}


static void
test_arrays(void **state)
{
    json_t       *work;
    pd_counters_t c;

    (void) state;
    assert_int_equal(pd_counters_open(&c), 0);
    add(&c, "1/p/-/op/ok/gold/200", "1 2 3 4 1 0");
    add(&c, "1/p/-/op", "1 2 3 4");
    add(&c, "2/NULL/app/-/refused", "5 6 7 8");
    add(&c, "2/p/-/-/ok", "none");
    assert_int_equal(c.n, 2);
    assert_int_equal(c.malformed, 2);

    work = pd_counters_close(&c, "00112233445566aa");
    assert_string_equal(column(work, "incarnation"), "00112233445566aa");
    assert_string_equal(column(work, "hour"), "{\"1\",\"2\"}");
    assert_string_equal(column(work, "partner"), "{\"p\",\"NULL\"}");
    assert_string_equal(column(work, "application"), "{\"-\",\"app\"}");
    assert_string_equal(column(work, "operation"), "{\"op\",\"-\"}");
    assert_string_equal(column(work, "outcome"), "{\"ok\",\"refused\"}");
    assert_string_equal(column(work, "calls"), "{1,5}");
    assert_string_equal(column(work, "request_bytes"), "{2,6}");
    assert_string_equal(column(work, "response_bytes"), "{3,7}");
    assert_string_equal(column(work, "upstream_us"), "{4,8}");
    assert_string_equal(column(work, "tier"), "{\"gold\",\"-\"}");
    assert_string_equal(column(work, "latency_ms"), "{\"200\",\"0\"}");
    assert_string_equal(column(work, "promised"), "{1,0}");
    assert_string_equal(column(work, "in_time"), "{0,0}");
    json_decref(work);
}


static void
test_nothing(void **state)
{
    json_t       *work;
    pd_counters_t c;

    (void) state;
    assert_int_equal(pd_counters_open(&c), 0);
    work = pd_counters_close(&c, "x");
    assert_string_equal(column(work, "calls"), "{}");
    json_decref(work);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
