/*
 * Contracts for tests: documents given as text.
 */

#ifndef UNIT_OPENAPI_H
#define UNIT_OPENAPI_H


#include <stdio.h>

#include "unit.h"
#include "lp_contract.h"


#define UNIT_OPENAPI "{\"openapi\":\"3.1.0\","

#define UNIT_SCHEMES                                                          \
    "\"components\":{\"securitySchemes\":{\"key\":{},\"oauth\":{}}}}"

/* A document with these paths, whose operations need no scope. */
#define UNIT_PATHS(paths)                                                     \
    UNIT_OPENAPI "\"security\":[],\"paths\":{" paths "}," UNIT_SCHEMES

/* The answer of this schema. */
#define UNIT_ANSWER(schema)                                                   \
    "\"responses\":{\"200\":{\"content\":{\"application/"                     \
    "json\":{\"schema\":" schema "}}}}"


/* One document, `one.json`; NULL: `err` says why. */
static inline lp_contract_t *
unit_contract_with(const char *text, const char *prefix, lp_error_t *err)
{
    size_t              wrong;
    lp_openapi_source_t source = { "one.json", text, strlen(text) };

    memset(err, 0, sizeof(*err));

    return lp_contract_compile(&source, 1, prefix, &wrong, err);
}


static inline lp_contract_t *
unit_contract(const char *text)
{
    lp_error_t     err;
    lp_contract_t *c;

    c = unit_contract_with(text, NULL, &err);

    if (c == NULL) {
        fail_msg("%s: %s", err.pointer, err.text);
    }

    return c;
}


/* That the document is refused at this place, with these words. */
static inline void
unit_contract_refused(const char *text, const char *pointer, const char *words)
{
    lp_error_t err;

    assert_null(unit_contract_with(text, NULL, &err));
    assert_string_equal(err.pointer, pointer);

    if (strstr(err.text, words) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", words, err.text);
    }
}


/* The operation that serves, or NULL. */
static inline const lp_operation_t *
unit_operation(const lp_contract_t *c, lp_method_t method, const char *path)
{
    lp_contract_match_t match;

    return lp_contract_find(c, method, path, strlen(path), &match)
                   == LP_CONTRACT_FOUND
               ? lp_contract_operation(c, match.operation)
               : NULL;
}


#endif
