/*
 * The contract as a page for people: HTML with its own style, no script, and
 * nothing from anywhere else.
 */

#ifndef PD_PAGE_H
#define PD_PAGE_H


#include "catalogue.h"
#include "contract.h"


typedef struct {
    char *html;        /* owned */
    char  policy[256]; /* Content-Security-Policy: that style alone */
} pd_page_t;


/* -1: no memory. */
int  pd_page_write(pd_page_t *page, const pd_contract_t *contract,
                   const pd_catalogue_t *c);
void pd_page_free(pd_page_t *page);


#endif
