/*
 * Any text as a file of named statements: each has a name of its own, and
 * numbers its parameters from one, without a gap.
 */

#include "fuzz_partnerd.h"
#include "queries.h"


static void
check_statement(const pd_queries_t *q, const pd_statement_t *s)
{
    size_t i, n;

    FUZZ_CHECK(pd_queries_find(q, s->name) == s);
    FUZZ_CHECK(s->name[0] != '\0' && strpbrk(s->name, " \t\r\n") == NULL);
    FUZZ_CHECK(s->sql != NULL && s->nbindings <= PD_BINDINGS);

    for (i = 0; i < s->nbindings; i++) {
        FUZZ_CHECK(s->bindings[i].source < PD_SOURCES);
        FUZZ_CHECK(s->bindings[i].name[0] != '\0');

        for (n = 0; n < i; n++) {
            FUZZ_CHECK(s->bindings[n].source != s->bindings[i].source
                       || strcmp(s->bindings[n].name, s->bindings[i].name)
                              != 0);
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char        *text;
    size_t       i;
    lp_error_t   err = { .text = "" };
    pd_queries_t q = { .n = 0 };

    text = fuzz_until(&data, &len, '\0');

    if (pd_queries_parse(&q, text, "f.sql", &err) == LP_OK) {
        FUZZ_CHECK(q.n > 0);

        for (i = 0; i < q.n; i++) {
            check_statement(&q, q.statements[i]);
        }
    } else {
        FUZZ_CHECK(err.text[0] != '\0');
    }

    pd_queries_free(&q);
    free(text);

    return 0;
}
