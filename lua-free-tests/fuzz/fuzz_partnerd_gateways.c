/*
 * Any records of gateways, heard at any age: those that are kept make sense,
 * and whoever does not obey yet has a name.
 *
 *     <two bytes: age> <record> <newline> <two bytes: age> <record> ...
 */

#include "fuzz_partnerd.h"
#include "gateways.h"


#define NOW 1000000 /* milliseconds */


static void
check_known(const pd_gateways_t *g)
{
    size_t i, n;

    for (i = 0; i < g->n; i++) {
        FUZZ_CHECK(strlen(g->all[i].id) == PD_GATEWAY_ID);
        FUZZ_CHECK(g->all[i].lease >= 0 && g->all[i].stale >= 0);
        FUZZ_CHECK(g->all[i].lifetime >= 0 && g->all[i].revision >= 0);

        for (n = 0; n < i; n++) {
            FUZZ_CHECK(strcmp(g->all[n].id, g->all[i].id) != 0);
        }
    }
}


static void
check_behind(const pd_gateways_t *g, int64_t revision)
{
    char   *text;
    size_t  behind;
    int64_t due;
    json_t *names;

    names = json_array();
    behind = pd_gateways_behind(g, revision, NOW, &due, names);
    text = json_dumps(names, 0);

    FUZZ_CHECK(behind <= g->n && behind == json_array_size(names));
    FUZZ_CHECK(due >= NOW && text != NULL);
    FUZZ_CHECK(pd_gateways_lease(g, NOW) >= 0);

    free(text);
    json_decref(names);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char         *record;
    int64_t       age;
    pd_gateways_t g = { 0 };

    while (len > 0) {
        age = (int64_t) fuzz_number(&data, &len);
        record = fuzz_until(&data, &len, '\n');
        (void) pd_gateways_hear(&g, record, strlen(record), age, NOW);
        check_known(&g);
        free(record);
    }

    check_behind(&g, 0);
    check_behind(&g, 7);
    check_behind(&g, INT64_MAX);
    pd_gateways_free(&g);

    return 0;
}
