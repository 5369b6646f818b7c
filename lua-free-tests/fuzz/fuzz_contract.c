/*
 * Any bytes to the contract's compiler, as documents with a zero byte between
 * them: it names the place of each mistake, and what it accepts keeps its
 * promises.
 */

#include "fuzz.h"
#include "lp_contract.h"
#include "lp_target.h"


#define DOCUMENTS 3


static void
check_operation(const lp_operation_t *op)
{
    size_t i;

    FUZZ_CHECK(op->id[0] != '\0' && strlen(op->id) <= LP_OPERATION_ID);
    FUZZ_CHECK(strlen(op->group) <= LP_OPERATION_ID);
    FUZZ_CHECK(op->method < LP_METHODS);
    FUZZ_CHECK(op->cache == 0 || (op->method == LP_GET && !op->personal));
    FUZZ_CHECK(op->pii.n == 0 || op->personal);

    for (i = 0; i < op->pii.n; i++) {
        FUZZ_CHECK(op->pii.rules[i].path[0] == '$');
        FUZZ_CHECK(op->pii.rules[i].class[0] != '\0');
    }

    for (i = 0; i < op->need.n; i++) {
        FUZZ_CHECK(op->need.sets[i].len <= LP_SCOPE_SET_LEN);
    }
}


/* The input itself as a path: what it holds leads nowhere dangerous. */
static void
check_paths(const lp_contract_t *c, const char *path, size_t len)
{
    size_t              i;
    lp_contract_match_t match;

    if (lp_contract_find(c, LP_GET, path, len, &match) == LP_CONTRACT_FOUND) {
        FUZZ_CHECK(match.operation < lp_contract_size(c));

        for (i = 0; i < match.path.n; i++) {
            FUZZ_CHECK(match.path.values[i].len > 0);
            FUZZ_CHECK(memchr(match.path.values[i].data, '/',
                              match.path.values[i].len)
                       == NULL);
        }
    }

    if (lp_target_plain(path, len, 1)) {
        FUZZ_CHECK(path[0] == '/' && memchr(path, ';', len) == NULL);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t              i, n, wrong;
    lp_error_t          err = { .text = "" };
    const char         *p, *end, *zero;
    lp_contract_t      *c;
    lp_openapi_source_t sources[DOCUMENTS]
        = { { .name = "a.json" }, { .name = "b.json" }, { .name = "c.json" } };

    p = (const char *) data;
    end = p + len;

    for (n = 0; n < DOCUMENTS && p <= end; n++, p = zero + 1) {
        zero = memchr(p, '\0', (size_t) (end - p));
        zero = zero == NULL || n == DOCUMENTS - 1 ? end : zero;
        sources[n].text = p;
        sources[n].len = (size_t) (zero - p);
    }

    c = lp_contract_compile(sources, n, len % 4 == 0 ? "/v1" : NULL, &wrong,
                            &err);

    if (c == NULL) {
        FUZZ_CHECK(err.text[0] != '\0' && wrong < n);
        return 0;
    }

    for (i = 0; i < lp_contract_size(c); i++) {
        check_operation(lp_contract_operation(c, i));
    }

    for (p = (const char *) data; p < end; p++) {
        if (*p == '/') {
            check_paths(c, p,
                        (size_t) (end - p) < 64 ? (size_t) (end - p) : 64);
        }
    }

    lp_contract_free(c);

    return 0;
}
