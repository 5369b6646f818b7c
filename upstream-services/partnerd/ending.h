/*
 * What the contract says of the end of an operation, as its answers tell it.
 */

#ifndef PD_ENDING_H
#define PD_ENDING_H


#include <jansson.h>

#include "lp_error.h"


/* Values of header fields; "": the contract says nothing. */
typedef struct {
    char deprecation[24]; /* @ and seconds since the epoch (RFC 9745) */
    char sunset[32];      /* an HTTP date (RFC 8594) */
} pd_ending_t;


/*
 * Of an operation's `deprecated`, `x-deprecated-at` and `x-sunset`; days begin
 * at 00:00 UTC.  LP_INVALID: the error says which of them is wrong, or does not
 * go with the others.
 */
int pd_ending_read(pd_ending_t *e, const json_t *operation, lp_error_t *err);


#endif
