/*
 * A JSON pointer (RFC 6901) that grows and shrinks while a document is walked.
 */

#ifndef LP_POINTER_H
#define LP_POINTER_H


#include <stddef.h>

#include "lp_error.h"


/* Zeroed at first: the document itself. */
typedef struct {
    char   text[sizeof(((lp_error_t *) 0)->pointer)];
    size_t len;
} lp_pointer_t;


/*
 * Adds a reference token, escaped.  Where it does not fit the pointer stays as
 * it is, and so names what the token lies in.
 */
void lp_pointer_name(lp_pointer_t *p, const char *name);
void lp_pointer_index(lp_pointer_t *p, size_t index);


#endif
