/*
 * What the fuzzers of partnerd's parsers share: the contract that is served,
 * and a folder for those that read files.
 */

#ifndef FUZZ_PARTNERD_H
#define FUZZ_PARTNERD_H


#include <unistd.h>

#include "catalogue.h"
#include "contract.h"
#include "fuzz.h"


#define FUZZ_CONTRACT                                                         \
    "upstream-services/contract" /* from the checkout's top */


/* Compiled once, and the process's own until it ends. */
static inline const pd_contract_t *
fuzz_contract(void)
{
    lp_error_t           err;
    static pd_contract_t contract;

    if (contract.document == NULL
        && pd_contract_load(&contract, FUZZ_CONTRACT, &err) != LP_OK) {
        (void) fprintf(stderr, "%s\n", err.text);
        abort();
    }

    return &contract;
}


/* Whatever the problem holds, it becomes an answer that is JSON. */
static inline void
fuzz_problem(const pd_problem_t *p)
{
    int                   status;
    char                 *text;
    json_t               *json;
    lp_error_t            err;
    static pd_catalogue_t catalogue;

    FUZZ_CHECK(
        catalogue.root != NULL
        || pd_catalogue_load(&catalogue, FUZZ_CONTRACT "/errors.json", &err)
               == LP_OK);

    text = pd_catalogue_render(&catalogue, p, "r", &status);
    json = text == NULL ? NULL : json_loads(text, 0, NULL);
    FUZZ_CHECK(json_is_object(json) && status >= 400 && status < 500);
    FUZZ_CHECK(json_array_size(json_object_get(json, "errors"))
               <= PD_MISTAKES);
    json_decref(json);
    free(text);
}


/* What the input has up to `end`, as a string of its own that ends with a
 * zero, taken off the input together with `end`. */
static inline char *
fuzz_until(const uint8_t **data, size_t *len, int end)
{
    char          *text;
    size_t         n;
    const uint8_t *at;

    at = *len == 0 ? NULL : memchr(*data, end, *len);
    n = at == NULL ? *len : (size_t) (at - *data);

    text = malloc(n + 1);
    FUZZ_CHECK(text != NULL);

    if (n > 0) {
        memcpy(text, *data, n);
    }

    text[n] = '\0';
    n += at != NULL;
    *data += n;
    *len -= n;

    return text;
}


#endif
