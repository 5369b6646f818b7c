/*
 * The contract, compiled: the OpenAPI documents of all resources merged into
 * one, and each operation in it made ready to route and to validate.
 */

#ifndef PD_CONTRACT_H
#define PD_CONTRACT_H


#include <stddef.h>
#include <jansson.h>

#include "ending.h"
#include "lp_error.h"
#include "router.h"
#include "schema.h"


#define PD_JSON "application/json"

#define PD_ALTERNATIVES 8  /* scope sets, one of which suffices */
#define PD_PARAMETERS   16 /* of one operation */


typedef enum { PD_IN_PATH = 0, PD_IN_QUERY } pd_in_t;

typedef struct {
    const char  *name;
    pd_in_t      in;
    unsigned     required;
    pd_schema_t *schema;
} pd_parameter_t;

/* Strings belong to the contract's document. */
typedef struct {
    const char    *id; /* operationId */
    const char    *path;
    pd_method_t    method;
    int            status;  /* of success */
    unsigned       open;    /* needs no credential */
    unsigned       obeyed;  /* waits until gateways obey; else 202 */
    unsigned       heeds;   /* If-Match: its statement says */
    const char    *subject; /* path parameter with x-subject; NULL: none */
    unsigned       seals;   /* personal data in its body */
    unsigned       opens;   /* personal data in its answer */
    const json_t  *scopes[PD_ALTERNATIVES]; /* arrays of strings: all needed */
    size_t         nscopes;
    pd_parameter_t parameters[PD_PARAMETERS];
    size_t         nparameters;
    pd_schema_t   *body; /* NULL: none is read */
    unsigned       body_required;
    const char    *media;  /* of the answer; NULL: no content */
    pd_schema_t   *answer; /* NULL: no content, or it is no JSON */
    pd_ending_t    ending;
    json_t        *json; /* as declared, and its x-errors */
} pd_operation_t;

typedef struct {
    json_t         *document;   /* merged; operations point into it */
    pd_operation_t *operations; /* in the order of the documents */
    size_t          noperations;
    pd_router_t    *router; /* leads to operations */
} pd_contract_t;


/*
 * Reads every *.json of the folder but errors.json.  LP_INVALID: the error
 * names the operation and the part of it.  Zeroed where it fails.  The document
 * is changed once more: pd_concerns_declare() adds x-errors to its operations.
 */
int  pd_contract_load(pd_contract_t *c, const char *dir, lp_error_t *err);
void pd_contract_free(pd_contract_t *c);

const pd_operation_t *pd_contract_find(const pd_contract_t *c, const char *id);


#endif
