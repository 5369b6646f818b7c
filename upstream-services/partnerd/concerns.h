/*
 * Which problems of the catalogue an operation may answer with: as the
 * catalogue's `of` says by what an operation is, and `only` by its name.
 */

#ifndef PD_CONCERNS_H
#define PD_CONCERNS_H


#include "catalogue.h"
#include "contract.h"


/*
 * Adds `x-errors`, the codes in the catalogue's order, to each operation of the
 * document.  LP_INVALID: the error names the problem whose `of` is none.
 */
int pd_concerns_declare(pd_contract_t *contract, const pd_catalogue_t *c,
                        lp_error_t *err);


#endif
