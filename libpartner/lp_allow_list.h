/*
 * The allow list of a credential: the networks that it may be used from.
 */

#ifndef LP_ALLOW_LIST_H
#define LP_ALLOW_LIST_H


#include <jansson.h>

#include "lp_cidr.h"


#define LP_ALLOW_LIST_MAX 10000 /* networks */

#define LP_ALLOW_LIST_ALLOWED                                                 \
    "an array of at most 10000, each " LP_CIDR_ALLOWED ", or null"


/*
 * Makes the set that an array of texts describes, which no address is in where
 * it is empty; free() ends it.  LP_OK, and only then `*set` is written;
 * LP_INVALID: no array, too long, or no memory; n > 0: element n - 1 is wrong.
 */
int lp_allow_list_read(const json_t *array, lp_cidr_set_t **set);


#endif
