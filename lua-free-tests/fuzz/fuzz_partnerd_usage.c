/*
 * Any fields of the hashes in which gateways publish: what partnerd takes in
 * can be stored without an escape, and what it cannot store it passes over.
 *
 *     <field> <zero byte> <value> <zero byte> <field> ...
 */

#include "counters.h"
#include "fuzz_partnerd.h"
#include "used.h"


static void
check_counter(const char *field, const char *value)
{
    size_t     i, n;
    pd_usage_t u;

    if (pd_usage_parse(&u, field, strlen(field), value, strlen(value))
        != LP_OK) {
        return;
    }

    for (i = 0; i < PD_USAGE_PARTS; i++) {
        n = strlen(u.parts[i]);
        FUZZ_CHECK(n > 0 && n <= PD_USAGE_NAME);
        FUZZ_CHECK(strpbrk(u.parts[i], "\"\\,{}/ ") == NULL);
    }

    for (i = 0; i < PD_USAGE_VALUES; i++) {
        FUZZ_CHECK(u.values[i] >= 0);
    }

    FUZZ_CHECK(u.hour >= 0 && u.hour <= PD_USAGE_HOUR_MAX);
}


/* `n` elements between braces. */
static void
check_array(const json_t *array, size_t n)
{
    size_t      commas;
    const char *p;

    p = json_string_value(array);
    FUZZ_CHECK(p != NULL && *p == '{' && p[strlen(p) - 1] == '}');
    FUZZ_CHECK((n == 0) == (strcmp(p, "{}") == 0));

    for (commas = 0; (p = strchr(p, ',')) != NULL; p++) {
        commas++;
    }

    FUZZ_CHECK(commas == (n == 0 ? 0 : n - 1));
}


static void
check_columns(pd_counters_t *c)
{
    size_t      n;
    json_t     *work, *value;
    const char *name;

    n = c->n;
    work = pd_counters_close(c, "0123456789abcdef");
    FUZZ_CHECK(json_object_size(work) == PD_COUNTER_COLUMNS + 1);

    json_object_foreach(work, name, value)
    {
        if (strcmp(name, "incarnation") != 0) {
            check_array(value, n);
        }
    }

    json_decref(work);
}


static void
check_uses(const json_t *uses)
{
    json_t     *at;
    const char *id;

    json_object_foreach((json_t *) uses, id, at)
    {
        FUZZ_CHECK(strlen(id) <= LP_ID_LEN);
        FUZZ_CHECK(json_integer_value(at) >= 0);
        FUZZ_CHECK(json_integer_value(at) <= 9999999999);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char         *field, *value;
    size_t        pairs;
    json_t       *uses;
    pd_counters_t c;

    uses = json_object();
    FUZZ_CHECK(uses != NULL && pd_counters_open(&c) == 0);

    for (pairs = 0; len > 0; pairs++) {
        field = fuzz_until(&data, &len, '\0');
        value = fuzz_until(&data, &len, '\0');
        check_counter(field, value);
        pd_counters_add(&c, field, strlen(field), value, strlen(value));
        (void) pd_used_add(uses, field, strlen(field), value, strlen(value));
        free(value);
        free(field);
    }

    FUZZ_CHECK(c.n + c.malformed == pairs);
    check_columns(&c);
    check_uses(uses);
    json_decref(uses);

    return 0;
}
