/*
 * What partnerd serves: the contract, and behind each of its operations a
 * named statement, C, or both.
 */

#ifndef PD_SERVICE_H
#define PD_SERVICE_H


#include "catalogue.h"
#include "contract.h"
#include "handlers.h"
#include "options.h"
#include "page.h"
#include "queries.h"


typedef struct {
    const pd_operation_t *operation;
    const pd_statement_t *statement; /* NULL: a handler answers */
    const pd_handler_t   *handler;   /* NULL: the statement is all */
} pd_served_t;

typedef struct {
    pd_contract_t  contract;
    pd_queries_t   queries;
    pd_catalogue_t catalogue;
    char          *openapi; /* the merged document, as served */
    pd_page_t      page;    /* the same for people */
    pd_served_t   *served;  /* one an operation, in the contract's order */
} pd_service_t;


/*
 * Loads all and proves that it fits together: each operation has what serves
 * it, each statement and handler an operation, each binding a parameter or a
 * member of the body.  LP_INVALID: the error names the first that does not.
 */
int  pd_service_load(pd_service_t *s, const pd_options_t *o, lp_error_t *err);
void pd_service_free(pd_service_t *s);

/* The operation must be the contract's own. */
const pd_served_t *pd_service_served(const pd_service_t   *s,
                                     const pd_operation_t *op);


#endif
